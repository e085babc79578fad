import { randomUUID } from 'node:crypto';
import type { ClusterConfig } from '../../../../src/config/config';
import { requestApproval } from '../../../../src/features/approvals/new-requests/request-approval';
import { decideApproval } from '../../../../src/features/approvals/decisions/decide-approval';
import { revealToken } from '../../../../src/features/approvals/token/reveal-token';
import { seal } from '../../../../src/features/approvals/jobs/open-sealed-job';
import { channels, people } from '../../../../sandbox/workspace/people';
import { startSweeper } from '../../../../src/features/approvals/reconcile/sweeper';
import { createSigner } from '../../../../src/signing/sign';
import { openAudit } from '../../../../src/features/audit/audit.store';
import { describeWith } from '../../../lab/binaries';
import { waitFor } from '../../../lab/process';
import { grantAll, peeringOf, type Scenery, setStage, type Stage, setStageForEach } from '../stage';

jest.setTimeout(90_000);

const withoutToken = (_: string, { peeringToken: __, ...one }: ClusterConfig): ClusterConfig => one;

const { approver, guest, lead, requester, stranger } = people;

describeWith(['redis', 'consul'], 'deciding about a request', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set));
  afterEach(() => stage.stop());

  const outcome = (as: string) => ({ kind: 'done', as });
  const key = async (): Promise<string> =>
    `peering-bot:{approvals}:request:${(await stage.record()).request.id}`;

  it('puts the request before its approvers once, also where its job is repeated', async () => {
    await stage.ask({}, { id: 'ask-1' });
    await stage.ask({}, { id: 'ask-1' });
    expect(stage.cards()).toHaveLength(1);
    expect(await stage.actions()).toEqual(['request']);
    expect(stage.card().text).toContain('creates peering west on prod-east');
    expect(stage.card().text).toContain('prod-west not checked yet');
  });

  it('escapes and cuts a reason with mentions and 5,000 characters', async () => {
    await stage.ask({ reason: `<!channel> <@${lead.id}> *bold*\n${'x'.repeat(5000)}` });
    expect(stage.card().text.length).toBeLessThan(4000);
    expect(stage.slack.mentions()).not.toContain('channel');
    expect(stage.slack.mentions()).not.toContain(lead.id);
  });

  it.each([
    ['a cluster without a write token', { clusters: withoutToken }, {}, 'not-set-up'],
    ['somebody without a grant', { grants: [] }, {}, 'refused'],
    ['a grant for another cluster', { grants: [{ ...grantAll, clusters: ['prod-west'] }] }, {}, 'refused'],
    [
      'a grant for one side of a connect',
      { grants: [{ ...grantAll, clusters: ['prod-east'] }] },
      'connect',
      'refused',
    ],
    ['a bad name', {}, { peer: 'West!' }, 'refused'],
    ['somebody who is the only approver', { approvers: [requester.id] }, {}, 'refused'],
  ] as const)('asks nobody for %s', async (_, change, what, as) => {
    stage.reconfigure(change);
    expect(await stage.ask(what === 'connect' ? stage.connect : what)).toEqual(outcome(as));
    expect(stage.cards()).toEqual([]);
    expect(await stage.actions()).toEqual([]);
    expect(stage.whispers().at(-1)).toBeTruthy();
  });

  it('asks nobody where the write token lacks peering:write, or peering is gone from the cluster', async () => {
    const weak = await scenery.east.agent.tokenWith('peering = "read"');
    const env = { ...scenery.env, WRITE_EAST: weak.secret };
    await stage.stop();
    stage = await setStage({ ...scenery, env });
    expect(await stage.ask()).toEqual(outcome('refused'));
    expect(stage.whispers().at(-1)).toContain('peering');
  });

  it('gives a person three open requests', async () => {
    for (const peer of ['a', 'b', 'c']) expect(await stage.ask({ peer })).toEqual(outcome('asked'));
    expect(await stage.ask({ peer: 'd' })).toEqual(outcome('too-many'));
  });

  it.each([
    ['its requester', requester.id, 'approved'],
    ['its requester', requester.id, 'denied'],
    ['no approver', lead.id, 'approved'],
    ['no approver', lead.id, 'denied'],
    ['a guest', guest.id, 'approved'],
    ['a stranger', stranger.id, 'approved'],
    ['an approver, who is not its requester', approver.id, 'cancelled'],
  ] as const)('changes nothing by a click of %s', async (_, user, verdict) => {
    await stage.ask();
    const before = stage.card();
    expect(await stage.decide(verdict, user)).toEqual(outcome('refused'));
    expect(await stage.state()).toBe('pending');
    expect(stage.card()).toEqual(before);
    expect(await stage.actions()).toEqual(['request', 'refused-click']);
    expect(stage.whispers(user)).not.toEqual([]);
  });

  it('looks an approver up at the click', async () => {
    await stage.ask({ peer: 'a' });
    expect(await stage.decide('denied')).toEqual(outcome('denied'));
    await stage.redis.del(await key());
    await stage.ask({ peer: 'b' });
    const user = stage.slack.state.users.get(approver.id);
    if (user === undefined) throw new Error('no approver');
    stage.slack.state.users.set(approver.id, { ...user, isRestricted: true });
    expect(await stage.decide('approved')).toEqual(outcome('refused'));
  });

  it.each([
    ['its requester lost the right', { grants: [] }],
    ['its cluster was removed', { clusters: () => undefined }],
    ['its cluster has no write token any more', { clusters: withoutToken }],
  ])('approves nothing where %s since', async (_, change) => {
    await stage.ask();
    stage.reconfigure(change);
    expect(await stage.decide('approved')).toEqual(outcome('changed'));
    expect(await stage.state()).toBe('failed');
    expect(stage.buttons()).toEqual([]);
    expect(stage.card().text).toContain('changed since approval');
  });

  it('decides nothing while a cluster or Slack does not answer, and can be clicked again', async () => {
    await stage.ask();
    for (let round = 0; round < 3; round += 1) scenery.east.proxy.next('GET /v1/peering/west', 'drop-before');
    expect(await stage.decide('approved')).toEqual(outcome('unreadable'));
    stage.slack.faults.next('users.info', { kind: 'status', status: 500 });
    expect(await stage.decide('approved')).toEqual(outcome('undecided'));
    expect(await stage.state()).toBe('pending');
    expect(await stage.decide('approved')).toEqual(outcome('approved'));
  });

  it('denies with a reason, and the requester may cancel', async () => {
    await stage.ask();
    expect(await stage.decide('denied', approver.id, {}, 'not <!channel> today')).toEqual(outcome('denied'));
    expect(stage.card().text).toContain('today');
    expect(stage.told()).toHaveLength(1);
    expect(stage.told()[0]).toContain('today');
    expect(stage.buttons()).toEqual([]);
    await stage.redis.del(await key());
    await stage.ask({ peer: 'b' });
    expect(await stage.decide('cancelled', requester.id)).toEqual(outcome('cancelled'));
    expect(await stage.decide('approved')).toEqual(outcome('late'));
    expect(stage.whispers(approver.id).at(-1)).toContain('cancelled');
  });

  it('lets one of fifty clicks through', async () => {
    await stage.ask();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, at) => stage.decide(at % 2 ? 'approved' : 'denied')),
    );
    const state = await stage.state();
    expect(['approved', 'denied']).toContain(state);
    expect((await stage.actions()).filter((action) => ['approve', 'deny'].includes(action))).toHaveLength(1);
    const ended = new Set(outcomes.map((one) => (one as { as: string }).as));
    expect([...ended].sort()).toEqual([state, 'late'].sort());
    expect(await stage.audit.verify()).toMatchObject({ ok: true });
  });

  it('expires when nobody clicks, tells a late click so, and edits the card', async () => {
    await stage.ask();
    await stage.overdue();
    expect(await stage.decide('approved')).toEqual(outcome('late'));
    await Promise.all([stage.sweep(), stage.sweep()]);
    expect(await stage.state()).toBe('expired');
    expect(stage.buttons()).toEqual([]);
    expect(stage.card().text).toContain('nobody decided in time');
    expect(stage.told()).toHaveLength(1);
    expect(await stage.decide('approved')).toEqual(outcome('late'));
    expect(stage.whispers(approver.id).at(-1)).toContain('expired');
  });

  it('cuts off entries of the trail that are too old, also where no others are written', async () => {
    await stage.ask();
    const short = openAudit(stage.redis, stage.signer, { maxAgeMs: 0, onEntry: () => undefined });
    const tools = stage.tools();
    const sweeper = startSweeper(
      { ...tools, tokens: { ...tools.tokens, audit: short } },
      stage.runOf('').log,
      3_600_000,
    );
    await sweeper.sweep();
    await sweeper.stop();
    expect([await stage.actions(), await short.verify()]).toEqual([[], { ok: true, value: 0 }]);
  });

  it('posts a card again that was deleted', async () => {
    await stage.ask();
    const { ts } = stage.card();
    const messages = stage.slack.state.messages.get(channels.approvals) ?? [];
    stage.slack.state.messages.set(
      channels.approvals,
      messages.filter((message) => message.ts !== ts),
    );
    await stage.overdue('cards');
    await stage.sweep();
    expect(stage.cards()).toHaveLength(1);
    expect(stage.card().ts).not.toBe(ts);
    expect(stage.buttons()).toContain('approval:approve');
    await stage.decide('approved');
    expect(stage.cards()).toHaveLength(1);
    expect(stage.buttons()).toEqual(['approval:reveal']);
  });

  it('edits a card later where Slack was away when it was decided', async () => {
    await stage.ask();
    stage.slack.faults.next('chat.update', { kind: 'status', status: 503 }, 3);
    expect(await stage.decide('approved')).toEqual(outcome('approved'));
    expect(stage.buttons()).toContain('approval:approve');
    await stage.overdue('cards');
    await stage.sweep();
    expect(stage.buttons()).toEqual(['approval:reveal']);
  });

  it('ends a request that cannot be put before its approvers', async () => {
    stage.slack.faults.next('chat.postMessage', { kind: 'error', error: 'not_in_channel' });
    expect(await stage.ask()).toEqual(outcome('undelivered'));
    expect(await stage.state()).toBe('failed');
  });

  it.each([
    [
      'made by somebody without the key',
      (stage_: Stage) => seal(createSigner('x'.repeat(32)), head(), claim(stage_)),
    ],
    [
      'changed',
      (stage_: Stage) => ({ ...genuine(stage_), claim: { ...genuine(stage_).claim, user: approver.id } }),
    ],
    ['under another id', (stage_: Stage) => seal(stage_.signer, { ...head(), id: 'other' }, claim(stage_))],
    [
      'sealed for another job',
      (stage_: Stage) => seal(stage_.signer, { ...head(), job: 'reveal-token' }, claim(stage_)),
    ],
    [
      'held back for an hour',
      (stage_: Stage) => seal(stage_.signer, { ...head(), at: Date.now() - 3_600_000 }, claim(stage_)),
    ],
  ] as const)('does nothing with a job that was %s', async (_, payload) => {
    expect(
      await requestApproval.handle({
        ...stage.tools(),
        ...stage.runOf('forged'),
        payload: payload(stage),
      }),
    ).toEqual(outcome('not-genuine'));
    expect(stage.cards()).toEqual([]);
    expect(stage.slack.traffic.calls('response_url')).toEqual([]);
    expect(await stage.actions()).toEqual(['refused-job']);
  });

  it.each([
    ['approved without a decision', async () => ({ state: 'approved' })],
    [
      'another reason',
      async () => {
        const { request } = await stage.record();
        return { request: JSON.stringify({ ...request, reason: 'other' }) };
      },
    ],
    ['an approval by another key', async () => ({ state: 'approved', decision: '{}', decisionSig: 'x' })],
    [
      'work by another key',
      async () => ({ work: JSON.stringify({ before: null, after: null }), workSig: 'x' }),
    ],
  ])('does nothing with a forged record: %s', async (_, fields) => {
    await stage.ask();
    const { request } = await stage.record();
    await stage.redis.hset(await key(), await fields());
    const click = { request: request.id, view: 'V1', verdict: 'approved', reason: '' };
    const { view, ...decision } = click;
    expect(await stage.run(decideApproval, { ...decision, ...(await stage.actorOf(approver.id)) })).toEqual(
      outcome('forged'),
    );
    const reveal = { request: request.id, view, ...(await stage.actorOf(requester.id)) };
    expect(await stage.run(revealToken, reveal)).toEqual(outcome('forged'));
    expect(scenery.east.proxy.count('POST /v1/peering')).toBe(0);
  });

  it.each([
    ['of a token', { replace: false }],
    ['of a token for a peering in use, which looks the same as before', { replace: true }],
  ])('reveals nothing from the record %s that is put back as it was', async (_, what) => {
    if (what.replace) {
      const { PeeringToken } = await scenery.east.agent.call<{ PeeringToken: string }>(
        'POST',
        '/v1/peering/token',
        { PeerName: 'west' },
      );
      await scenery.west.agent.call('POST', '/v1/peering/establish', { PeerName: 'east', PeeringToken });
      await waitFor('ACTIVE', async () => (await peeringOf(scenery.east, 'west'))?.State === 'ACTIVE');
    }
    await stage.ask(what);
    await stage.decide('approved');
    const old = await stage.redis.hgetall(await key());
    await stage.reveal();
    expect(await stage.state()).toBe('done');
    const { request } = await stage.record();
    await stage.redis.hset(await key(), old);
    await stage.redis.hdel(await key(), 'job', 'work', 'workSig', 'outcome');
    await stage.redis.zadd('peering-bot:{approvals}:due', Date.now() + 3_600_000, request.id);
    const generations = scenery.east.proxy.count('POST /v1/peering/token');
    await stage.reveal();
    expect(scenery.east.proxy.count('POST /v1/peering/token')).toBe(generations);
    expect(stage.shownToken()).toBe('');
  });

  it('decides nothing about a request that is put back as it was before it was denied', async () => {
    await stage.ask();
    const old = await stage.redis.hgetall(await key());
    await stage.decide('denied');
    await stage.redis.hset(await key(), old);
    await stage.redis.hdel(await key(), 'decision', 'decisionSig');
    await stage.redis.zadd(
      'peering-bot:{approvals}:due',
      Date.now() + 3_600_000,
      (await stage.record()).request.id,
    );
    expect(await stage.decide('approved')).toEqual(outcome('forged'));
    expect(await stage.state()).toBe('pending');
  });
});

const head = () => ({ id: 'forged', job: 'ask-approval', at: Date.now() });
const claim = (stage: Stage) => ({
  ...stage.token,
  replace: false,
  reason: randomUUID(),
  user: requester.id,
  team: stage.slack.teamId,
  channel: 'C1',
  responseUrl: `${stage.slack.origin}/response`,
});
const genuine = (stage: Stage) => seal(stage.signer, head(), claim(stage));
