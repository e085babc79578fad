import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Time without a new request (ms) after which a round is complete. */
const quietMs = 100;

export interface RoundCounter {
  /** Addresses in front of the servers, in their order. */
  readonly addresses: readonly string[];
  /** The requests of each round: those that were sent before an answer to any of them. */
  readonly rounds: readonly (readonly string[])[];
  readonly stop: () => void;
}

/**
 * Stands before servers and holds all requests until no more arrive, then passes them on at once. What is sent after
 * that may depend on an answer: it is the next round.
 */
export const startRoundCounter = async (targets: readonly string[]): Promise<RoundCounter> => {
  const rounds: string[][] = [];
  let held: { readonly name: string; readonly pass: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const hold = (name: string, pass: () => void): void => {
    held.push({ name, pass });
    clearTimeout(timer);
    timer = setTimeout(() => {
      const round = held;
      held = [];
      rounds.push(round.map((one) => one.name));
      for (const one of round) one.pass();
    }, quietMs);
  };
  const servers = targets.map((target) =>
    createServer((received, answer) => {
      const { method, url = '/', headers } = received;
      hold(`${method} ${url}`, () => {
        const passed = request(new URL(url, target), { method, headers }, (got) => {
          answer.writeHead(got.statusCode ?? 500, got.headers);
          got.pipe(answer);
        });
        received.pipe(passed);
      });
    }),
  );
  const addressOf = async (server: Server): Promise<string> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  return {
    addresses: await Promise.all(servers.map(addressOf)),
    rounds,
    stop: () => {
      clearTimeout(timer);
      for (const server of servers) server.close();
    },
  };
};
