#!/usr/bin/env node
import type * as loaded from './app/run-process';
import type { Terminal } from './cli/command';
import { allCommands } from './cli/all-commands';
import { mistakeExit } from './cli/mistake-exit';
import { runCli } from './cli/run';

/** Entry point of the process: standard streams, signals and the exit status. */

const interrupted = new AbortController();

/** Completion and help load nothing of the bot. */
const loadBot = (): typeof loaded => require('./app/run-process');

const { env, stdout, stderr } = process;
const argv = process.argv.slice(2);

/** `isTTY` is absent, not false, on a pipe. */
const isTerminal = ({ isTTY }: { readonly isTTY?: boolean }): boolean => isTTY ?? false;

/** Colour in the logs of CI systems, which are no terminals but show it. */
const isForced = (value = ''): boolean => value !== '' && value !== '0';

const terminal: Terminal = {
  env,
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  // https://no-color.org and https://force-color.org: any value that is not empty counts, here but for FORCE_COLOR=0.
  colour:
    !env['NO_COLOR'] && (isForced(env['FORCE_COLOR']) || (isTerminal(stdout) && env['TERM'] !== 'dumb')),
  progress: isTerminal(stderr) && env['TERM'] !== 'dumb',
  columns: stdout.columns,
  screenRows: stderr.rows,
  signal: interrupted.signal,
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second Ctrl-C ends the process at once. Supervisors send SIGTERM more than once.
    if (interrupted.signal.aborted && signal === 'SIGINT') process.exit(130);
    interrupted.abort();
  });
}

/** Ends the process where the output cannot be written, for example to a full disk: findings would be lost unseen. */
const endUnwritten = ({ code = 'unknown' }: NodeJS.ErrnoException): never => {
  stderr.write(`peering-bot: cannot write the output (${code})\n`);
  process.exit(mistakeExit(argv));
};

// A reader that closes the pipe, such as `head`, is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') endUnwritten(error);
});
// There is nowhere left to say it.
stderr.on('error', () => undefined);

void runCli(
  allCommands((parts) => loadBot().runProcess(parts, interrupted)),
  argv,
  terminal,
).then((code) => {
  process.exitCode = code;
});
