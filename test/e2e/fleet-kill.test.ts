import { resolve } from 'node:path';
import { Redis } from 'ioredis';
import { readRecordings, type ServedCluster, serveRecording } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const names = Array.from({ length: 12 }, (_, index) => `cluster-${index}`);

describeWith(['redis'], 'a check of several clusters', () => {
  let cluster: ServedCluster;
  let server: RedisServer;
  let redis: Redis;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    const [recording] = await readRecordings(resolve(__dirname, '../../sandbox/recordings'));
    if (recording === undefined) throw new Error('there is no recording');
    cluster = await serveRecording(recording, { token: 'recorded', delayMs: 100 });
    ends.push(cluster.stop);
    server = await startRedis();
    ends.push(server.stop);
    redis = new Redis(server.url);
    ends.push(() => redis.disconnect());
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } });
    ends.push(slack.stop);
  });
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('ends in one answer with every cluster where its worker is killed in the middle', async () => {
    const lines = names.map(
      (name) => `  ${name}: { address: '${cluster.address}', token: { env: CONSUL_TOKEN } }`,
    );
    const start = async (): Promise<BotProcess> => {
      const bot = await startBotProcess({
        slack,
        redisUrl: server.url,
        clusters: `clusters:\n${lines.join('\n')}\n`,
        env: { CONSUL_TOKEN: 'recorded', LOG_LEVEL: 'info' },
      });
      ends.push(() => bot.end('SIGKILL'));
      return bot;
    };
    const first = await start();
    await slack.typeCommand(people.requester.id, channels.platform, '/peering check all');
    const finished = async (): Promise<number> => {
      const [key] = await redis.keys('peering:fleet-lines:*');
      return key === undefined ? 0 : redis.hlen(key);
    };
    await waitFor('some rows', async () => (await finished()) >= 2, { timeoutMs: 30_000 });
    await first.end('SIGKILL');
    const before = await finished();
    expect(before).toBeLessThan(names.length);
    await start();
    const answers = () => slack.messages(channels.platform).filter(({ fromBot }) => fromBot);
    const isWhole = (): boolean => {
      const text = JSON.stringify(answers()[0]?.blocks ?? '');
      return names.every((name) => text.includes(`"${name}"`));
    };
    await slack.until(isWhole, 'the answer', 60_000);
    expect(answers()).toHaveLength(1);
  });
});
