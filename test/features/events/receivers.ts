import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a receiver got. */
interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Decides how to answer from now on: a status, or never. */
  readonly answer: (status: number | 'never', headers?: Readonly<Record<string, string>>) => void;
  readonly stop: () => void;
}

/** A program that gets events, and answers as a test says. */
export const startReceiver = async (): Promise<Receiver> => {
  const received: Received[] = [];
  let status: number | 'never' = 202;
  let more: Readonly<Record<string, string>> = {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      received.push({ path, headers, text: Buffer.concat(chunks).toString() });
      if (status !== 'never') response.writeHead(status, more).end('{}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    received,
    answer: (next, headers = {}) => {
      status = next;
      more = headers;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
