import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server process of a test, with a temporary folder of its own. */
export interface Managed {
  readonly pid: number;
  /** The last lines it wrote, for error messages. */
  readonly log: () => string;
  readonly running: () => boolean;
  /** The exit status; null while it runs, and after a signal ended it. */
  readonly status: () => number | null;
  /** Resolves once the process is gone. */
  readonly exited: Promise<void>;
  /** Sends a signal and waits until the process is gone. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
}

/**
 * Starts a process that cannot outlive this one. Exit handlers do not run when jest aborts or is killed, so a
 * watchdog in a session of its own holds the read end of a pipe: when this process ends, however it ends, the
 * pipe closes, and the watchdog kills the server and removes its folder.
 */
export const startManaged = (
  command: string,
  args: readonly string[],
  options: { readonly folder?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Managed => {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
  });
  const watchdog = guard(child, options.folder);
  let lines: string[] = [];
  const keep = (chunk: Buffer): void => {
    lines = [...lines, ...chunk.toString().split('\n')].slice(-60);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      watchdog?.kill('SIGKILL');
      resolve();
    });
    child.once('error', (error) => {
      keep(Buffer.from(error.message));
      resolve();
    });
  });
  return {
    pid: child.pid ?? -1,
    log: () => lines.join('\n'),
    running: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    status: () => child.exitCode,
    exited,
    end: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
};

const guard = (child: ChildProcess, folder: string | undefined): ChildProcess | undefined => {
  if (child.pid === undefined) return undefined;
  const script = 'cat >/dev/null; kill -9 "$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2"';
  const watchdog = spawn('sh', ['-c', script, 'watchdog', String(child.pid), folder ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  // A socket underneath, although its type does not say so: it alone must not keep this process alive.
  (watchdog.stdin as unknown as { unref?: () => void }).unref?.();
  return watchdog;
};

/** A temporary folder and how to remove it. */
export const temporaryFolder = async (prefix: string): Promise<{ path: string; remove: () => void }> => {
  const path = await mkdtemp(join(tmpdir(), `peering-bot-${prefix}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** That a server on loopback can bind it now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/**
 * Different ports that are free now. They lie below the range that the kernel gives to outgoing connections,
 * so that only another test can take one before its server binds it; starters try again then.
 */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 22_000 + Math.floor(Math.random() * 10_000);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
};

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks until the answer is truthy, and gives that answer. An ask that throws is asked again. Waits long by default, as a busy
 * machine takes many times as long as an idle one.
 *
 * @param whileRunning stops the wait once this process has ended.
 * @throws after `timeoutMs`, naming what was waited for and the last answer.
 */
export const waitFor = async <T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeoutMs = 60_000, whileRunning }: { readonly timeoutMs?: number; readonly whileRunning?: Managed } = {},
): Promise<NonNullable<T>> => {
  const end = Date.now() + timeoutMs;
  let last = 'nothing';
  do {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = JSON.stringify(answer);
    } catch (error) {
      last = String(error);
    }
    if (whileRunning?.running() === false) {
      throw new Error(`the process ended while waiting for ${what}:\n${whileRunning.log()}`);
    }
    await sleep(50);
  } while (Date.now() < end);
  throw new Error(`waited ${timeoutMs} ms for ${what}, last answer: ${last}`);
};

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export const runCommand = (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  stdin = '',
  cwd = process.cwd(),
): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? -1, stdout, stderr }));
    // A command that reads no input may be gone before it is written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
