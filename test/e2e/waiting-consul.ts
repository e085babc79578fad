import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server in the place of Consul that takes requests and never answers. */
export interface WaitingConsul {
  readonly address: string;
  /** Requests that came so far. */
  readonly waiting: () => number;
  readonly stop: () => void;
}

export const startWaitingConsul = async (): Promise<WaitingConsul> => {
  let waiting = 0;
  const server = createServer(() => {
    waiting += 1;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: () => waiting,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
