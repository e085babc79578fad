import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Cluster, Redis } from 'ioredis';
import { createSigner } from '../../../../src/signing/sign';
import type { Approvals } from '../../../../src/features/approvals/store/approvals';
import { openApprovals } from '../../../../src/features/approvals/store/approvals.store';
import { type Audit, auditKeys, openAudit } from '../../../../src/features/audit/audit.store';
import type { AuditEntry } from '../../../../src/features/audit/audit-chain';
import { describeWith } from '../../../lab/binaries';
import { waitFor } from '../../../lab/process';
import { type RedisServer, startRedis } from '../../../lab/redis';

jest.setTimeout(60_000);

const signer = createSigner('k'.repeat(32));
const team = 'T1';
const draft = {
  kind: 'token' as const,
  acceptor: 'prod-east',
  dialer: null,
  peer: 'west',
  dialerPeer: null,
  replace: false,
  reason: 'moves',
  requester: 'U1',
  team,
  channel: 'C1',
  plan: ['creates peering west on prod-east'],
  digest: 'd',
};
const approve = { verdict: 'approved', by: 'U2', team, reason: '' } as const;

describeWith(['redis'], 'approvals in Redis', () => {
  let server: RedisServer;
  let clients: Redis[];
  let stores: Approvals[];
  let audits: Audit[];
  let logged: AuditEntry[];

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    logged = [];
    // Five connections stand for five processes: nothing else is shared between them.
    clients = Array.from({ length: 5 }, () => new Redis(server.url));
    await clients[0]?.flushall();
    audits = clients.map((redis) =>
      openAudit(redis, signer, { maxAgeMs: 3_600_000, onEntry: (entry) => logged.push(entry) }),
    );
    stores = clients.map((redis, at) => openApprovals(redis, signer, audits[at] as Audit));
  });
  afterEach(() => {
    for (const client of clients) client.disconnect();
  });

  const store = (at = 0): Approvals => stores[at % stores.length] as Approvals;
  const redis = (): Redis => clients[0] as Redis;
  const ask = async (given: Partial<typeof draft> = {}, expiresMs = 60_000): Promise<string> => {
    const record = await store().create(randomUUID(), { ...draft, ...given }, expiresMs);
    if (typeof record === 'string') throw new Error('too many');
    return record.request.id;
  };
  const stateOf = async (id: string): Promise<string> => {
    const record = await store().find(id);
    return typeof record === 'string' ? record : record.state;
  };
  const key = (id: string): string => `peering-bot:{approvals}:request:${id}`;

  const note = (audit: Audit, action = 'x'): Promise<AuditEntry> =>
    audit.append({
      action,
      requestId: null,
      person: 'U9',
      team,
      cluster: null,
      hash: null,
      detail: '',
    });

  it('takes a request through its states, with an entry for each step', async () => {
    const id = await ask();
    expect(await store(1).decide(id, approve)).toMatchObject({ ok: true, value: { state: 'approved' } });
    const started = await store(2).start(id, 'job-1');
    if (!started.ok) throw new Error(started.error.reason);
    expect(await store(3).renewLease(id, started.value.fence)).toBe(true);
    expect(await store(3).renewLease(id, started.value.fence - 1)).toBe(false);
    await store(2).end(id, 'finish', { message: 'revealed', facts: [] }, { fence: started.value.fence });
    expect(await stateOf(id)).toBe('done');
    expect(await store(3).renewLease(id, started.value.fence)).toBe(false);
    expect(logged.map(({ action }) => action)).toEqual(['request', 'approve', 'start', 'finish']);
    expect(await audits[4]?.verify()).toEqual({ ok: true, value: 4 });
  });

  it('does all of it on a Redis Cluster, by the clock of one node', async () => {
    const settings = { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' };
    const [node, bystander] = await Promise.all([startRedis({ settings }), startRedis({ settings })]);
    const [admin, other] = [new Redis(node.url), new Redis(bystander.url)];
    const hashSlot = Number(await admin.call('CLUSTER', 'KEYSLOT', auditKeys.head));
    await admin.call('CLUSTER', 'ADDSLOTS', hashSlot);
    await other.call('CLUSTER', 'ADDSLOTSRANGE', 0, hashSlot - 1, hashSlot + 1, 16383);
    await admin.call('CLUSTER', 'MEET', '127.0.0.1', bystander.port);
    for (const one of [admin, other])
      await waitFor('it', async () => String(await one.call('CLUSTER', 'INFO')).includes('state:ok'));
    const cluster = new Cluster([{ host: '127.0.0.1', port: node.port }]);
    try {
      const audit = openAudit(cluster, signer, { maxAgeMs: 0, onEntry: () => undefined });
      const approvals = openApprovals(cluster, signer, audit);
      const created = await approvals.create(randomUUID(), draft, 60_000);
      if (typeof created === 'string') throw new Error(created);
      const { id } = created.request;
      await approvals.setCard(id, { channel: 'C1', ts: '1' });
      await approvals.cardShown(created);
      expect(await approvals.decide(id, approve)).toMatchObject({ ok: true });
      const started = await approvals.start(id, 'job-1');
      if (!started.ok) throw new Error(started.error.reason);
      const { fence } = started.value;
      expect(await approvals.renewLease(id, fence, { before: null, after: null, view: 'V1' })).toBe(true);
      expect(await approvals.end(id, 'finish', { message: '', facts: [] }, { fence })).toMatchObject({
        ok: true,
      });
      await admin.zadd('peering-bot:{approvals}:cards', 1, id);
      await admin.zadd('peering-bot:{approvals}:unused', 1, id);
      expect([await approvals.claimCards(), await approvals.claimUnused()]).toMatchObject([
        [{ state: 'done' }],
        [{ state: 'done' }],
      ]);
      await approvals.forgetUnused(id, { message: 'void', facts: [] });
      expect([await approvals.sweep(), await approvals.open()]).toEqual([[], []]);
      expect(await audit.verify()).toEqual({ ok: true, value: 4 });
      await audit.trim();
      expect(await audit.verify()).toEqual({ ok: true, value: 0 });
      expect(await other.info('commandstats')).not.toContain('cmdstat_time:');
    } finally {
      for (const one of [cluster, admin, other]) one.disconnect();
      for (const one of [node, bystander]) await one.stop();
    }
  });

  it('lets one of fifty opposite clicks from five processes through', async () => {
    const id = await ask();
    const clicks = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        store(at).decide(id, { ...approve, by: `U${at + 10}`, verdict: at % 2 ? 'approved' : 'denied' }),
      ),
    );
    expect(clicks.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await audits[0]?.verify()).toEqual({ ok: true, value: 2 });
    expect(logged).toHaveLength(2);
  });

  it('starts a run once, however many try', async () => {
    const id = await ask();
    await store().decide(id, approve);
    const starts = await Promise.all(Array.from({ length: 20 }, (_, at) => store(at).start(id, 'job-1')));
    expect(starts.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('lets nobody approve their own request, nor anybody else cancel it, nor another team decide', async () => {
    const id = await ask();
    expect(await store().decide(id, { ...approve, by: 'U1' })).toMatchObject({
      error: { reason: 'own-request' },
    });
    expect(await store().decide(id, { ...approve, verdict: 'cancelled' })).toMatchObject({
      error: { reason: 'own-request' },
    });
    expect(await store().decide(id, { ...approve, team: 'T2' })).toMatchObject({
      error: { reason: 'own-request' },
    });
    expect(await stateOf(id)).toBe('pending');
    expect(await store().decide(id, { ...approve, verdict: 'cancelled', by: 'U1' })).toMatchObject({
      ok: true,
    });
  });

  it('gives a person three open requests', async () => {
    const ids = [await ask(), await ask(), await ask()];
    expect(await store().create(randomUUID(), draft, 60_000)).toBe('too-many');
    expect(await store().create(randomUUID(), { ...draft, requester: 'U7' }, 60_000)).not.toBe('too-many');
    await store().decide(ids[0] as string, { ...approve, verdict: 'denied' });
    expect(await store().create(randomUUID(), draft, 60_000)).not.toBe('too-many');
  });

  it('decides nothing after the end by Redis, and expires what nobody clicked', async () => {
    const id = await ask({}, 1);
    await new Promise((resume) => setTimeout(resume, 10));
    expect(await store().decide(id, approve)).toMatchObject({ ok: false, error: { reason: 'late' } });
    const swept = await Promise.all([store(0).sweep(), store(1).sweep()]);
    expect(swept.flat().filter(({ state }) => state === 'expired')).toHaveLength(1);
    expect(await stateOf(id)).toBe('expired');
    expect(await store().open()).toEqual([]);
  });

  it('takes a run whose lease ran out for lost, and fences it off', async () => {
    const id = await ask();
    await store().decide(id, approve);
    const run = await store().start(id, 'job-1');
    if (!run.ok) throw new Error(run.error.reason);
    await redis().zadd('peering-bot:{approvals}:due', 1, id);
    await store(1).sweep();
    expect(await stateOf(id)).toBe('unknown');
    expect(await store().renewLease(id, run.value.fence)).toBe(false);
    expect(
      await store().end(id, 'finish', { message: '', facts: [] }, { fence: run.value.fence }),
    ).toMatchObject({
      ok: false,
    });
    expect(await store().end(id, 'reconcile-undone', { message: 'undone', facts: [] })).toMatchObject({
      ok: true,
    });
    expect(await stateOf(id)).toBe('failed');
  });

  it.each([
    ['a state without its decision', async (id: string) => redis().hset(key(id), 'state', 'approved')],
    [
      'another request under the same signature',
      async (id: string) => {
        const request = JSON.parse((await redis().hget(key(id), 'request')) ?? '') as object;
        await redis().hset(key(id), 'request', JSON.stringify({ ...request, acceptor: 'prod-west' }));
      },
    ],
    [
      'a signature by another key',
      async (id: string) => redis().hset(key(id), 'requestSig', createSigner('x').sign('request', {})),
    ],
    ['no JSON', async (id: string) => redis().hset(key(id), 'request', '{')],
  ])('does nothing with %s', async (_, tamper) => {
    const id = await ask();
    await tamper(id);
    expect(await store().find(id)).toBe('forged');
    expect(await store().decide(id, approve)).toMatchObject({ ok: false, error: { reason: 'forged' } });
    expect(await store().start(id, 'job-1')).toMatchObject({ ok: false, error: { reason: 'forged' } });
  });

  it('finds what the trail says of a request, also where another one names its id', async () => {
    const id = await ask();
    await ask({ peer: id });
    expect(await store().decide(id, approve)).toMatchObject({ ok: true });
  });

  it('follows a trail whose entries have the event names of an earlier version', async () => {
    const id = await ask();
    await store().decide(id, approve);
    const started = await store().start(id, 'job-1');
    if (!started.ok) throw new Error(started.error.reason);
    const { fence } = started.value;
    await store().end(id, 'lose', { message: 'open', facts: [] }, { fence });
    // oxlint-disable-next-line plain-english/words -- stored by earlier versions
    const event = { action: 'settle-undone', requestId: id, person: 'peering-bot', team };
    await audits[0]?.append({ ...event, cluster: 'prod-east', hash: null, detail: '' });
    await redis().hset(key(id), 'state', 'failed');
    // Not `forged`: the trail leads to the state that is stored, and nothing can start from there.
    expect(await store().decide(id, approve)).toMatchObject({ ok: false, error: { reason: 'state' } });
    expect(await store().start(id, 'job-2')).toMatchObject({ ok: false, error: { reason: 'state' } });
  });

  it('does nothing with a record of which anything that is signed was changed', async () => {
    const id = await ask();
    await store().decide(id, approve);
    const started = await store().start(id, 'job-1');
    if (!started.ok) throw new Error(started.error.reason);
    const mark = { id: 'p1', state: 'PENDING', modifyIndex: 7 };
    await store().renewLease(id, started.value.fence, { before: mark, after: mark, view: 'V1' });
    const changed = (value: unknown): unknown => {
      if (typeof value === 'number') return value + 1;
      if (typeof value === 'boolean') return !value;
      if (Array.isArray(value)) return [...(value as unknown[]), 'more'];
      if (typeof value === 'object' && value !== null) return { ...value, state: 'ACTIVE' };
      return `${String(value)}x`;
    };
    const survived: string[] = [];
    for (const part of ['request', 'decision', 'work']) {
      const whole = (await redis().hget(key(id), part)) ?? '';
      for (const [field, value] of Object.entries(JSON.parse(whole) as object)) {
        const other = JSON.stringify({ ...(JSON.parse(whole) as object), [field]: changed(value) });
        await redis().hset(key(id), part, other);
        if ((await store().find(id)) !== 'forged') survived.push(`${part}.${field}`);
      }
      await redis().hset(key(id), part, whole);
    }
    expect(survived).toEqual([]);
    expect(await stateOf(id)).toBe('running');
  });

  it('does not take the decision of one request for another', async () => {
    const [one, other] = [await ask(), await ask()];
    await store().decide(one, approve);
    const decision = await redis().hmget(key(one), 'decision', 'decisionSig');
    await redis().hset(key(other), { state: 'approved', decision: decision[0], decisionSig: decision[1] });
    expect(await store().find(other)).toBe('forged');
  });

  it('keeps one chain while five processes write to it', async () => {
    await Promise.all(audits.flatMap((audit) => Array.from({ length: 8 }, () => note(audit))));
    expect(await audits[0]?.verify()).toEqual({ ok: true, value: 40 });
  });

  it('names the first gap in the trail', async () => {
    for (let at = 0; at < 5; at += 1) {
      await note(audits[0] as Audit, 'refused-click');
    }
    const texts = await redis().lrange(auditKeys.list, 0, -1);
    const changed = (texts[2] ?? '').replace('U9', 'U8');
    await redis().lset(auditKeys.list, 2, changed);
    expect(await audits[0]?.verify()).toMatchObject({ ok: false, error: { seq: 3 } });
    await redis().lrem(auditKeys.list, 1, changed);
    expect(await audits[0]?.verify()).toMatchObject({ ok: false, error: { seq: 3 } });
    await redis().del(auditKeys.list);
    await redis().rpush(auditKeys.list, ...texts.slice(0, 4));
    expect(await audits[0]?.verify()).toMatchObject({ ok: false, error: { seq: 5 } });
  });

  it('cuts off what is too old, and still verifies', async () => {
    const short = openAudit(redis(), signer, { maxAgeMs: 0, onEntry: () => undefined });
    for (let at = 0; at < 60; at += 1) {
      await note(short);
    }
    const kept = await redis().llen(auditKeys.list);
    expect(kept).toBeLessThan(60);
    expect(await short.verify()).toEqual({ ok: true, value: kept });
    await short.trim();
    expect(await short.verify()).toEqual({ ok: true, value: 0 });
    await note(short);
    expect(await short.verify()).toEqual({ ok: true, value: 1 });
    await redis().set(auditKeys.anchor, JSON.stringify({ seq: 49, mac: 'x', signature: 'x' }));
    expect(await short.verify()).toMatchObject({ ok: false });
  });

  it.each([
    [
      'entries that were taken out before an old one',
      async (texts: readonly string[]) => {
        const last = JSON.parse(texts[20] ?? '') as AuditEntry;
        await redis().ltrim(auditKeys.list, 21, -1);
        await redis().lpush(auditKeys.list, JSON.stringify({ ...last, at: 1 }));
      },
    ],
    [
      'entries that were made old',
      async (texts: readonly string[]) => {
        for (const [at, text] of texts.slice(0, 10).entries())
          await redis().lset(auditKeys.list, at, text.replace(/"at":\d+/, '"at":1'));
      },
    ],
  ])('does not make a gap good by cutting it off: %s', async (_, tamper) => {
    const audit = openAudit(redis(), signer, { maxAgeMs: 3_600_000, onEntry: () => undefined });
    for (let at = 0; at < 49; at += 1) await note(audit);
    await tamper(await redis().lrange(auditKeys.list, 0, -1));
    expect(await audit.verify()).toMatchObject({ ok: false, error: { seq: 1 } });
    // With this one it is looked for entries that are too old.
    await note(audit);
    expect(await audit.verify()).toMatchObject({ ok: false, error: { seq: 1 } });
  });

  it('never sends the signing key, and keeps every property over random interleavings', async () => {
    const step = fc.record({
      at: fc.nat(4),
      what: fc.constantFrom(
        'approve',
        'approve-own',
        'deny',
        'cancel',
        'start',
        'finish',
        'fail',
        'sweep',
        'overdue',
        'reconcile',
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
        async (rounds) => {
          await redis().flushall();
          const id = await ask();
          const seen: string[] = [];
          let starts = 0;
          for (const round of rounds) {
            await Promise.all(
              round.map(async ({ at, what }) => {
                const { by, team: ours } = { by: `U${at + 2}`, team };
                if (what === 'approve')
                  await store(at).decide(id, { verdict: 'approved', by, team: ours, reason: '' });
                if (what === 'approve-own') {
                  const own = await store(at).decide(id, {
                    verdict: 'approved',
                    by: 'U1',
                    team: ours,
                    reason: '',
                  });
                  expect(own.ok).toBe(false);
                }
                if (what === 'deny')
                  await store(at).decide(id, { verdict: 'denied', by, team: ours, reason: '' });
                if (what === 'cancel')
                  await store(at).decide(id, { verdict: 'cancelled', by: 'U1', team: ours, reason: '' });
                if (what === 'start' && (await store(at).start(id, 'job-1')).ok) starts += 1;
                if (what === 'finish')
                  await store(at).end(id, 'finish', { message: '', facts: [] }, { fence: 1 });
                if (what === 'fail') await store(at).end(id, 'fail', { message: '', facts: [] });
                if (what === 'reconcile')
                  await store(at).end(id, 'reconcile-undone', { message: '', facts: [] });
                if (what === 'sweep') await store(at).sweep();
                if (what === 'overdue') await redis().zadd('peering-bot:{approvals}:due', 'XX', 1, id);
              }),
            );
            seen.push(await stateOf(id));
          }
          expect(starts).toBeLessThanOrEqual(1);
          const end = seen.findIndex((state) =>
            ['done', 'failed', 'denied', 'expired', 'cancelled'].includes(state),
          );
          if (end !== -1) expect(new Set(seen.slice(end)).size).toBe(1);
          expect(await audits[0]?.verify()).toMatchObject({ ok: true });
          // Whatever happened, time ends it.
          for (let round = 0; round < 3; round += 1) {
            await redis().zadd('peering-bot:{approvals}:due', 'XX', 1, id);
            await store().sweep();
            if ((await stateOf(id)) === 'unknown')
              await store().end(id, 'reconcile-undone', { message: '', facts: [] });
          }
          expect(['done', 'failed', 'denied', 'expired', 'cancelled']).toContain(await stateOf(id));
        },
      ),
      { numRuns: 60 },
    );
  });
});
