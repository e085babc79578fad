import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer of Consul: what a replay needs of it. */
export interface Exchanged {
  readonly status: number;
  readonly filtered: string | undefined;
  readonly body: string;
}

/** A request: questions about rights are posted, all else is got. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface Recorder {
  readonly address: string;
  /** Each request with when it was request and answered, in ms. */
  readonly calls: readonly (SentRequest & { readonly from: number; readonly to: number })[];
  readonly stop: () => void;
}

const listen = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Stands before a server and writes down what it is request. */
export const startRecorder = async (target: string): Promise<Recorder> => {
  const calls: (SentRequest & { from: number; to: number })[] = [];
  const server = createServer((received, answer) => {
    const from = performance.now();
    let body = '';
    received.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    const passed = request(
      new URL(received.url ?? '/', target),
      { method: received.method, headers: received.headers },
      (got) => {
        answer.writeHead(got.statusCode ?? 500, got.headers);
        got.pipe(answer);
        got.on('end', () =>
          calls.push({
            method: received.method ?? '',
            path: received.url ?? '',
            body,
            from,
            to: performance.now(),
          }),
        );
      },
    );
    received.pipe(passed);
  });
  return { address: await listen(server), calls, stop: () => server.close() };
};

/**
 * Counts requests that waited for one another: a request is of the round after the last one that had been answered
 * when it was sent.
 */
export const roundsOf = (calls: Recorder['calls']): number => {
  const rounds: { to: number; round: number }[] = [];
  for (const { from, to } of [...calls].sort((a, b) => a.from - b.from)) {
    const before = rounds.filter((other) => other.to <= from).map(({ round }) => round);
    rounds.push({ to, round: 1 + Math.max(0, ...before) });
  }
  return Math.max(0, ...rounds.map(({ round }) => round));
};

/** Serves answers that were read in another way, so that the same checks can run over them. */
export const startReplay = async (
  answers: ReadonlyMap<string, Exchanged>,
): Promise<{ readonly address: string; readonly stop: () => void }> => {
  const server = createServer((request, answer) => {
    const known = answers.get(request.url ?? '');
    const headers = known?.filtered ? { 'X-Consul-Results-Filtered-By-ACLs': known.filtered } : {};
    answer.writeHead(known?.status ?? 599, { 'content-type': 'application/json', ...headers });
    answer.end(known?.body ?? 'not read');
  });
  return { address: await listen(server), stop: () => server.close() };
};
