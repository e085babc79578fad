import { randomUUID } from 'node:crypto';
import { people } from '../../sandbox/workspace/people';
import { shownRequest } from '../../src/features/approvals/cards/buttons';
import { decideApproval } from '../../src/features/approvals/decisions/decide-approval';
import type { ApprovalRecord } from '../../src/features/approvals/requests/request';
import { setMembers, twoOwners } from '../features/approvals/owner-stage';
import { type Scenery, setStage, type Stage, startScenery } from '../features/approvals/stage';
import { describeWith } from '../lab/binaries';

jest.setTimeout(90_000);

const { approver, lead } = people;
const done = (as: string) => ({ kind: 'done', as });
const keyOf = ({ request }: ApprovalRecord): string => `peering-bot:{approvals}:request:${request.id}`;

describeWith(['redis', 'consul'], 'one yes counts once, whatever is written into Redis', () => {
  let scenery: Scenery;
  let stage: Stage;
  beforeAll(async () => {
    scenery = await startScenery();
  });
  afterAll(() => scenery.stop());
  beforeEach(async () => {
    stage = await setStage(scenery, { owners: twoOwners() });
    // One of the two may approve both sides.
    setMembers(stage, { east: [approver.id], west: [approver.id, lead.id] });
  });
  afterEach(() => stage.stop());

  const yesTo = async (record: ApprovalRecord, user: string, id: string = randomUUID()) =>
    stage.run(
      decideApproval,
      { ...shownRequest(record.request), verdict: 'approved', reason: '', ...(await stage.actorOf(user)) },
      { id },
    );
  const expectNoApproval = async (): Promise<void> => {
    expect((await stage.actions()).filter((action) => action === 'approve')).toEqual([]);
  };

  it('and a repeated click of its person adds nothing', async () => {
    await stage.ask(stage.connect);
    const record = await stage.record();
    expect(await yesTo(record, approver.id, 'click-1')).toEqual(done('consented'));
    expect(await yesTo(record, approver.id, 'click-1')).toEqual(done('repeated'));
    expect(await yesTo(record, approver.id)).toEqual(done('no-need'));
    await expectNoApproval();
  });

  it('and not again once the record was put back to before it', async () => {
    await stage.ask(stage.connect);
    const before = await stage.record();
    await stage.redis.copy(keyOf(before), 'copy');
    await yesTo(before, approver.id, 'click-1');
    await stage.redis.copy('copy', keyOf(before), 'REPLACE');
    expect(await yesTo(before, approver.id, 'click-1')).toEqual(done('repeated'));
    expect(await yesTo(before, lead.id)).toEqual(done('consented'));
    await expectNoApproval();
  });

  it('and not for another request', async () => {
    await stage.ask(stage.connect);
    const first = await stage.record();
    await yesTo(first, approver.id);
    await stage.ask({ ...stage.connect, peer: 'other' });
    const records = await stage.tools().tokens.approvals.open();
    const second = records.find(({ request }) => request.peer === 'other');
    if (second === undefined) throw new Error('no second request');
    const { yeses = '', yesesSig = '' } = await stage.redis.hgetall(keyOf(first));
    await stage.redis.hset(keyOf(second), { yeses, yesesSig });
    expect(await yesTo(second, lead.id)).toEqual(done('forged'));
    await expectNoApproval();
  });

  it.each<[string, (yeses: ApprovalRecord['yeses']) => unknown]>([
    ['of another person', (yeses) => yeses.map((yes) => ({ ...yes, by: lead.id }))],
    ['twice', (yeses) => [...yeses, ...yeses.map((yes) => ({ ...yes, by: lead.id }))]],
    ['for other clusters', (yeses) => yeses.map((yes) => ({ ...yes, clusters: ['prod-west'] }))],
    ['that is no yes', () => [{}]],
    ['of nobody', () => []],
  ])('and not one %s', async (_, change) => {
    await stage.ask(stage.connect);
    const record = await stage.record();
    await yesTo(record, approver.id);
    const { yeses } = await stage.record();
    await stage.redis.hset(keyOf(record), 'yeses', JSON.stringify(change(yeses)));
    expect(await yesTo(record, lead.id)).toEqual(done('forged'));
    await expectNoApproval();
  });

  it('and not one that the trail does not know', async () => {
    await stage.ask(stage.connect);
    const before = await stage.record();
    const trail = ['peering-bot:{approvals}:audit', 'peering-bot:{approvals}:audit:head'] as const;
    for (const key of trail) await stage.redis.copy(key, `${key}:copy`);
    await yesTo(before, approver.id);
    for (const key of trail) await stage.redis.copy(`${key}:copy`, key, 'REPLACE');
    expect(await yesTo(before, lead.id)).toEqual(done('forged'));
    await expectNoApproval();
  });

  it('and two that come at once are both kept', async () => {
    await stage.ask(stage.connect);
    const record = await stage.record();
    const outcomes = await Promise.all([yesTo(record, approver.id), yesTo(record, lead.id)]);
    expect(outcomes).toEqual(expect.arrayContaining([done('consented'), done('approved')]));
    const { decision } = await stage.record();
    expect(new Set(decision?.yeses?.map(({ by }) => by))).toEqual(new Set([approver.id, lead.id]));
  });
});
