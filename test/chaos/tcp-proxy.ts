import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { freePorts, sleep } from '../lab/process';

/** One connection of a client, and its counterpart at the server. */
interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Forwards nothing more, whatever happens to the others. */
  dead: boolean;
}

/** Time after which a server gives up a connection that answers nothing, in ms. */
const noticedMs = 30_000;

/** Stands between processes and a server, and spoils their connections. The port stays the same. */
export interface TcpProxy {
  readonly port: number;
  /** Number of open connections. */
  readonly connections: () => number;
  /** Closes all connections and refuses new ones, until `heal`. */
  readonly refuse: () => void;
  /** Accepts everything and forwards nothing, until `heal`, which delivers what was held. */
  readonly stall: () => void;
  /** Closes all connections. New ones are fine. */
  readonly cut: () => void;
  /** Delays every chunk on its way, in each direction; 0 ends it. */
  readonly delay: (ms: number) => void;
  /**
   * Black-holes one connection for good; `choose` gets the number of connections and returns an index. The server gives
   * it up after 30 s, as Slack does, whose pings go unanswered; the client learns nothing of that.
   */
  readonly blackHole: (choose: (count: number) => number) => void;
  /** Ends `refuse`, `stall` and `delay`. */
  readonly heal: () => Promise<void>;
  readonly stop: () => void;
}

export const startTcpProxy = async (target: {
  readonly host: string;
  readonly port: number;
}): Promise<TcpProxy> => {
  const [port = 0] = await freePorts(1);
  const pairs = new Set<Pair>();
  let server: Server | undefined;
  let stalled = false;
  let delayMs = 0;

  const hold = ({ client, upstream }: Pair): void => {
    client.pause();
    upstream.pause();
  };

  /** Forwards in order, also while the delay changes. */
  const forward = (from: Socket, to: Socket): void => {
    let before = Promise.resolve();
    const after = (work: () => void): void => {
      const due = Date.now() + delayMs;
      before = before.then(async () => {
        const leftMs = due - Date.now();
        if (leftMs > 0) await sleep(leftMs);
        work();
      });
    };
    from.on('data', (chunk) => after(() => void (to.writable && to.write(chunk))));
    from.on('end', () => after(() => to.end()));
    from.on('close', () => after(() => to.destroy()));
    // Its close follows.
    from.on('error', () => undefined);
  };

  const accept = (client: Socket): void => {
    const upstream = createConnection({ ...target, noDelay: true });
    const pair: Pair = { client, upstream, dead: false };
    pairs.add(pair);
    forward(client, upstream);
    forward(upstream, client);
    client.on('close', () => pairs.delete(pair));
    if (stalled) hold(pair);
  };

  const listen = async (): Promise<void> => {
    if (server !== undefined) return;
    const started = createServer({ noDelay: true, allowHalfOpen: true }, accept);
    server = started;
    started.listen(port, '127.0.0.1');
    await once(started, 'listening');
  };

  const cut = (): void => {
    for (const { client, upstream } of pairs) {
      client.destroy();
      upstream.destroy();
    }
  };

  const close = (): void => {
    server?.close();
    server = undefined;
    cut();
  };

  await listen();
  return {
    port,
    connections: () => pairs.size,
    refuse: close,
    stall: () => {
      stalled = true;
      for (const pair of pairs) hold(pair);
    },
    cut,
    delay: (ms) => {
      delayMs = ms;
    },
    blackHole: (choose) => {
      const living = [...pairs].filter(({ dead }) => !dead);
      const pair = living[choose(living.length)];
      if (pair === undefined) return;
      pair.dead = true;
      hold(pair);
      pair.upstream.removeAllListeners('close');
      setTimeout(() => pair.upstream.destroy(), noticedMs).unref();
    },
    heal: async () => {
      stalled = false;
      delayMs = 0;
      for (const { client, upstream, dead } of pairs) {
        if (dead) continue;
        client.resume();
        upstream.resume();
      }
      await listen();
    },
    stop: close,
  };
};
