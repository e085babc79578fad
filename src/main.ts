#!/usr/bin/env node
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCurrentConfig } from './app/current-config';
import { startReloading } from './app/reload-config';
import { startBot } from './app/start';
import { startProbing } from './app/start-probing';
import type { Terminal } from './cli/command';
import { allCommands } from './cli/all-commands';
import type { Start } from './cli/commands/start';
import { mistakeExit } from './cli/mistake-exit';
import { runCli } from './cli/run';
import { createLog } from './app/log';
import { readTracingSettings } from './config/tracing-settings';
import { failure, success } from './result';
import { openTracing } from './tracing/open-tracing';

/** Entry point of the process: standard streams, signals and the exit status. */

const interrupted = new AbortController();

/** Longer than the slowest stop: whatever still runs then is abandoned. */
const failedStopMs = 60_000;

const start: Start = async ({ terminal, config, file, load, ...parts }) => {
  const log = createLog(parts.env.logLevel);
  let hasFailed = false;
  // Nobody knows what was left undone. Jobs return to the queue, and the supervisor starts a process that has no past.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, 'an unexpected error ends this process');
      hasFailed = true;
      interrupted.abort();
      setTimeout(() => process.exit(1), failedStopMs).unref();
    });
  }
  const configuration = createCurrentConfig(config);
  const { reload, stop: stopReloading } = startReloading({ configuration, file, load, log });
  process.on('SIGHUP', () => reload('SIGHUP'));
  const { signal } = interrupted;
  const isStopped = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const settings = readTracingSettings(terminal.env);
  if (!settings.ok) log.warn({ problem: settings.error }, 'traces are off');
  const tracing = await openTracing(settings.ok ? settings.value : undefined, log);
  const bot = { ...parts, configuration, environment: terminal.env, log, tracing };
  const { probeFrom } = parts.uses;
  const starting = probeFrom === undefined ? startBot(bot, signal) : startProbing(bot, probeFrom, signal);
  // A start that Redis or Slack holds up has nothing to lose.
  const late = isStopped.then(() => sleep(startGraceMs, undefined, { ref: false }));
  const started = await Promise.race([starting, late]);
  if (started?.ok === false && (hasFailed || !signal.aborted)) return started;
  if (started?.ok) {
    await isStopped;
    log.info('stopping');
    stopReloading();
    await started.value.stop();
  }
  log.info('stopped');
  // Connections that others keep open must not keep the process alive.
  setTimeout(() => process.exit(), exitGraceMs).unref();
  return hasFailed ? failure('stopped after an unexpected error, which is in the log') : success(undefined);
};

/** Time for a start that is interrupted, in ms. */
const startGraceMs = 5000;
/** Time for the end of the process after everything was stopped, in ms. */
const exitGraceMs = 300;

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

void runCli(allCommands(start), argv, terminal).then((code) => {
  process.exitCode = code;
});
