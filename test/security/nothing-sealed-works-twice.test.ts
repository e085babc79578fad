import { decideApproval } from '../../src/features/approvals/decide-approval';
import { shownRequest } from '../../src/features/approvals/approval-buttons';
import { seal } from '../../src/features/approvals/open-sealed-job';
import { requestApproval } from '../../src/features/approvals/request-approval';
import { people } from '../../sandbox/workspace/people';
import { peeringOf, type Scenery, type Stage, setStageForEach } from '../features/approvals/stage';
import { describeWith } from '../lab/binaries';

jest.setTimeout(90_000);

const { approver, requester } = people;

describeWith(['redis', 'consul'], 'nothing sealed works twice, or later', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set));
  afterEach(() => stage.stop());

  const key = async (): Promise<string> =>
    `peering-bot:{approvals}:request:${(await stage.record()).request.id}`;

  it('not the jobs of a connect that has ended and was deleted, added to Redis again', async () => {
    const claim = {
      ...stage.connect,
      replace: false,
      reason: 'moves',
      ...(await stage.actorOf(requester.id)),
    };
    await stage.run(requestApproval, claim, { id: 'ask-1' });
    const click = {
      ...shownRequest((await stage.record()).request),
      verdict: 'approved',
      reason: '',
      ...(await stage.actorOf(approver.id)),
    };
    await stage.run(decideApproval, click, { id: 'click-1' });
    const [connecting] = [...stage.queued];
    await stage.runQueued();
    expect(await stage.state()).toBe('done');
    const before = await stage.actions();
    await scenery.clear();
    await stage.redis.del(await key());

    expect(await stage.run(requestApproval, claim, { id: 'ask-1' })).toEqual({
      kind: 'done',
      as: 'repeated',
    });
    await stage.run(decideApproval, click, { id: 'click-1' });
    if (connecting) await stage.runQueuedJob(connecting);
    await stage.runQueued();
    const added = (await stage.actions()).slice(before.length);
    expect(added.filter((action) => action !== 'answered-click')).toEqual([]);
    expect(await peeringOf(scenery.east, 'west')).toBeUndefined();
    expect(await peeringOf(scenery.west, 'east')).toBeUndefined();
  });

  it.each([
    ['while a cluster did not answer', 'unreadable'],
    ['while its request was away', 'missing'],
  ])('not a click that was answered without a decision %s', async (_, as) => {
    await stage.ask();
    const click = {
      ...shownRequest((await stage.record()).request),
      verdict: 'approved',
      reason: '',
      ...(await stage.actorOf(approver.id)),
    };
    const stored = await key();
    if (as === 'missing') await stage.redis.rename(stored, 'aside');
    else
      for (let call = 0; call < 3; call += 1) scenery.east.proxy.next('GET /v1/peering/west', 'drop-before');
    expect(await stage.run(decideApproval, click, { id: 'click-1' })).toEqual({ kind: 'done', as });
    if (as === 'missing') await stage.redis.rename('aside', stored);
    scenery.east.proxy.reset();
    expect(await stage.run(decideApproval, click, { id: 'click-1' })).toEqual({
      kind: 'done',
      as: 'repeated',
    });
    expect(await stage.state()).toBe('pending');
    expect(await stage.run(decideApproval, click, { id: 'click-2' })).toEqual({
      kind: 'done',
      as: 'approved',
    });
  });

  it('not a click that is older than two minutes', async () => {
    await stage.ask();
    const click = {
      ...shownRequest((await stage.record()).request),
      verdict: 'approved',
      reason: '',
      ...(await stage.actorOf(approver.id)),
    };
    const at = Date.now() - 121_000;
    const payload = seal(stage.signer, { id: 'click-1', job: decideApproval.name, at }, click);
    const run = { ...stage.tools(), ...stage.runOf('click-1'), payload: payload as never };
    expect(await decideApproval.handle(run)).toEqual({ kind: 'done', as: 'too-old' });
    expect(await stage.state()).toBe('pending');
  });
});
