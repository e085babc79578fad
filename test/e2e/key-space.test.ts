import { resolve } from 'node:path';
import { Redis } from 'ioredis';
import { readRecordings, type ServedCluster, serveRecording } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { findUnboundedKeys } from '../redis/key-bounds';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const persons = Array.from({ length: 60 }, (_, index) => `U8PERSON${index}`);

describeWith(['redis'], 'the keys in Redis', () => {
  let cluster: ServedCluster;
  let server: RedisServer;
  let redis: Redis;
  let slack: Workspace;
  let bot: BotProcess;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    const [recording] = await readRecordings(resolve(__dirname, '../../sandbox/recordings'));
    if (recording === undefined) throw new Error('there is no recording');
    cluster = await serveRecording(recording, { token: 'recorded', delayMs: 0 });
    ends.push(cluster.stop);
    server = await startRedis();
    ends.push(server.stop);
    redis = new Redis(server.url);
    ends.push(() => redis.disconnect());
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } });
    ends.push(slack.stop);
    for (const id of persons) slack.state.users.set(id, { ...people.requester, id });
    const users = persons.join(', ');
    bot = await startBotProcess({
      slack,
      redisUrl: server.url,
      clusters: `
clusters:
  east: { address: '${cluster.address}', token: { env: CONSUL_TOKEN }, peering_token: { env: CONSUL_TOKEN } }
access:
  - { allow: [acl, trace, impact, peerings, digest, subscribe, mute, unmute, token], users: [${users}] }
approvals: { channel: ${channels.approvals}, approvers: { users: [${people.approver.id}] } }
`,
      env: { CONSUL_TOKEN: 'recorded', LOG_LEVEL: 'info' },
    });
    ends.push(() => bot.end('SIGKILL'));
  });
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('have a bound in time or number after a busy run', async () => {
    let next = 0;
    const type = (line: string, channel: string = channels.platform) =>
      slack.typeCommand(persons[next++] ?? '', channel, `/peering ${line}`);
    const lines = [
      'check east',
      'check east west',
      'check all',
      'trace east web api',
      'impact east api',
      'acl east',
      'history east',
      'mute east mesh-gateway-mode for 7d because of a test',
      'subscribe east',
      'subscribe e*',
      'subscribe east every 10m severity:error',
      'digest add east weekdays 8:30',
      'digest add all every 6h UTC only-changes',
      'token east new-peer for a test',
      'peerings',
      'check nowhere',
    ];
    for (const line of lines) await type(line);
    for (let index = 0; index < 20; index++) await type('check east', channels.leads);
    const digest = await slack.until(
      () =>
        /digest `(\w{4})`/.exec(
          slack
            .messages(channels.platform)
            .map(({ text }) => text)
            .join(' '),
        )?.[1],
      'a digest',
      30_000,
    );
    await type(`digest run ${digest}`);
    await waitFor(
      'all jobs to end',
      async () =>
        (await redis.llen('{peering}:checks:wait')) + (await redis.llen('{peering}:checks:active')) === 0 &&
        (await redis.exists('peering:subscriptions', 'peering:digests', 'peering:mutes:east')) === 3,
      { timeoutMs: 60_000 },
    );
    await type(`digest remove ${digest}`);
    expect(await findUnboundedKeys(redis)).toEqual([]);
    expect(await redis.dbsize()).toBeGreaterThan(50);
  });

  it('are found where one has no bound', async () => {
    await redis.set('peering:forgotten', 'x');
    await redis.hset('{peering}:checks:orphan', 'data', 'x');
    expect([...(await findUnboundedKeys(redis))].toSorted()).toEqual([
      'peering:forgotten never expires and belongs to nothing',
      '{peering}:checks:orphan never expires and belongs to nothing',
    ]);
  });
});
