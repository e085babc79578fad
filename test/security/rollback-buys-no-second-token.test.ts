import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { createFileAnchor } from '../../src/features/audit/anchor-file';
import { auditKeys, openAudit } from '../../src/features/audit/audit.store';
import { people } from '../../sandbox/workspace/people';
import { type Scenery, setStage, type Stage, startScenery } from '../features/approvals/stage';
import { describeWith } from '../lab/binaries';
import { temporaryFolder } from '../lab/process';

jest.setTimeout(90_000);

const { requester } = people;
const generation = 'POST /v1/peering/token';

describeWith(['redis', 'consul'], 'no rollback of Redis buys a second token', () => {
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
  });
  afterEach(async () => {
    await stage.stop();
    folder.remove();
  });

  /** Copies everything that Redis holds, and puts it back. */
  const copyOf = async (redis: Redis): Promise<() => Promise<void>> => {
    const keys = await redis.keys('peering-bot:*');
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return async () => {
      await redis.del(...(await redis.keys('peering-bot:*')));
      for (const [at, key] of keys.entries()) await redis.restore(key, 0, dumps[at] as Buffer, 'REPLACE');
    };
  };
  const approved = async (): Promise<() => Promise<void>> => {
    await stage.ask();
    await stage.decide('approved');
    return copyOf(stage.redis as Redis);
  };
  const reveal = async (): Promise<unknown> => {
    while (stage.slack.views(requester.id).length > 0) await stage.slack.closeView(requester.id);
    return stage.reveal();
  };

  it('with an anchor, not even if the peering was deleted in between', async () => {
    stage = await setStage(scenery, { anchor });
    const putBack = await approved();
    expect(await reveal()).toEqual({ kind: 'done', as: 'revealed' });
    expect(scenery.east.proxy.count(generation)).toBe(1);
    await scenery.clear();
    await putBack();
    expect(await reveal()).toEqual({ kind: 'done', as: 'rolled-back' });
    expect(scenery.east.proxy.count(generation)).toBe(0);
    expect(await stage.audit.verify()).toMatchObject({ ok: false });
  });

  it('with an anchor, not even once the rolled back trail has grown past it', async () => {
    stage = await setStage(scenery, { anchor });
    const putBack = await approved();
    expect(await reveal()).toEqual({ kind: 'done', as: 'revealed' });
    await scenery.clear();
    await putBack();
    for (let entry = 0; entry < 10; entry += 1) {
      await stage.audit.append({
        action: 'mute',
        requestId: null,
        person: requester.id,
        team: 'T1',
        cluster: null,
        hash: null,
        detail: '',
      });
    }
    expect(await reveal()).toEqual({ kind: 'done', as: 'rolled-back' });
    expect(scenery.east.proxy.count(generation)).toBe(0);
    expect(await stage.audit.verify()).toMatchObject({ ok: false });
  });

  it('without an anchor, not while the peering exists', async () => {
    stage = await setStage(scenery);
    const putBack = await approved();
    expect(await reveal()).toEqual({ kind: 'done', as: 'revealed' });
    await putBack();
    expect(await reveal()).toEqual({ kind: 'done', as: 'changed' });
    expect(scenery.east.proxy.count(generation)).toBe(1);
  });

  it('and generates none while the anchor cannot be used, or is not signed', async () => {
    stage = await setStage(scenery, { anchor });
    await approved();
    await rm(anchor);
    await writeFile(anchor, '{"seq":1,"mac":"x","signature":"x"}');
    expect(await reveal()).toEqual({ kind: 'done', as: 'unanchored' });
    expect(scenery.east.proxy.count(generation)).toBe(0);
    expect(await stage.state()).toBe('approved');
  });

  it('and the head in the log or in the anchor is no signature of a beginning of the trail', async () => {
    stage = await setStage(scenery, { anchor });
    await approved();
    const heads: string[] = [];
    const audit = openAudit(stage.redis, stage.signer, {
      maxAgeMs: 3_600_000,
      onEntry: (_, head) => heads.push(head),
      anchor: createFileAnchor(anchor),
    });
    await audit.append({
      action: 'mute',
      requestId: null,
      person: 'U1',
      team: 'T1',
      cluster: null,
      hash: null,
      detail: '',
    });
    await stage.redis.del(auditKeys.list);
    await stage.redis.set(auditKeys.anchor, heads[0] ?? '');
    expect(await audit.verify()).toMatchObject({ ok: false });
  });
});
