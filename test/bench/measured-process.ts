import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A TypeScript program of this folder that runs in a process of its own, as it would be deployed. */
export interface MeasuredProcess {
  /** The port that its first message holds. */
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Options of Node that the Dockerfile and the systemd unit start the bot with. */
export const deployedOptions: readonly string[] = ['--max-semi-space-size=32'];

/** Starts a program, and waits for its first message. */
export const startMeasuredProcess = async (
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<MeasuredProcess> => {
  const child = fork(join(__dirname, file), args, {
    env,
    execArgv: [...deployedOptions, '-r', join(__dirname, '../lab/register.cjs')],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process to measure ended with status ${code}`);
  });
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number];
  ended.catch(() => undefined);
  return { port, stop: () => end(child) };
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
};
