import { decideApproval } from '../../src/features/approvals/decisions/decide-approval';
import { shownRequest } from '../../src/features/approvals/cards/buttons';
import { seal } from '../../src/features/approvals/jobs/open-sealed-job';
import { requestApproval } from '../../src/features/approvals/new-requests/request-approval';
import { undoExportJob } from '../../src/features/approvals/undo/undo-export-job';
import { people } from '../../sandbox/workspace/people';
import {
  peerClusters,
  peeringOf,
  type Scenery,
  type Stage,
  setStageForEach,
} from '../features/approvals/stage';
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

  /** Each with what is there before the request, and afterwards, before its jobs come back. */
  const kinds = [
    { kind: 'connect', before: 'nothing', after: 'nothing' },
    { kind: 'disconnect', before: 'a peering', after: 'a peering' },
    { kind: 'renew', before: 'a peering', after: 'the same' },
    { kind: 'export', before: 'nothing', after: 'nothing' },
  ] as const;

  it.each(kinds)(
    'not the jobs of a $kind that has ended and was deleted, added to Redis again',
    async (row) => {
      if (row.before === 'a peering') await peerClusters(scenery);
      const claim = {
        ...stage[row.kind],
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
      const [started] = [...stage.queued];
      await stage.runQueued();
      expect(await stage.state()).toBe('done');
      const actions = await stage.actions();
      if (row.after !== 'the same') await scenery.clear();
      if (row.after === 'a peering') await peerClusters(scenery);
      const peerings = async () => [
        await peeringOf(scenery.east, 'west'),
        await peeringOf(scenery.west, 'east'),
      ];
      const ids = async () => (await peerings()).map((side) => side?.ID);
      const before = await ids();
      await stage.redis.del(await key());
      for (const { proxy } of [scenery.east, scenery.west]) proxy.reset();

      expect(await stage.run(requestApproval, claim, { id: 'ask-1' })).toEqual({
        kind: 'done',
        as: 'repeated',
      });
      await stage.run(decideApproval, click, { id: 'click-1' });
      if (started) await stage.runQueuedJob(started);
      await stage.runQueued();
      const added = (await stage.actions()).slice(actions.length);
      expect(added.filter((action) => action !== 'answered-click')).toEqual([]);
      expect(await ids()).toEqual(before);
      for (const { proxy } of [scenery.east, scenery.west])
        expect(['POST /v1/peering', 'DELETE /v1/peering', 'PUT /v1/config'].map(proxy.count)).toEqual([
          0, 0, 0,
        ]);
    },
  );

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

  it('not a click that was answered without a decision, after the cluster changed', async () => {
    await stage.ask();
    const click = {
      ...shownRequest((await stage.record()).request),
      verdict: 'approved',
      reason: '',
      ...(await stage.actorOf(approver.id)),
    };
    for (let call = 0; call < 3; call += 1) scenery.east.proxy.next('GET /v1/peering/west', 'drop-before');
    expect(await stage.run(decideApproval, click, { id: 'click-1' })).toEqual({
      kind: 'done',
      as: 'unreadable',
    });
    scenery.east.proxy.reset();
    await peerClusters(scenery);
    expect(await stage.run(decideApproval, click, { id: 'click-1' })).toEqual({
      kind: 'done',
      as: 'repeated',
    });
    expect(await stage.state()).toBe('pending');
  });

  it('not a click on Undo that was answered and undid nothing', async () => {
    await stage.ask(stage.export);
    await stage.decide('approved');
    await stage.runQueued();
    const click = {
      ...shownRequest((await stage.record()).request),
      ...(await stage.actorOf(requester.id)),
    };
    const entry = () => scenery.east.agent.call('GET', '/v1/config/exported-services/default');
    const before = await entry();
    for (let call = 0; call < 9; call += 1) scenery.east.proxy.next('GET /v1/config', 'drop-before');
    expect(await stage.run(undoExportJob, click, { id: 'click-1' })).toEqual({ kind: 'done', as: 'refused' });
    scenery.east.proxy.reset();
    expect(await stage.run(undoExportJob, click, { id: 'click-1' })).toEqual({
      kind: 'done',
      as: 'repeated',
    });
    expect(await entry()).toEqual(before);
    expect(await stage.run(undoExportJob, click, { id: 'click-2' })).toEqual({ kind: 'done', as: 'undone' });
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
