import { pino } from 'pino';
import { startBot } from '../../src/app';
import type { Config } from '../../src/config/config';
import { everything, type Uses } from '../../src/config/env';
import type { Workspace } from '../../src/sandbox/workspace/workspace';

/** With what the bot of a test signs requests for peering tokens. */
export const signingKey = 'k'.repeat(40);

/** The whole bot in this process, over Socket Mode. Gives how it ends. */
export const startBotOn = async (
  { botToken, appToken, apiUrl }: Workspace,
  redisUrl: string,
  config: Config,
  uses: Uses = everything,
): Promise<() => Promise<void>> => {
  const started = await startBot({
    env: {
      slack: { botToken, apiUrl, mode: { kind: 'socket', appToken } },
      redisUrl,
      logLevel: 'silent',
      signingKey,
    },
    config,
    environment: {},
    uses,
    log: pino({ level: 'silent' }),
  });
  if (!started.ok) throw new Error(started.message);
  return started.bot.stop;
};
