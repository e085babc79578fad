import { pino } from 'pino';
import { createCurrentConfig } from '../../src/app/current-config';
import { startBot } from '../../src/app/start';
import type { Config } from '../../src/config/config';
import { allProcessUses, type ProcessUses } from '../../src/config/process-uses';
import { signingKey } from '../sealer';
import type { Workspace } from '../../sandbox/workspace/workspace';
import { noTracing } from '../../src/tracing/tracing';

interface Options {
  readonly uses?: ProcessUses;
  /** Socket Mode by default; HTTP mode listens on a free port, where the workspace then sends to. */
  readonly mode?: 'socket' | 'http';
}

/** The whole bot in this process. Gives how it ends. */
export const startBotOn = async (
  slack: Workspace,
  redisUrl: string,
  config: Config,
  { uses = allProcessUses, mode = 'socket' }: Options = {},
): Promise<() => Promise<void>> => {
  const { botToken, appToken, apiUrl, signingSecret } = slack;
  const started = await startBot({
    env: {
      slack: {
        botToken,
        apiUrl,
        mode: mode === 'socket' ? { kind: 'socket', appToken } : { kind: 'http', signingSecret, port: 0 },
      },
      redisUrl,
      logLevel: 'silent',
      signingKey,
    },
    configuration: createCurrentConfig(config),
    environment: {},
    uses,
    log: pino({ level: 'silent' }),
    tracing: noTracing,
  });
  if (!started.ok) throw new Error(started.error);
  const { port, stop } = started.value;
  if (port !== undefined) slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`);
  return stop;
};
