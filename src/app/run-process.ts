import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Start } from '../cli/commands/run-start';
import { readTracingSettings } from '../config/tracing-settings';
import { failure, success } from '../result';
import { openTracing } from '../tracing/open-tracing';
import { createCurrentConfig } from './current-config';
import { createLog } from './log';
import { startReloading } from './reload-config';
import { startBot } from './start';
import { startProbing } from './start-probing';

/** Longer than the slowest stop: whatever still runs then is abandoned. */
const failedStopMs = 60_000;

/** Time for a start that is interrupted, in ms. */
const startGraceMs = 5000;
/** Time for the end of the process after everything was stopped, in ms. */
const exitGraceMs = 300;

/** Runs the bot until its process is interrupted, and resolves when it has stopped. */
export const runProcess = async (
  { terminal, config, file, load, ...parts }: Parameters<Start>[0],
  interrupted: AbortController,
): ReturnType<Start> => {
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
