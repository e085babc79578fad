import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { failure, type Result, success } from '../result';
import type { ReadyWarning, Unready } from './readiness';

interface HealthServerParts {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  /** Returns the reasons why the bot is not ready; empty if it is. */
  readonly unready: () => Promise<readonly Unready[]>;
  /** Returns problems that do not make the bot unready. */
  readonly warnings: () => readonly ReadyWarning[];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface HealthServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Serves `/livez`, `/readyz` and `/metrics`. A failure is one line that says why it cannot listen. */
export const startHealthServer = async (parts: HealthServerParts): Promise<Result<HealthServer>> => {
  const { host, port, log } = parts;
  const server = createServer(listener(parts));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    return failure(cannotListen(error, host, port));
  }
  server.on('error', (error) => log.warn({ reason: error.message }, 'health server'));
  return success({
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
};

const cannotListen = (error: unknown, host: string, port: number): string => {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `port ${port} is in use: set HEALTH_PORT to a free one`;
  const fix = code === 'EACCES' ? 'set HEALTH_PORT to 1024 or above' : 'check HEALTH_HOST and HEALTH_PORT';
  return `cannot listen on ${host}, port ${port} (${code}): ${fix}`;
};

const listener = ({ log, unready, warnings, metrics }: HealthServerParts): RequestListener => {
  const routes: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
    // Any answer shows that the process is alive.
    '/livez': async (response) => send(response, 200, 'text/plain', 'ok\n'),
    '/readyz': async (response) => {
      const reasons = await unready();
      const found = warnings();
      const body = JSON.stringify({
        ready: reasons.length === 0,
        reasons,
        ...(found.length > 0 && { warnings: found }),
      });
      send(response, reasons.length === 0 ? 200 : 503, 'application/json', `${body}\n`);
    },
    '/metrics': async (response) => {
      const { contentType, text } = await metrics();
      send(response, 200, contentType, text);
    },
  };
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) {
      send(response, 404, 'text/plain', 'not found; the paths are /livez, /readyz and /metrics\n');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      send(response, 405, 'text/plain', 'only GET and HEAD\n');
    } else {
      route(response).catch((error: unknown) => {
        log.error({ err: error, path }, 'health request failed');
        if (!response.headersSent) send(response, 500, 'text/plain', 'failed, see the log\n');
      });
    }
  };
};

const send = (response: ServerResponse, status: number, contentType: string, body: string): void => {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
};
