import { spawnSync } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from './process';

/** A loopback network of its own for one process (Linux): another vantage point on this machine. */

/** False where the machine does not allow it, as in most containers without privileges. */
export const hasNetworks = spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

interface OwnNetwork {
  /** Runs the command that follows it in the network. */
  readonly under: readonly string[];
  readonly stop: () => void;
}

/** Ends with the process that it was started for. */
const forwarder = `
  const { connect, createServer } = require('node:net');
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(), 100);
  for (const [port, path] of JSON.parse(process.argv[1])) {
    createServer((socket) => {
      const other = connect(path);
      socket.pipe(other).pipe(socket);
      for (const one of [socket, other]) one.on('error', () => { socket.destroy(); other.destroy(); });
    }).listen(port, '127.0.0.1');
  }
`;

/**
 * Prepares a network in which nothing answers but what is forwarded: the ports of it lead to ports of this machine.
 *
 * @param forwarded pairs of a port there and a port here
 */
export const prepareNetwork = async (
  forwarded: readonly (readonly [there: number, here: number])[],
): Promise<OwnNetwork> => {
  const folder = await temporaryFolder('network');
  const open = new Set<Socket>();
  const listen = async ([there, here]: readonly [number, number]): Promise<
    readonly [number, string, Server]
  > => {
    const path = join(folder.path, String(there));
    const server = createServer((socket) => {
      const other = connect(here, '127.0.0.1');
      socket.pipe(other).pipe(socket);
      for (const one of [socket, other]) {
        open.add(one);
        one.on('error', () => [socket, other].forEach((end) => end.destroy()));
        one.on('close', () => open.delete(one));
      }
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return [there, path, server];
  };
  const servers = await Promise.all(forwarded.map(listen));
  const paths = JSON.stringify(servers.map(([port, path]) => [port, path]));
  const script = 'ip link set lo up; "$0" -e "$1" "$2" & shift 2; exec "$@"';
  return {
    under: ['unshare', '-rn', 'sh', '-c', script, process.execPath, forwarder, paths],
    stop: () => {
      for (const [, , server] of servers) server.close();
      for (const socket of open) socket.destroy();
      folder.remove();
    },
  };
};
