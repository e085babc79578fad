import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { JobType } from '../../../src/queue/define';
import { createProducer } from '../../../src/queue/producer';
import { requestApproval } from '../../../src/features/approvals/new-requests/request-approval';
import { decideApproval } from '../../../src/features/approvals/decisions/decide-approval';
import { checkCluster } from '../../../src/features/check/check-cluster';
import { seal } from '../../../src/features/approvals/jobs/open-sealed-job';
import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { createSigner } from '../../../src/signing/sign';
import type { RedisClient } from '../../../src/redis/redis';
import { launchBot, startBotProcess } from '../../e2e/support';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { peeringOf, type Scenery, startScenery } from './stage';
import { createSealer } from '../../../src/signing/seal-record';
import { connectTestRedis } from '../../redis-client';

jest.setTimeout(120_000);

const key = randomBytes(32).toString('hex');
const { approver, requester } = people;

/** The processes that run the jobs, as they are started. */
describeWith(['redis', 'consul'], 'the worker of the queue tokens', () => {
  let scenery: Scenery;
  let slack: Workspace;
  let redis: RedisClient;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    scenery = await startScenery();
  });
  afterAll(() => scenery.stop());
  beforeEach(async () => {
    await scenery.clear();
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
    redis = connectTestRedis(scenery.redis.url, 'working');
    await redis.flushall();
    ends.push(slack.stop, () => redis.disconnect());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const clusters = (): string => `
clusters:
  prod-east: { address: "${scenery.east.proxy.address}", peering_token: { env: WRITE_EAST } }
  prod-west: { address: "${scenery.west.proxy.address}", peering_token: { env: WRITE_WEST } }
access: [{ allow: [token, connect], users: [${requester.id}] }]
approvals: { channel: ${channels.approvals}, approvers: { users: [${approver.id}] } }
`;
  const options = (queues: string) => ({
    slack,
    redisUrl: scenery.redis.url,
    clusters: clusters(),
    args: ['--role', 'worker', '--queues', queues],
  });
  const enqueue = async <Payload>(job: JobType<Payload>, what: object): Promise<void> => {
    const producer = createProducer(redis, createSealer({ signingKey: key }), pino({ level: 'silent' }));
    const id = randomBytes(8).toString('hex');
    const payload = seal(createSigner(key), { id, job: job.name, at: Date.now() }, what);
    await producer.enqueue(job, payload as Payload, { id }, 2000);
    await producer.close();
  };
  const from = (user: string) => ({ user, team: slack.teamId, channel: channels.platform });
  const connected = async (): Promise<boolean> =>
    (await peeringOf(scenery.east, 'west'))?.State === 'ACTIVE' &&
    (await peeringOf(scenery.west, 'east'))?.State === 'ACTIVE';

  it('is not needed by the others: checks run without a write token', async () => {
    const bot = await startBotProcess({ ...options('checks'), env: { PEERING_SIGNING_KEY: key } });
    ends.push(() => bot.end('SIGKILL'));
    const producer = createProducer(redis, createSealer({ signingKey: key }), pino({ level: 'silent' }));
    const request = { cluster: 'prod-east', peer: null, ...from(requester.id) };
    await producer.enqueue(checkCluster, request, { id: 'check-1' }, 2000);
    await producer.close();
    await slack.until(() => slack.messages(channels.platform).find(({ text }) => text.includes('prod-east')));
  });

  it('says what is missing where it has none', async () => {
    const bot = await launchBot({ ...options('tokens'), env: { PEERING_SIGNING_KEY: '' } });
    ends.push(() => bot.end('SIGKILL'));
    await waitFor('the end', () => !bot.running());
    expect(bot.output()).toContain('PEERING_SIGNING_KEY');
    expect(bot.output()).toContain('clusters.prod-east.peering_token');
  });

  it('connects from click to ACTIVE, also if it must stop in the middle', async () => {
    const bot = await startBotProcess({
      ...options('tokens'),
      env: { ...scenery.env, PEERING_SIGNING_KEY: key },
    });
    ends.push(() => bot.end('SIGKILL'));
    await enqueue(requestApproval, {
      kind: 'connect',
      acceptor: 'prod-east',
      dialer: 'prod-west',
      peer: 'west',
      dialerPeer: 'east',
      replace: false,
      reason: 'moves',
      ...from(requester.id),
    });
    const card = await slack.until(() => slack.messages(channels.approvals).find(({ fromBot }) => fromBot));
    const [, request, fingerprint] =
      /"value":"([a-z0-9]{19})\.([0-9a-f]{32})"/.exec(JSON.stringify(card.blocks)) ?? [];
    scenery.west.proxy.before('POST /v1/peering/establish', async () => {
      void bot.end('SIGTERM');
      // Longer than other workers get.
      await sleep(10_500);
    });
    await enqueue(decideApproval, {
      request,
      fingerprint,
      verdict: 'approved',
      reason: '',
      ...from(approver.id),
    });
    await waitFor('the worker to end', () => !bot.running(), { timeoutMs: 60_000 });
    expect(await connected()).toBe(true);
    expect(JSON.stringify(slack.messages(channels.approvals).at(-1)?.blocks)).toContain('connected');
    expect(bot.output()).toContain('"msg":"stopped"');
    for (const secret of Object.values(scenery.env)) expect(bot.output()).not.toContain(secret);
  });
});
