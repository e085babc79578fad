import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { createCurrentConfig } from '../../src/app/current-config';
import { startBot } from '../../src/app/start';
import { loadConfig } from '../../src/config/load-config';
import { createLog } from '../../src/app/log';
import { noTracing } from '../../src/tracing/tracing';

/**
 * The process that `acknowledge.ts` measures: `acknowledging.ts bot clusters.yml` is the bot, and
 * `acknowledging.ts bare` a Bolt app that does nothing else than acknowledge. Tells its parent the port.
 */
const startBare = async (signingSecret: string): Promise<number> => {
  const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: 'xoxb-bare', botId: 'B1', botUserId: 'U1' }),
    logLevel: LogLevel.ERROR,
  });
  app.command(/.*/, async ({ ack }) => ack());
  const server = (await app.start(0)) as { address(): { port: number } };
  return server.address().port;
};

/** The role that acknowledges: what works off the queue would take turns with it on a machine of two cores. */
const startOurs = async (file: string, environment: NodeJS.ProcessEnv): Promise<number> => {
  const uses = { roles: ['bot'], queues: [] } as const;
  const loaded = loadConfig(file, environment, uses);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  // Neither of the two logs: what a line costs is for its destination to say.
  const { config, env } = loaded.value;
  const configuration = createCurrentConfig(config);
  const started = await startBot({
    env,
    configuration,
    environment,
    uses,
    log: createLog('silent'),
    tracing: noTracing,
  });
  if (!started.ok) throw new Error(started.error);
  return started.value.port ?? 0;
};

const main = async (): Promise<void> => {
  const [which, file = ''] = process.argv.slice(2);
  const port =
    which === 'bare'
      ? await startBare(process.env['SLACK_SIGNING_SECRET'] ?? '')
      : await startOurs(file, process.env);
  process.send?.(port);
};

process.once('disconnect', () => process.exit(0));
void main();
