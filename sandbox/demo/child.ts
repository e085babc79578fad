import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from './step';

/** Processes that the demo starts. */

export interface Child {
  readonly running: () => boolean;
  /** The end of its output. */
  readonly lastLines: () => readonly string[];
  /** Sends SIGTERM, and SIGKILL after `withinMs`. */
  readonly stop: (graceMs: number) => Promise<void>;
}

export interface ChildOptions {
  readonly env: Environment;
  readonly cwd: string;
  /** The file with all of its output. */
  readonly logFile?: string;
  /** A temporary folder, removed if this process ends before it can do that. */
  readonly folder?: string;
}

const keptLines = 40;

/** Uses builtins of the shell, and `rm` by its absolute path: PATH may be empty. */
const watch = 'while read -r _; do :; done; kill -9 "$1" 2>/dev/null; [ -z "$2" ] || /bin/rm -rf "$2"';

/**
 * Ends the child when this process ends for any reason: a shell waits for the end of a pipe that only this
 * process holds. Windows has no such shell; there the child is ended by `stop` alone.
 */
const guard = (child: ChildProcess, { env, folder = '' }: ChildOptions): void => {
  if (child.pid === undefined || process.platform === 'win32') return;
  const watchdog = spawn('/bin/sh', ['-c', watch, 'watchdog', String(child.pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env,
  });
  // Without a shell there is no watchdog, and all else works.
  watchdog.once('error', () => undefined);
  watchdog.unref();
  // A socket underneath, although its type does not say so: it must not keep this process alive.
  (watchdog.stdin as unknown as { unref?: () => void }).unref?.();
  child.once('exit', () => watchdog.kill('SIGKILL'));
};

/** Starts a process apart from the terminal's signals, so that this one decides in which order things end. */
export const startChild = (command: string, args: readonly string[], options: ChildOptions): Child => {
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guard(child, options);
  let lines: string[] = [];
  const log = options.logFile ? createWriteStream(options.logFile, { mode: 0o600 }) : undefined;
  // A full disk is no reason to end the demo: the log is a convenience.
  log?.on('error', () => undefined);
  const keep = (chunk: Buffer): void => {
    log?.write(chunk);
    lines = [...lines, ...chunk.toString().split('\n').filter(Boolean)].slice(-keptLines);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      keep(Buffer.from(error.message));
      resolve();
    });
  });
  const running = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    running,
    lastLines: () => lines,
    stop: async (graceMs) => {
      if (running()) {
        child.kill('SIGTERM');
        await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
        if (running()) child.kill('SIGKILL');
        await ended;
      }
      log?.end();
    },
  };
};

/** Returns the output of a command that ends within `withinMs`. */
export const runCommand = (
  command: string,
  args: readonly string[],
  env: Environment,
  timeoutMs: number,
): Promise<{ readonly ok: boolean; readonly output: string }> =>
  new Promise((resolve) => {
    const child = spawn(command, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (status) => resolve({ ok: status === 0, output: output.trim() }));
  });

/** A port that is free on 127.0.0.1 now. Another process can take it before it is bound. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** Asks every 50 ms until the answer is truthy; undefined after `withinMs`, or once `alive` returns false. */
export const poll = async <T>(
  ask: () => T | Promise<T>,
  timeoutMs: number,
  alive: () => boolean = () => true,
): Promise<T | undefined> => {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer) return answer;
    if (!alive()) return undefined;
    await sleep(50);
  }
  return undefined;
};
