import { revealToken } from '../../../../src/features/approvals/token/reveal-token';
import { people } from '../../../../sandbox/workspace/people';
import { describeWith } from '../../../lab/binaries';
import { sleep, waitFor } from '../../../lab/process';
import { grantAll, peeringOf, type Scenery, setStage, type Stage, setStageForEach } from '../stage';

jest.setTimeout(90_000);

const { approver, lead, requester } = people;

describeWith(['redis', 'consul'], 'a token behind approval', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set));
  afterEach(() => stage.stop());

  const generated = (): number => scenery.east.proxy.count('POST /v1/peering/token');
  /** The real command, on the other cluster. */
  const use = async (token: string): Promise<number> => {
    const done = await scenery.west.agent.run([
      'peering',
      'establish',
      '-name',
      'east',
      '-peering-token',
      token,
    ]);
    return done.status;
  };
  const active = (): Promise<unknown> =>
    waitFor(
      'the peering to be ACTIVE',
      async () => (await peeringOf(scenery.east, 'west'))?.State === 'ACTIVE',
    );
  const approved = async (): Promise<void> => {
    await stage.ask();
    await stage.decide('approved');
  };
  /** Slack's answer once there is a token to show; before that it accepts every update of the modal. */
  const failToShow = (fault: Parameters<Stage['slack']['faults']['next']>[1]): void =>
    scenery.east.proxy.before('POST /v1/peering/token', async () =>
      stage.slack.faults.next('views.update', fault),
    );

  it('is asked, approved, revealed once to its requester, and used with the real command', async () => {
    expect(await stage.ask()).toEqual({ kind: 'done', as: 'asked' });
    expect(stage.buttons()).toEqual(['approval:approve', 'approval:deny', 'approval:cancel']);
    expect(await stage.decide('approved')).toEqual({ kind: 'done', as: 'approved' });
    expect(stage.buttons()).toEqual(['approval:reveal']);
    expect(generated()).toBe(0);
    expect(await stage.reveal()).toEqual({ kind: 'done', as: 'revealed' });
    const token = stage.shownToken();
    expect(generated()).toBe(1);
    expect(await stage.state()).toBe('done');
    expect(stage.buttons()).toEqual([]);
    expect((await peeringOf(scenery.east, 'west'))?.Meta).toEqual({
      'peering-bot-request': (await stage.record()).request.id,
    });

    expect(await stage.reveal()).toEqual({ kind: 'done', as: 'late' });
    expect(generated()).toBe(1);
    const { since } = await stage.record();
    expect(stage.view()).toContain(`<!date^${Math.floor(since / 1000)}^`);
    expect(stage.view()).toContain('/peering token prod-east west');
    expect(await use(token)).toBe(0);
    await active();
    expect(await stage.actions()).toEqual(['request', 'approve', 'start', 'generate', 'reveal', 'finish']);
    expect(await stage.audit.verify()).toMatchObject({ ok: true });
  });

  it('shows the token in one call, in a view without input, button or notice', async () => {
    await approved();
    await stage.reveal();
    const token = stage.shownToken();
    expect(stage.slack.traffic.find(token.slice(0, 200)).map(({ what }) => what)).toEqual(['views.update']);
    const view = JSON.parse(stage.view()) as Record<string, unknown>;
    expect(view['private_metadata']).toBe((await stage.record()).request.id);
    expect([view['submit'], view['notify_on_close']]).toEqual([undefined, undefined]);
    expect(JSON.stringify(view)).not.toMatch(/"type":"(?:input|actions|button)"/);
  });

  it('keeps no secret in Redis', async () => {
    await approved();
    await stage.reveal();
    const secret = (
      JSON.parse(Buffer.from(stage.shownToken(), 'base64').toString()) as { EstablishmentSecret: string }
    ).EstablishmentSecret;
    const held = await stage.held();
    expect(held).toContain('was shown');
    expect(held).not.toContain(secret);
    expect(held).not.toContain(stage.shownToken().slice(0, 60));
  });

  it('says since when the unused token is there that it voids', async () => {
    await approved();
    await stage.reveal();
    const { request, since } = await stage.record();
    await stage.ask();
    expect(stage.card().text).toContain('voids the unused token');
    expect(stage.card().text).toContain(`<!date^${Math.floor(since / 1000)}^{ago}|`);
    expect((await peeringOf(scenery.east, 'west'))?.Meta).toEqual({ 'peering-bot-request': request.id });
    // A newer one, of which nothing is known.
    await scenery.east.agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    await stage.ask();
    expect(stage.card().text).toContain('voids the unused token');
    expect(stage.card().text).not.toContain('{ago}');
  });

  it('is refused for an ACTIVE peering, unless the request says replace, and the card says what that means', async () => {
    await approved();
    await stage.reveal();
    await use(stage.shownToken());
    await active();
    await stage.redis.flushall();
    expect(await stage.ask()).toEqual({ kind: 'done', as: 'refused' });
    expect(stage.whispers().at(-1)).toContain('replace');
    expect(await stage.ask({ replace: true })).toEqual({ kind: 'done', as: 'asked' });
    expect(stage.card().text).toContain('becomes');
    await stage.decide('approved');
    expect(await stage.reveal()).toEqual({ kind: 'done', as: 'revealed' });
    expect((await peeringOf(scenery.east, 'west'))?.State).toBe('ACTIVE');
    await stage.overdue('unused');
    await stage.sweep();
    expect((await stage.actions()).at(-1)).toBe('void');
    expect((await peeringOf(scenery.east, 'west'))?.State).toBe('ACTIVE');
  });

  it.each([
    ['at approval', false],
    ['at reveal', true],
  ])('fails where the cluster changed by then: %s', async (_, afterApproval) => {
    await stage.ask();
    if (afterApproval) await stage.decide('approved');
    await scenery.east.agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    expect(await (afterApproval ? stage.reveal() : stage.decide('approved'))).toEqual({
      kind: 'done',
      as: 'changed',
    });
    expect(await stage.state()).toBe('failed');
    expect((await stage.record()).outcome?.message).toContain('changed since approval');
    expect(stage.card().text).toContain('changed since approval');
    expect(generated()).toBe(0);
  });

  it.each([
    ['the right was taken away', { grants: [] }],
    [
      'the cluster was removed',
      { clusters: (name: string, one: never) => (name === 'prod-east' ? undefined : one) },
    ],
    [
      'the cluster has another address',
      {
        clusters: (_: string, one: { address: string }) => ({
          ...one,
          address: one.address.replace('127.0.0.1', 'localhost'),
        }),
      },
    ],
  ])('fails where %s after approval', async (_, change) => {
    await approved();
    stage.reconfigure(change as never);
    const outcome = await stage.reveal();
    expect(['changed', 'refused']).toContain((outcome as { as: string }).as);
    expect(generated()).toBe(0);
    expect(stage.view()).not.toContain('```');
  });

  it('is voided after an hour unused, and the old token is good for nothing', async () => {
    await approved();
    await stage.reveal();
    const token = stage.shownToken();
    await stage.sweep();
    expect(generated()).toBe(1);
    await stage.overdue('unused');
    await Promise.all([stage.sweep(), stage.sweep(), stage.sweep()]);
    expect(generated()).toBe(2);
    expect(stage.card().text).toContain('voided');
    expect((await stage.actions()).filter((action) => action === 'void')).toHaveLength(1);
    expect(await use(token)).not.toBe(0);
    expect(await stage.state()).toBe('done');
    await stage.overdue('unused');
    await stage.sweep();
    expect(generated()).toBe(2);
  });

  it('is left alone after an hour where it was used, or where a newer one was made', async () => {
    await approved();
    await stage.reveal();
    await scenery.east.agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    await stage.overdue('unused');
    await stage.sweep();
    expect(generated()).toBe(1);
    expect(await stage.redis.zcard('peering-bot:{approvals}:unused')).toBe(0);
  });

  it.each([
    ['refuses', { kind: 'error', error: 'not_found' }],
    ['drops the answer', { kind: 'drop-reply' }],
    ['asks to wait', { kind: 'ratelimited', retryAfter: 30 }],
  ] as const)('is voided by the button where Slack %s between generation and modal', async (_, fault) => {
    await approved();
    failToShow(fault);
    expect(await stage.reveal()).toEqual({ kind: 'done', as: 'unknown' });
    expect(await stage.state()).toBe('unknown');
    expect(stage.buttons()).toEqual(['approval:void']);
    expect(stage.slack.traffic.calls('views.update')).toHaveLength(2);
    await stage.sweep();
    expect(await stage.state()).toBe('unknown');
    expect(await stage.void(lead.id)).toEqual({ kind: 'done', as: 'refused' });
    expect(generated()).toBe(1);
    expect(await stage.void()).toEqual({ kind: 'done', as: 'voided' });
    expect(generated()).toBe(2);
    expect(await stage.state()).toBe('failed');
    expect(stage.buttons()).toEqual([]);
    // The modal that was left loading, or with a token that is void now, says so.
    expect(stage.view()).toContain('the bot voided it');
    expect(stage.shownToken()).toBe('');
  });

  it('voids by itself in an hour what could not be shown', async () => {
    await approved();
    failToShow({ kind: 'status', status: 500 });
    await stage.reveal();
    await stage.overdue();
    await stage.sweep();
    expect([await stage.state(), generated()]).toEqual(['failed', 2]);
  });

  it.each([
    ['closed', { kind: 'error', error: 'not_found' }, { kind: 'done', as: 'closed' }],
    ['not filled', { kind: 'drop-request' }, { kind: 'done', as: 'undelivered' }],
    ['to be filled later', { kind: 'ratelimited', retryAfter: 30 }, { kind: 'delay', afterMs: 30_000 }],
  ] as const)(
    'is not generated for a modal that is %s, and can be revealed then',
    async (_, fault, outcome) => {
      await approved();
      stage.slack.faults.next('views.update', fault);
      expect(await stage.reveal()).toEqual(outcome);
      expect([await stage.state(), generated()]).toEqual(['approved', 0]);
      expect(await stage.reveal()).toEqual({ kind: 'done', as: 'revealed' });
      expect(generated()).toBe(1);
    },
  );

  it('is revealed in one of two modals that were opened at the same moment', async () => {
    await approved();
    const outcomes = await stage.revealTwice();
    expect(outcomes).toEqual([
      { kind: 'done', as: 'closed' },
      { kind: 'done', as: 'revealed' },
    ]);
    expect([await stage.state(), generated()]).toEqual(['done', 1]);
    expect(stage.shownToken()).not.toBe('');
  });

  it('leaves no token in the modal that was voided while Slack took its time to show it', async () => {
    await approved();
    const click = await stage.revealClick(requester.id);
    const { tokens, ...rest } = stage.tools();
    const fillModal: typeof tokens.fillModal = async (id, content) => {
      for (let round = 0; round < 2 && content.callback_id === 'peering-token'; round += 1) {
        await stage.overdue();
        await stage.sweep();
      }
      return tokens.fillModal(id, content);
    };
    const payload = stage.sealedFor(revealToken, click, 'reveal-1');
    await revealToken.handle({
      ...rest,
      tokens: { ...tokens, fillModal },
      ...stage.runOf('reveal-1'),
      payload,
    });
    expect([await stage.state(), generated()]).toEqual(['failed', 2]);
    expect(stage.shownToken()).toBe('');
  });

  it('says in the modal of a run that died what became of it', async () => {
    await approved();
    const { request } = await stage.record();
    const { approvals } = stage.tools().tokens;
    // As far as a worker got that was killed.
    const click = await stage.revealClick(requester.id);
    const started = await approvals.start(request.id, 'job-1');
    if (!started.ok) throw new Error(started.error.reason);
    const { fence } = started.value;
    await approvals.renewLease(request.id, fence, { before: null, after: null, view: click.view });
    await scenery.east.agent.call('POST', '/v1/peering/token', {
      PeerName: 'west',
      Meta: { 'peering-bot-request': request.id },
    });
    for (let round = 0; round < 2; round += 1) {
      await stage.overdue();
      await stage.sweep();
    }
    expect([await stage.state(), generated()]).toEqual(['failed', 1]);
    expect(stage.view()).toContain('the bot voided it');
  });

  it.each(['error-after', 'drop-after'] as const)(
    'reconciles a generation that may have been done (%s)',
    async (fault) => {
      await approved();
      scenery.east.proxy.next('POST /v1/peering/token', fault);
      expect(await stage.reveal()).toEqual({ kind: 'done', as: 'unknown' });
      expect(stage.view()).toContain('may have been generated');
      await stage.overdue();
      await Promise.all([stage.sweep(), stage.sweep()]);
      expect(await stage.state()).toBe('failed');
      expect(generated()).toBe(2);
      expect(stage.card().text).toContain('voided');
    },
  );

  it('reconciles a generation that Consul never received without writing', async () => {
    await approved();
    scenery.east.proxy.next('POST /v1/peering/token', 'drop-before');
    expect(await stage.reveal()).toEqual({ kind: 'done', as: 'unknown' });
    await stage.overdue();
    await stage.sweep();
    expect([await stage.state(), generated()]).toEqual(['failed', 0]);
  });

  it('voids what a run left that died between generating and showing', async () => {
    await approved();
    scenery.east.proxy.before('POST /v1/peering/token', async () => {
      // The run wakes up after a long sleep, when its lease has ended.
      await stage.overdue();
    });
    expect(await stage.reveal()).toEqual({ kind: 'done', as: 'unknown' });
    expect(stage.shownToken()).toBe('');
    await stage.overdue();
    await stage.sweep();
    expect([await stage.state(), generated()]).toEqual(['failed', 2]);
  });

  it('does nothing with a token that somebody else made meanwhile', async () => {
    await approved();
    scenery.east.proxy.next('POST /v1/peering/token', 'drop-before');
    await stage.reveal();
    await scenery.east.agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    const before = await peeringOf(scenery.east, 'west');
    await stage.overdue();
    await stage.sweep();
    expect(await stage.state()).toBe('failed');
    expect(await peeringOf(scenery.east, 'west')).toEqual(before);
  });

  it.each([
    ['the approver', approver.id],
    ['somebody else', lead.id],
    ['a guest', people.guest.id],
    ['a stranger', people.stranger.id],
  ])('is not revealed to %s', async (_, user) => {
    await approved();
    // Also where they might ask for such a token themselves.
    stage.reconfigure({ grants: [{ ...grantAll, users: [requester.id, user] }] });
    expect(await stage.reveal(user)).toEqual({ kind: 'done', as: 'refused' });
    expect(generated()).toBe(0);
    expect(await stage.state()).toBe('approved');
    expect((await stage.actions()).at(-1)).toBe('refused-click');
  });

  it('is revealed once, whatever many workers have the click at once or later, and stays in its view', async () => {
    await approved();
    const outcomes = await stage.revealBy(8);
    expect(outcomes.filter((one) => (one as { as: string }).as === 'revealed')).toHaveLength(1);
    expect(generated()).toBe(1);
    expect(stage.shownToken()).not.toBe('');
    expect(await stage.state()).toBe('done');
  });

  it.each(['as it should be', 'not at all'])(
    'stays in its modal where the same job was held up meanwhile, and is answered later %s',
    async (answered) => {
      await approved();
      const job = await stage.sealedReveal();
      // The peering was read already when this answer is waited for.
      scenery.east.proxy.before('GET /v1/connect/ca/roots', async () => {
        await sleep(100);
        expect(await job()).toEqual({ kind: 'done', as: 'revealed' });
        if (answered === 'not at all')
          for (let round = 0; round < 3; round += 1)
            scenery.east.proxy.next('GET /v1/connect/ca/roots', 'drop-before');
      });
      expect(await job()).toEqual({ kind: 'done', as: 'repeated' });
      expect(stage.shownToken()).not.toBe('');
    },
  );

  it('stays in its modal where Slack held the same job up meanwhile', async () => {
    await approved();
    const job = await stage.sealedReveal();
    stage.slack.faults.next('users.info', { kind: 'delay', ms: 1000 });
    const held = job();
    // Whichever of the two is held up, the other one shows the token meanwhile.
    expect([await job(), await held]).toEqual(
      expect.arrayContaining([
        { kind: 'done', as: 'revealed' },
        { kind: 'done', as: 'repeated' },
      ]),
    );
    expect(stage.shownToken()).not.toBe('');
  });

  it.each([
    ['a second click on Reveal', 'reveal'],
    ['a second approver', 'approve'],
  ] as const)('is not undone by %s that sees only what the first has changed', async (_, second) => {
    await stage.stop();
    stage = await setStage(scenery, { approvers: [approver.id, lead.id] });
    await stage.ask();
    const first = async (): Promise<void> => {
      if ((await stage.state()) === 'pending') await stage.decide('approved');
      expect(await stage.reveal()).toEqual({ kind: 'done', as: 'revealed' });
    };
    if (second === 'reveal') await stage.decide('approved');
    scenery.east.proxy.before('GET /v1/peering/west', first);
    const click = second === 'reveal' ? stage.reveal() : stage.decide('approved', lead.id);
    expect(await click).toEqual({ kind: 'done', as: 'late' });
    expect([await stage.state(), generated()]).toEqual(['done', 1]);
    expect(await stage.redis.zcard('peering-bot:{approvals}:unused')).toBe(1);
  });

  it('stands as approved where another approver finds it changed a moment later', async () => {
    await stage.stop();
    stage = await setStage(scenery, { approvers: [approver.id, lead.id] });
    await stage.ask();
    scenery.east.proxy.before('GET /v1/peering/west', async () => {
      await stage.decide('approved');
      await scenery.east.agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    });
    expect(await stage.decide('approved', lead.id)).toEqual({ kind: 'done', as: 'late' });
    expect(await stage.state()).toBe('approved');
    expect(await stage.reveal()).toEqual({ kind: 'done', as: 'changed' });
  });

  it('is not undone by a run that is not its own', async () => {
    await approved();
    const { request } = await stage.record();
    const { approvals } = stage.tools().tokens;
    expect(await approvals.start(request.id, 'job-1')).toMatchObject({ ok: true });
    const outcome = { message: '', facts: [] };
    expect(await approvals.end(request.id, 'fail', outcome)).toMatchObject({
      ok: false,
      error: { reason: 'fence' },
    });
    expect(await stage.state()).toBe('running');
  });

  it('is not revealed after its window', async () => {
    await approved();
    await stage.overdue();
    expect(await stage.reveal()).toEqual({ kind: 'done', as: 'late' });
    await stage.sweep();
    expect(await stage.state()).toBe('expired');
    expect(stage.buttons()).toEqual([]);
    expect(await stage.reveal(requester.id)).toEqual({ kind: 'done', as: 'late' });
    expect(generated()).toBe(0);
  });
});
