import type { Config } from '../../../src/config/config';
import { createReports, type Reports } from '../../../src/features/history/reports.store';
import type { RedisClient } from '../../../src/redis/redis';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { manifest } from '../../local-manifest';
import { connectTestRedis } from '../../redis-client';
import { sealer } from '../../sealer';
import { startBotOn } from '../../slack/bot';
import { ring, storeReports } from '../../slack/stored';

/** The limits of stored reports. */
const history = { reports: 100, maxAgeMs: 86_400_000 };

/** Thirty clusters in a ring, which fill two pages of App Home, and everybody may do everything. */
export const homeConfig: Config = { clusters: ring(30), access: { restrict: false, grants: [] }, history };

interface HomeStage {
  readonly slack: Workspace;
  readonly redis: RedisClient;
  readonly redisUrl: string;
  readonly reports: Reports;
}

/**
 * Starts a Redis for all tests of a file, and gives what starts a bot for each test: in a workspace of its own, with three stored
 * reports of each cluster. What a test adds to `ends` is ended after it, the last first. To be called once in a `describe`.
 */
export const useHomeStage = (ends: (() => unknown)[]): ((config: Config) => Promise<HomeStage>) => {
  let server: RedisServer;
  let redis: RedisClient;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'asking');
    await waitFor('redis', () => redis.status === 'ready');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  return async (config) => {
    await redis.flushall();
    const reports = createReports(redis, sealer, history);
    await storeReports(reports, config.clusters, 3);
    const slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
    ends.push(slack.stop);
    ends.push(await startBotOn(slack, server.url, config));
    return { slack, redis, redisUrl: server.url, reports };
  };
};
