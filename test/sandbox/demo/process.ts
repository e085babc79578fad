import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The demo as people start it: a process of its own. */

const root = resolve(__dirname, '../../..');

export interface DemoProcess {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves to the exit status. */
  readonly ended: Promise<number | null>;
}

export interface DemoOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: readonly string[];
  /** Another copy of `sandbox/demo.mjs`. */
  readonly script?: string;
  readonly uid?: number;
}

export const startDemo = (options: DemoOptions = {}): DemoProcess => {
  const script = options.script ?? resolve(root, 'sandbox/demo.mjs');
  const { PATH = '', HOME = '/' } = process.env;
  const child = spawn(process.execPath, [...(options.node ?? []), script, ...(options.args ?? [])], {
    env: { PATH, HOME, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return {
    child,
    out: () => out,
    err: () => err,
    ended: new Promise((done) => {
      child.once('close', (status) => done(status));
    }),
  };
};

/** Runs it to its end. */
export const runDemo = async (
  options: DemoOptions,
): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> => {
  const demo = startDemo(options);
  const status = await demo.ended;
  return { status, out: demo.out(), err: demo.err() };
};

/** True if this system has processes in its file system. */
export const hasProc = existsSync('/proc/self/environ');

/** The processes that have this text in their environment or command line: what the demo started, wherever it ended up. */
export const processesOf = (marker: string): readonly number[] =>
  (hasProc ? readdirSync('/proc') : [])
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      ['environ', 'cmdline'].some((file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(marker);
        } catch {
          // It ended meanwhile, or is not ours to look at.
          return false;
        }
      }),
    )
    .map(Number);
