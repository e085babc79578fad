import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export interface DelayProxy {
  readonly address: string;
  readonly stop: () => void;
}

/** Stands before a server on loopback as a network of so much round trip (ms) would: half on the way, half back. */
export const startDelayProxy = async (target: string, roundTripMs: number): Promise<DelayProxy> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const late = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), roundTripMs / 2));
    from.on('close', () => setTimeout(() => to.destroy(), roundTripMs / 2));
    from.on('error', () => to.destroy());
  };
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = createConnection({ host: hostname, port: Number(port), noDelay: true });
    sockets.add(client).add(upstream);
    late(client, upstream);
    late(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};
