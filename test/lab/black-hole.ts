import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands before a server and can lose connections without a word: nothing arrives, and nothing is refused. */
export interface BlackHole {
  readonly port: number;
  /** Connections that were ever made. */
  readonly made: () => number;
  /** Connections that the client has not closed. */
  readonly open: () => number;
  /** Loses all present connections for good. New ones are fine. */
  readonly swallow: () => void;
  /** Loses the next connections whose first bytes begin with this text. */
  readonly swallowNext: (beginning: string, count: number) => void;
  readonly stop: () => void;
}

export const startBlackHole = async (target: { host: string; port: number }): Promise<BlackHole> => {
  const pairs = new Set<readonly [client: Socket, upstream: Socket]>();
  let made = 0;
  let next = { beginning: '', count: 0 };

  const lost = new Set<Socket>();
  /** Reads on and forwards nothing, so that it notices when the client gives up. */
  const lose = ([client]: readonly [Socket, Socket]): void => void lost.add(client);

  const server = createServer({ noDelay: true }, (client) => {
    made += 1;
    const upstream = connect({ ...target, noDelay: true });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.once('data', (chunk) => {
      if (next.count === 0 || !chunk.toString('latin1').startsWith(next.beginning)) return;
      next.count -= 1;
      lose(pair);
    });
    client.on('data', (chunk) => lost.has(client) || upstream.write(chunk));
    upstream.on('data', (chunk) => lost.has(client) || client.write(chunk));
    upstream.on('close', () => lost.has(client) || client.destroy());
    client.on('close', () => {
      upstream.destroy();
      pairs.delete(pair);
      lost.delete(client);
    });
    for (const socket of pair) socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    made: () => made,
    open: () => pairs.size,
    swallow: () => {
      for (const pair of pairs) lose(pair);
    },
    swallowNext: (beginning, count) => {
      next = { beginning, count };
    },
    stop: () => {
      server.close();
      for (const [client] of pairs) client.destroy();
    },
  };
};
