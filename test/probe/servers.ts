import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type CertificateOptions, makeCertificate } from './certificate';

/** Servers on loopback that answer probes well, badly or never. */

export interface ProbedServer {
  readonly port: number;
  /** The bytes that all clients sent in plain, for servers without TLS. */
  readonly received: () => Buffer;
  /** Number of connections so far. */
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
}

const listen = async (
  server: Server,
  port: number,
  received: () => Buffer = () => Buffer.alloc(0),
): Promise<ProbedServer> => {
  const open = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    connections: () => connections,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** A server without TLS. */
export const startPlain = (answer: (socket: Socket) => void): Promise<ProbedServer> => {
  const parts: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('data', (part) => parts.push(part));
    answer(socket);
  });
  return listen(server, 0, () => Buffer.concat(parts));
};

interface TlsServerOptions extends CertificateOptions {
  /** A free one, unless told otherwise. */
  readonly port?: number;
  /** Asks clients for a certificate, as sidecars and gateways do. */
  readonly requestsCertificate?: boolean;
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Called with the name that a client asks for. */
  readonly onName?: (name: string) => void;
  readonly onSecure?: (socket: Socket) => void;
}

export const startTls = (options: TlsServerOptions = {}): Promise<ProbedServer> => {
  const server = createTlsServer(
    {
      ...makeCertificate(options),
      requestCert: options.requestsCertificate ?? false,
      rejectUnauthorized: options.requestsCertificate ?? false,
      maxVersion: options.maxVersion ?? 'TLSv1.3',
      SNICallback: (name, answer) => {
        options.onName?.(name);
        answer(null);
      },
    },
    (socket) => {
      socket.on('error', () => undefined);
      options.onSecure?.(socket);
    },
  );
  return listen(server, options.port ?? 0);
};
