import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createLog } from '../../src/app/log';
import { createCurrentConfig } from '../../src/app/current-config';
import { startBot } from '../../src/app/start';
import { allProcessUses } from '../../src/config/process-uses';
import { loadConfig } from '../../src/config/load-config';
import { noTracing } from '../../src/tracing/tracing';

/**
 * The process that `hostile.ts` measures: `measured-bot.ts clusters.yml` is the bot with all roles. Tells its parent
 * the port, and for each message the longest wait of its event loop since the one before (ms).
 */
const resolutionMs = 2;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });

const main = async (): Promise<void> => {
  const loaded = loadConfig(process.argv[2] ?? '', process.env, allProcessUses);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const log = createLog(loaded.value.env.logLevel);
  const parts = { environment: process.env, uses: allProcessUses, log, tracing: noTracing };
  const { config, env } = loaded.value;
  const started = await startBot({ env, configuration: createCurrentConfig(config), ...parts });
  if (!started.ok) throw new Error(started.error);
  delay.enable();
  process.on('message', () => {
    process.send?.(delay.max / 1e6 - resolutionMs);
    delay.reset();
  });
  process.send?.(started.value.port ?? 0);
};

process.once('disconnect', () => process.exit(0));
void main();
