import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { authorizePath, readRecordings } from '../../sandbox/demo/recording';

/** One local server that answers as many Consul clusters, told apart by their tokens. */
export interface ConsulServer {
  readonly address: string;
  /** Number of checks of each cluster, by its token, and the time of the first (ms since the epoch). */
  readonly checks: ReadonlyMap<string, { count: number; readonly firstMs: number }>;
  /** When each cluster got its last answer (ms since the epoch), by its token. */
  readonly answered: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
}

interface ConsulAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Replaces the answer of a server; undefined leaves it. */
export type Tamper = (
  token: string,
  url: string,
  recorded: ConsulAnswer | undefined,
) => ConsulAnswer | undefined;

/**
 * Answers from what real servers answered, in turn for the clusters as they come.
 *
 * @param delayOf time until each answer to a cluster in ms; null for none at all
 */
export const startConsulServer = async (
  tamper: Tamper = () => undefined,
  delayOf: (token: string) => number | null = () => 0,
): Promise<ConsulServer> => {
  const recordings = await readRecordings(resolve(__dirname, '../../sandbox/recordings'));
  const answers = recordings.map(
    (recording) =>
      new Map(
        Object.entries(recording.answers).map(([key, { status, headers, body }]) => [
          key,
          { status, headers: visible(headers), body: typeof body === 'string' ? body : JSON.stringify(body) },
        ]),
      ),
  );
  const checks = new Map<string, { count: number; readonly firstMs: number }>();
  const answered = new Map<string, number>();
  const server = createServer((request, response) => {
    const token = String(request.headers['x-consul-token']);
    response.on('finish', () => answered.set(token, Date.now()));
    const delayMs = delayOf(token);
    if (delayMs === null) return;
    if (delayMs > 0) setTimeout(() => answer(token, request, response), delayMs);
    else answer(token, request, response);
  });
  const answer = (token: string, request: IncomingMessage, response: ServerResponse): void => {
    const which = Number(/\d+$/.exec(token)?.[0] ?? 0) % answers.length;
    if (request.url === '/v1/agent/self') {
      const known = checks.get(token);
      if (known) known.count += 1;
      else checks.set(token, { count: 1, firstMs: Date.now() });
    }
    if (request.url === authorizePath) {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const request = JSON.parse(Buffer.concat(chunks).toString()) as readonly object[];
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(request.map((question) => ({ ...question, Allow: true }))));
      });
      return;
    }
    const recorded = answers[which]?.get(`${request.method} ${request.url}`);
    const found = tamper(token, request.url ?? '', recorded) ?? recorded;
    response.writeHead(found?.status ?? 404, found?.headers).end(found?.body ?? 'not recorded');
  };
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    checks,
    answered,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
};

const notPassedOn = new Set(['content-length', 'content-encoding', 'transfer-encoding', 'connection']);

const visible = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.has(name.toLowerCase())));
