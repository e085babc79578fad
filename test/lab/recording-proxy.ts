import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface RecordingProxy {
  readonly address: string;
  /** The hosts of tunnels, and anything else that was requested. */
  readonly seen: () => readonly string[];
  /** `user:password` of tunnels, where they had some. */
  readonly credentials: () => readonly string[];
  readonly stop: () => void;
}

/**
 * A forward proxy that opens tunnels, and records to where.
 *
 * @param refusal status with which it refuses all
 */
export const startRecordingProxy = async (refusal?: number): Promise<RecordingProxy> => {
  const seen: string[] = [];
  const credentials: string[] = [];
  const sockets = new Set<{ destroy: () => unknown }>();
  const server = createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(405).end();
  });
  server.on('connect', ({ url = '', headers }, socket, head) => {
    seen.push(url);
    const [, encoded] = headers['proxy-authorization']?.split(' ') ?? [];
    if (encoded !== undefined) credentials.push(Buffer.from(encoded, 'base64').toString());
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => [socket, onward].forEach((one) => one.destroy()));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    credentials: () => credentials,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};
