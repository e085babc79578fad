import type { RedisClient } from '../../src/redis/redis';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { openRedis } from '../features/digests/stage';
import { startRedis } from '../lab/redis';
import { manifest } from '../local-manifest';
import { type BotOptions, type BotProcess, startBotProcess } from './support';

/** A bot in its own process, with a Redis and a workspace that no other test uses. */
interface BotStage {
  readonly redis: RedisClient;
  readonly slack: Workspace;
  readonly bot: BotProcess;
}

/** Starts a bot and the servers that it needs, and adds to `ends` what stops each. */
export const startBotStage = async (
  options: Pick<BotOptions, 'clusters' | 'env'>,
  ends: (() => unknown)[],
): Promise<BotStage> => {
  const server = await startRedis();
  ends.push(server.stop);
  const redis = openRedis(server.url);
  ends.push(() => redis.disconnect());
  const slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
  ends.push(slack.stop);
  const bot = await startBotProcess({ slack, redisUrl: server.url, ...options });
  ends.push(() => bot.end('SIGKILL'));
  return { redis, slack, bot };
};
