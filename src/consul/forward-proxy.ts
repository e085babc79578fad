import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

/** A forward proxy, with its password. */
export interface ForwardProxy {
  /** Origin. */
  readonly address: string;
  readonly user?: string;
  readonly password?: string;
}

/** Time that a proxy has to open a tunnel, in ms. */
const tunnelMs = 10_000;

/** A failure of a proxy. Its code is `ERR_PROXY_` and a status, or `ERR_PROXY_UNREACHABLE`. */
class ProxyError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** @param target `host:port` */
const openTunnel = (target: string, { address, user, password }: ForwardProxy): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const { request } = address.startsWith('https:') ? https : http;
    const credentials = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64');
    const connecting = request(address, {
      method: 'CONNECT',
      path: target,
      agent: false,
      // Explicit: NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
      rejectUnauthorized: true,
      headers: {
        Host: target,
        ...(user !== undefined && { 'Proxy-Authorization': `Basic ${credentials}` }),
      },
    });
    const fail = (code: string): void => {
      clearTimeout(timer);
      reject(new ProxyError(code));
      connecting.destroy();
    };
    const timer = setTimeout(() => fail('ERR_PROXY_UNREACHABLE'), tunnelMs);
    connecting.on('error', () => fail('ERR_PROXY_UNREACHABLE'));
    connecting.on('response', ({ statusCode }) => fail(`ERR_PROXY_${statusCode ?? 0}`));
    connecting.on('connect', ({ statusCode }, socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        return fail(`ERR_PROXY_${statusCode ?? 0}`);
      }
      clearTimeout(timer);
      resolve(socket);
    });
    connecting.end();
  });

/** Writes host and port as `CONNECT` has them: an IPv6 address in brackets. */
const targetOf = ({ host, port }: http.ClientRequestArgs): string =>
  `${host?.includes(':') ? `[${host}]` : (host ?? '')}:${port ?? ''}`;

/**
 * Lets an agent connect through tunnels of a forward proxy, also for plain HTTP: the proxy sees host and port, and with
 * HTTPS nothing of the calls. Returns the agent.
 */
export const throughProxy = (agent: http.Agent, proxy: ForwardProxy): http.Agent => {
  // That of an agent for HTTPS starts TLS on a socket that it is given.
  const startTls = agent instanceof https.Agent ? agent.createConnection.bind(agent) : undefined;
  return Object.assign(agent, {
    createConnection: (
      options: https.RequestOptions,
      callback: (error: Error | null, socket?: Duplex | null) => void,
    ): undefined => {
      openTunnel(targetOf(options), proxy).then((socket) => {
        const through = { ...options, socket };
        callback(null, startTls === undefined ? socket : startTls(through));
      }, callback);
    },
  });
};
