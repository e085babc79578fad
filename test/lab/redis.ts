import { binary } from './binaries';
import type { Clock } from './clock';
import { freePorts, type Managed, startManaged, temporaryFolder, waitFor } from './process';

export interface RedisOptions {
  /** Appends every write to a file and syncs it, so that it outlives `kill`. Default false. */
  readonly appendOnly?: boolean;
  /** More settings, such as `{ requirepass: 'x' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The clock that the server reads. Default the real one. */
  readonly clock?: Clock;
}

/** A private Redis on 127.0.0.1. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Its data folder. */
  readonly folder: string;
  /** SIGKILL: what was not yet on disk is lost. */
  readonly kill: () => Promise<void>;
  /** Starts it again, on the same port with the same folder; first stops it where it still runs. */
  readonly restart: () => Promise<void>;
  /** Stops it and removes its folder. */
  readonly stop: () => Promise<void>;
}

/** Starts a Redis of its own on a free port and waits until it answers. */
export const startRedis = async (options: RedisOptions = {}): Promise<RedisServer> => {
  const folder = await temporaryFolder('redis');
  const launch = (port: number): Managed =>
    startManaged(
      binary('redis'),
      flags({
        port,
        bind: '127.0.0.1',
        dir: folder.path,
        save: '',
        appendonly: options.appendOnly ? 'yes' : 'no',
        appendfsync: 'always',
        'maxmemory-policy': 'noeviction',
        // That thread waits for a moment of the clock that is not moved, and would never rest.
        ...(options.clock && { 'jemalloc-bg-thread': 'no' }),
        ...options.settings,
      }),
      { folder: folder.path, env: { ...process.env, ...options.clock?.env } },
    );

  let [port = 0] = await freePorts(1);
  let server = launch(port);
  for (let attempt = 1; !(await isReady(server)); attempt++) {
    if (attempt === 5) throw new Error(`redis did not start:\n${server.log()}`);
    [port = 0] = await freePorts(1);
    server = launch(port);
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.running()) await server.end(signal);
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder: folder.path,
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      server = launch(port);
      if (!(await isReady(server))) throw new Error(`redis did not start again:\n${server.log()}`);
    },
    stop: async () => {
      await end('SIGKILL');
      folder.remove();
    },
  };
};

const flags = (settings: Readonly<Record<string, string | number>>): readonly string[] =>
  Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);

/**
 * Returns true once the log says that it is up: another server may answer on the port if ours could not bind it. False
 * where it ended, most likely for that reason.
 */
const isReady = async (server: Managed): Promise<boolean> => {
  await waitFor('redis', () => !server.running() || server.log().includes('Ready to accept connections'));
  return server.running();
};
