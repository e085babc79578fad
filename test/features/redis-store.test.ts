import { stateOf } from '../../src/checks/changes/state-of';
import { healthySnapshot } from '../../src/checks/examples/healthy';
import type { Report } from '../../src/report/report';
import { countRequest } from '../../src/slack/throttle.store';
import { createMessageRefs } from '../../src/slack/api/message-refs.store';
import type { RedisClient } from '../../src/redis/redis';
import { createReports } from '../../src/features/history/reports.store';
import { isFirst } from '../../src/slack/replays.store';
import { createRateLimiter } from '../../src/slack/api/rate-limiter.store';
import { describeWith } from '../lab/binaries';
import { sleep } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { sealer } from '../sealer';
import { connectTestRedis } from '../redis-client';

const open = async (url: string): Promise<RedisClient> => {
  const redis = connectTestRedis(url, 'working');
  await redis.ping();
  return redis;
};

const report = (name: string, startedAt: string, over: Partial<Report> = {}): Report => ({
  schemaVersion: 1,
  cluster: { name, datacenter: 'dc1', consulVersion: '1.20.1' },
  peer: null,
  startedAt,
  durationMs: 12,
  verdict: 'ready',
  summary: { errors: 0, warnings: 0, passed: 1, skipped: 0, unknown: 0, muted: 0 },
  peers: [],
  notes: [],
  results: [],
  ...over,
});

const day = (n: number): string => new Date(Date.UTC(2026, 0, n)).toISOString();

describeWith(['redis'], 'what is kept in Redis', () => {
  let server: RedisServer;
  let one: RedisClient;
  let other: RedisClient;
  beforeAll(async () => {
    server = await startRedis();
    [one, other] = await Promise.all([open(server.url), open(server.url)]);
  });
  afterAll(async () => {
    one.disconnect();
    other.disconnect();
    await server.stop();
  });
  beforeEach(() => one.flushall());

  describe('rate limiter', () => {
    it('gives moments an interval apart, over two processes', async () => {
      const nowMs = async (): Promise<number> => {
        const [seconds = 0, micros = 0] = await one.time();
        return seconds * 1000 + micros / 1000;
      };
      const limiters = [createRateLimiter(one, 1000), createRateLimiter(other, 1000)];
      const before = await nowMs();
      const taken = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => limiters[index % 2]?.reserve('C1', 10_000)),
      );
      const next = Number(await one.get('peering:slot:C1'));
      expect(taken.every((reserved) => reserved?.taken)).toBe(true);
      expect(next - before).toBeGreaterThanOrEqual(7999);
      expect(next - (await nowMs())).toBeLessThanOrEqual(8000);
      expect(new Set(taken.map((reserved) => Math.ceil((reserved?.waitMs ?? 0) / 1000))).size).toBe(8);
    });

    it('reserves nothing where the wait is longer than accepted', async () => {
      const limiter = createRateLimiter(one, 1000);
      await limiter.reserve('C1', 0);
      const far = await limiter.reserve('C1', 100);
      expect(far.taken).toBe(false);
      expect(far.waitMs).toBeGreaterThan(800);
      const stillFar = await limiter.reserve('C1', 100);
      expect(stillFar.waitMs).toBeLessThanOrEqual(far.waitMs);
    });

    it('holds one channel as long as Slack asked, and no other', async () => {
      const limiter = createRateLimiter(one, 10);
      await limiter.hold('C1', 5000);
      expect((await limiter.reserve('C1', 1000)).taken).toBe(false);
      expect((await limiter.reserve('C2', 0)).taken).toBe(true);
    });

    it('does not shorten a silence by a shorter one', async () => {
      const limiter = createRateLimiter(one, 10);
      await limiter.hold('C1', 5000);
      await limiter.hold('C1', 10);
      expect((await limiter.reserve('C1', 1000)).waitMs).toBeGreaterThan(4000);
    });

    it('leaves no key behind', async () => {
      await createRateLimiter(one, 20).reserve('C1', 0);
      expect(await one.pttl('peering:slot:C1')).toBeGreaterThan(0);
    });
  });

  describe('message refs', () => {
    it('tells a message that was posted from one that may have been', async () => {
      const messageRefs = createMessageRefs(one, sealer);
      const elsewhere = createMessageRefs(other, sealer);
      expect(await messageRefs.find('a')).toBeUndefined();
      await messageRefs.trying('a');
      expect(await elsewhere.find('a')).toEqual({ state: 'trying' });
      await messageRefs.posted('a', { channel: 'C1', ts: '1.2' });
      expect(await elsewhere.find('a')).toEqual({ state: 'posted', ref: { channel: 'C1', ts: '1.2' } });
    });
  });

  describe('limits', () => {
    it('counts a person over all processes, and each person apart', async () => {
      const ann = { team: 'T1', user: 'U1' };
      const results = [];
      for (let n = 0; n < 4; n++) results.push(await countRequest(n % 2 ? one : other, ann, 'commands', 3));
      expect(results.map(({ exceeded }) => exceeded)).toEqual([false, false, false, true]);
      expect(results[3]?.waitMs).toBeGreaterThan(50_000);
      expect((await countRequest(one, { team: 'T2', user: 'U1' }, 'commands', 3)).exceeded).toBe(false);
      expect((await countRequest(one, { team: 'T1', user: 'U2' }, 'commands', 3)).exceeded).toBe(false);
      expect((await countRequest(one, ann, 'homes', 3)).exceeded).toBe(false);
    });

    it('forgets after the minute', async () => {
      await countRequest(one, { team: 'T1', user: 'U1' }, 'commands', 3);
      const left = await one.pttl('peering:commands:T1:U1');
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000);
    });
  });

  it('knows a signature again, in every process, until it is too old to count', async () => {
    expect(await isFirst(one, 'v0=a', 80)).toBe(true);
    expect(await isFirst(other, 'v0=a', 80)).toBe(false);
    expect(await isFirst(other, 'v0=b', 80)).toBe(true);
    await sleep(120);
    expect(await isFirst(other, 'v0=a', 80)).toBe(true);
  });

  describe('reports', () => {
    const keeping = { reports: 3, maxAgeMs: 10 * 86_400_000 };
    const runsOf = async (cluster: string, limit: number) =>
      ((await createReports(other, sealer, keeping).history([cluster], limit)).get(cluster) ?? []).map(
        ({ run }) => run,
      );

    it('gives back what was saved', async () => {
      const saved = report('prod', day(1), { notes: ['ü'.repeat(10_000)] });
      await createReports(one, sealer, keeping).save('r1', saved);
      expect(await createReports(other, sealer, keeping).find('r1')).toEqual(saved);
      expect(await createReports(other, sealer, keeping).find('r2')).toBeUndefined();
      expect(await one.strlen('peering:report:r1')).toBeLessThan(1000);
    });

    it('keeps the newest of each cluster, and lets the others go', async () => {
      const reports = createReports(one, sealer, keeping);
      for (let n = 1; n <= 5; n++) await reports.save(`p${n}`, report('prod', day(n)));
      await reports.save('s1', report('staging', day(1)));
      expect(await runsOf('prod', 10)).toEqual(['p5', 'p4', 'p3']);
      expect(await runsOf('prod', 1)).toEqual(['p5']);
      expect(await runsOf('staging', 10)).toEqual(['s1']);
      expect(await reports.find('p2')).toBeUndefined();
      expect(await reports.find('s1')).toBeDefined();
    });

    it('lists no run older than its age', async () => {
      const reports = createReports(one, sealer, keeping);
      await reports.save('old', report('prod', day(1)));
      await reports.save('new', report('prod', day(20)));
      expect(await runsOf('prod', 10)).toEqual(['new']);
      expect(await one.pttl('peering:report:new')).toBeLessThanOrEqual(keeping.maxAgeMs);
    });

    it('saves the same run twice without counting it twice', async () => {
      const reports = createReports(one, sealer, keeping);
      await reports.save('r', report('prod', day(1)));
      await reports.save('r', report('prod', day(1), { verdict: 'unknown' }));
      expect(await runsOf('prod', 10)).toEqual(['r']);
      expect((await reports.find('r'))?.verdict).toBe('unknown');
    });

    it('tells each run in a few words, whole ones and narrowed ones', async () => {
      const reports = createReports(one, sealer, keeping);
      const finding = {
        subject: { kind: 'k', name: 'n' },
        message: '',
        evidence: [],
        remediation: [],
        docs: '',
      };
      const result = {
        id: 'c',
        group: 'g',
        title: '',
        status: 'fail',
        severity: 'error',
        reason: '',
      } as const;
      const counting = (['error', 'error', 'info'] as const).map((severity) => ({ ...finding, severity }));
      const muted = { by: 'U1', until: day(9), reason: 'known' };
      const findings = [...counting, { ...finding, severity: 'error' as const, muted }];
      await reports.save(
        'a',
        report('prod', day(1), { verdict: 'not-ready', results: [{ ...result, findings }] }),
      );
      await reports.save('b', report('prod', day(2), { peer: 'west', durationMs: 7 }));
      await reports.save('c', report('lab', day(2)));
      const none = { error: 0, warning: 0, info: 0 };
      const history = await createReports(other, sealer, keeping).history(['lab', 'prod', 'never'], 10);
      expect([...history.keys()]).toEqual(['lab', 'prod']);
      expect(history.get('prod')).toEqual([
        { run: 'b', at: day(2), verdict: 'ready', findings: none, peer: 'west', durationMs: 7 },
        {
          run: 'a',
          at: day(1),
          verdict: 'not-ready',
          findings: { error: 2, warning: 0, info: 1, muted: 1 },
          peer: null,
          durationMs: 12,
        },
      ]);
    });

    it('forgets the words on a run with the run, also those that a crash left behind', async () => {
      const reports = createReports(one, sealer, keeping);
      await one.hset('peering:runs:prod', 'stray', '{}');
      for (let n = 1; n <= 5; n++) await reports.save(`p${n}`, report('prod', day(n)));
      expect((await one.hkeys('peering:runs:prod')).sort()).toEqual(['p3', 'p4', 'p5']);
      expect(await one.pttl('peering:runs:prod')).toBeGreaterThan(0);
    });

    it('lists runs that were stored without words, and reads each of them once', async () => {
      const reports = createReports(one, sealer, keeping);
      await reports.save('r', report('prod', day(1), { verdict: 'warnings' }));
      await one.del('peering:runs:prod');
      const [first] = (await reports.history(['prod'], 5)).get('prod') ?? [];
      expect(first).toMatchObject({ run: 'r', verdict: 'warnings', peer: null });
      await one.del('peering:report:r');
      expect((await reports.history(['prod'], 5)).get('prod')).toEqual([first]);
      await one.del('peering:runs:prod');
      expect((await reports.history(['prod'], 5)).size).toBe(0);
    });

    it('keeps the peers with the newest verdict, what is broken first, and reads what was stored without', async () => {
      const reports = createReports(one, sealer, keeping);
      const peers = Array.from({ length: 300 }, (_, n) => ({
        name: `p${n}`,
        state: n === 299 ? 'FAILING' : 'ACTIVE',
        calls: [{ service: 'web', destination: `api-${n}` }],
      }));
      await reports.save('a', report('prod', day(1), { peers }));
      const old = JSON.stringify({ run: 'o', verdict: 'ready', at: day(1) });
      const sealed = sealer.seal({ kind: 'latest', key: 'peering:latest', field: 'old' }, old);
      await one.hset('peering:latest', 'old', sealed);
      const latest = await reports.latest(['prod', 'old']);
      expect(latest.get('prod')?.peers).toHaveLength(200);
      expect(latest.get('prod')?.peers?.slice(0, 2)).toEqual([peers[299], peers[0]]);
      expect(latest.get('old')?.peers).toBeUndefined();
    });

    it('keeps the names of mesh gateways with the newest verdict, each once', async () => {
      const reports = createReports(one, sealer, keeping);
      const state = stateOf(healthySnapshot);
      const [gateway] = state.rows.filter(({ kind }) => kind === 'mesh-gateway');
      if (gateway === undefined) throw new Error('no gateway');
      const elsewhere = { ...gateway, name: 'mesh-gateway on another' };
      const run = { ...report('prod', day(1)), state: { ...state, rows: [...state.rows, elsewhere] } };
      await reports.save('a', run);
      await reports.save('b', report('without', day(1)));
      const latest = await reports.latest(['prod', 'without']);
      expect(latest.get('prod')?.gateways).toEqual(['mesh-gateway']);
      expect(latest.get('without')?.gateways).toBeUndefined();
    });

    it('knows the newest verdict of each cluster, from whole checks only', async () => {
      const reports = createReports(one, sealer, keeping);
      await reports.save('a', report('prod', day(1), { verdict: 'not-ready' }));
      await reports.save('b', report('prod', day(2), { peer: 'west' }));
      const latest = await reports.latest(['prod', 'staging']);
      expect([...latest]).toMatchObject([['prod', { run: 'a', verdict: 'not-ready', at: day(1) }]]);
      expect(latest.size).toBe(1);
      expect((await reports.latest([])).size).toBe(0);
    });
  });
});
