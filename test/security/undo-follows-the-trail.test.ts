import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { shownRequest } from '../../src/features/approvals/cards/buttons';
import { openApprovals, requestPrefix } from '../../src/features/approvals/store/approvals.store';
import { undoExportJob } from '../../src/features/approvals/undo/undo-export-job';
import { auditKeys, openAudit } from '../../src/features/audit/audit.store';
import { createSigner } from '../../src/signing/sign';
import { people } from '../../sandbox/workspace/people';
import { pendingRecord } from '../features/approvals/pending-record';
import { type Scenery, setStage, type Stage, startScenery } from '../features/approvals/stage';
import { describeWith } from '../lab/binaries';
import { type Clock, startClock } from '../lab/clock';
import { temporaryFolder } from '../lab/process';
import { startRedis } from '../lab/redis';
import { connectTestRedis } from '../redis-client';

/** Undo writes to Consul, so it follows the trail and its anchor as an approval does, and ends a day after the change. */

jest.setTimeout(90_000);

const mute = {
  action: 'mute',
  requestId: null,
  person: 'U1',
  team: 'T1',
  cluster: null,
  hash: null,
  detail: '',
} as const;

describeWith(['redis', 'consul'], 'Undo of an executed export', () => {
  let scenery: Scenery;
  let stage: Stage;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let anchor: string;
  beforeAll(async () => {
    scenery = await startScenery();
  });
  afterAll(() => scenery.stop());
  beforeEach(async () => {
    await scenery.clear();
    folder = await temporaryFolder('anchor');
    anchor = join(folder.path, 'head');
    stage = await setStage(scenery, { anchor });
    await stage.ask(stage.export);
    await stage.decide('approved');
    await stage.runQueued();
    expect(written()).toBe(1);
  });
  afterEach(async () => {
    await stage.stop();
    folder.remove();
  });

  const written = (): number => scenery.east.proxy.count('PUT /v1/config');
  const undo = async () =>
    stage.run(undoExportJob, {
      ...shownRequest((await stage.record()).request),
      ...(await stage.actorOf(people.requester.id)),
    });
  /** Removes the newest entries of the trail, and makes it as it was before them. */
  const cut = async (count: number): Promise<void> => {
    const redis = stage.redis as Redis;
    for (let entry = 0; entry < count; entry += 1) await redis.rpop(auditKeys.list);
    const { seq, mac } = JSON.parse((await redis.lindex(auditKeys.list, -1)) ?? '') as Record<string, string>;
    await redis.set(auditKeys.head, `${seq}:${mac}`);
  };

  it('is recorded before the write, and the anchor keeps the entry', async () => {
    expect(await undo()).toEqual({ kind: 'done', as: 'undone' });
    const actions = 'request approve start write-entry finish undo write-entry';
    expect((await stage.actions()).slice(0, 7)).toEqual(actions.split(' '));
    expect(written()).toBe(2);
    await cut(3);
    expect(await stage.audit.verify()).toMatchObject({ ok: false });
  });

  it('is refused where the anchor has an entry that the trail lacks', async () => {
    await stage.audit.append(mute);
    await cut(1);
    expect(await undo()).toEqual({ kind: 'done', as: 'rolled-back' });
    expect(written()).toBe(1);
  });

  it('is refused while the anchor cannot be used', async () => {
    await rm(anchor);
    await writeFile(anchor, '{"seq":1,"mac":"x","signature":"x"}');
    expect(await undo()).toEqual({ kind: 'done', as: 'unanchored' });
    expect(written()).toBe(1);
  });

  it('is refused while the anchor can be read and not written', async () => {
    await mkdir(`${anchor}.new`);
    expect(await undo()).toEqual({ kind: 'done', as: 'unanchored' });
    expect(written()).toBe(1);
  });

  it('is refused where the trail does not say that the change was made', async () => {
    await rm(anchor);
    await cut(1);
    expect(await undo()).toEqual({ kind: 'done', as: 'forged' });
    expect(written()).toBe(1);
  });
});

describeWith(['redis', 'cc'], 'Undo', () => {
  // Also where an expectation fails: a server or a connection that is left keeps jest from ending.
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('ends a day after the change, by the clock of Redis and the trail', async () => {
    const { request } = pendingRecord('');
    const { id: _, createdAt: __, expiresAt: ___, ...draft } = request;
    const options: { readonly appendOnly: true; clock?: Clock } = { appendOnly: true };
    const server = await startRedis(options);
    ends.push(server.stop);
    const signer = createSigner('k'.repeat(32));
    const redis = connectTestRedis(server.url, 'working');
    ends.push(() => redis.disconnect());
    const audit = openAudit(redis, signer, { maxAgeMs: 1e12, onEntry: () => undefined });
    const approvals = openApprovals(redis, signer, audit);
    const created = await approvals.create('key', { ...draft, kind: 'export', service: 'api' }, 600_000);
    if (typeof created === 'string') throw new Error(created);
    const { id, team } = created.request;
    await approvals.decide(id, { verdict: 'approved', by: 'UAPPROVER', team, reason: '' });
    const started = await approvals.start(id, 'job-1');
    const fence = started.ok ? started.value.fence : 0;
    await approvals.end(id, 'finish', { message: '', facts: [] }, { fence });
    const undo = async (click: string) => {
      const record = await approvals.find(id);
      if (typeof record === 'string') throw new Error(record);
      return approvals.beginUndo(record, { person: 'U1', team, click });
    };
    // The time of the state in Redis is not signed, so it does not count.
    await (redis as Redis).hset(`${requestPrefix}${id}`, 'since', Date.now() + 1e9);
    for (const [hours, expected] of [
      [23, { ok: true }],
      [25, { ok: false, error: 'late' }],
    ] as const) {
      options.clock = await startClock(Date.now() + hours * 3_600_000);
      ends.push(options.clock.remove);
      await server.restart();
      expect(await undo(`click-${hours}`)).toMatchObject(expected);
    }
  });
});
