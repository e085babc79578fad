import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, poll, runCommand, startChild } from './child';
import { findProgram } from './find';
import { done, type Environment, failed, type Running, type Step } from './step';

/** A Redis for the demo: the first one that is available. */

export interface Redis extends Running {
  readonly url: string;
  /** Its origin, for a person to read. */
  readonly about: string;
}

export interface RedisOptions {
  readonly env: Environment;
  /** An empty folder for its files. */
  readonly folder: string;
  /** Returns true if this user may install packages on Debian. */
  readonly isRoot: boolean;
  /** Reports a slow step. */
  readonly tell: (line: string) => void;
}

const programs = ['redis-server', 'valkey-server'];
const startMs = 10_000;
const installMs = 180_000;
const pullMs = 180_000;
const attempts = 5;

const secret = (): string => randomBytes(18).toString('hex');

/** Starts a server of its own: on loopback, with a password, in memory only. */
const startServer = async (program: string, { env, folder }: RedisOptions): Promise<Step<Redis>> => {
  const password = secret();
  const config = join(folder, 'redis.conf');
  let reason = '';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const port = await freePort();
    const settings = [
      `port ${port}`,
      'bind 127.0.0.1',
      `requirepass ${password}`,
      'save ""',
      'appendonly no',
      `dir "${folder}"`,
      'maxmemory-policy noeviction',
    ];
    await mkdir(folder, { recursive: true });
    await writeFile(config, `${settings.join('\n')}\n`, { mode: 0o600 });
    const child = startChild(program, [config], { env, cwd: folder });
    // Waits for its log line: if it could not bind the port, another server may answer there.
    const ready = await poll(
      () => child.lastLines().some((line) => line.includes('Ready to accept connections')),
      startMs,
      child.running,
    );
    if (ready) {
      return done({
        url: `redis://:${password}@127.0.0.1:${port}`,
        about: `${program}, private, on 127.0.0.1:${port}`,
        stop: () => child.stop(3_000),
      });
    }
    await child.stop(0);
    reason = child.lastLines().at(-1) ?? 'no reason given';
  }
  return failed(`${program} does not start (${reason}): set REDIS_URL to a Redis that runs`);
};

/** Installs a server if this user may do that; undefined if not, or if it failed. */
const install = async ({ env, isRoot, tell }: RedisOptions): Promise<string | undefined> => {
  const apt = process.platform === 'linux' && isRoot ? findProgram(['apt-get'], env) : undefined;
  if (apt) {
    tell('installing redis-server with apt-get…');
    // Only the program is needed, not the service of the package.
    const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const want = ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'];
    const first = await runCommand(apt, want, quiet, installMs);
    if (!first.ok) {
      await runCommand(apt, ['update', '-qq'], quiet, installMs);
      await runCommand(apt, want, quiet, installMs);
    }
    return findProgram(programs, env);
  }
  const brew = isRoot ? undefined : findProgram(['brew'], env);
  if (!brew) return undefined;
  tell('installing redis with Homebrew…');
  await runCommand(brew, ['install', 'redis'], env, installMs);
  return findProgram(programs, env);
};

/** Starts a container; undefined where there is no Docker that works. */
const startContainer = async ({ env, tell }: RedisOptions): Promise<Redis | undefined> => {
  const docker = findProgram(['docker'], env);
  if (!docker || !(await runCommand(docker, ['info'], env, 10_000)).ok) return undefined;
  tell('starting redis with Docker…');
  const password = secret();
  const server = ['redis-server', '--save', '', '--requirepass', password];
  const started = await runCommand(
    docker,
    ['run', '--rm', '--detach', '--publish', '127.0.0.1::6379', 'redis:7-alpine', ...server],
    env,
    pullMs,
  );
  const id = started.output.split('\n').at(-1)?.trim() ?? '';
  if (!started.ok) return undefined;
  const stop = async (): Promise<void> => {
    await runCommand(docker, ['stop', '--time', '2', id], env, 15_000);
  };
  const { output } = await runCommand(docker, ['port', id, '6379/tcp'], env, 10_000);
  const port = output.match(/127\.0\.0\.1:(\d+)/)?.[1];
  if (!port) {
    await stop();
    return undefined;
  }
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    about: `a container, private, on 127.0.0.1:${port}`,
    stop,
  };
};

/** `$REDIS_URL`, else a server on the path, else one that can be installed, else a container. */
export const findRedis = async (options: RedisOptions): Promise<Step<Redis>> => {
  const given = options.env['REDIS_URL'];
  if (given) return done({ url: given, about: 'the one that REDIS_URL names', stop: async () => undefined });
  const found = options.env['REDIS_SERVER_BIN'] || findProgram(programs, options.env);
  if (found) return startServer(found, options);
  const installed = await install(options);
  if (installed) return startServer(installed, options);
  const container = await startContainer(options);
  if (container) return done(container);
  return failed(
    'there is no Redis: set REDIS_URL to one that runs, put redis-server or valkey-server on the path ' +
      '(Debian: apt-get install redis-server; Homebrew: brew install redis), or start Docker',
  );
};
