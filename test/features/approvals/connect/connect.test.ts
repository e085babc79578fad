import { setTimeout as sleep } from 'node:timers/promises';
import { people } from '../../../../sandbox/workspace/people';
import { describeWith } from '../../../lab/binaries';
import { waitFor } from '../../../lab/process';
import { peeringOf, type Scenery, type Stage, type StageCluster, setStageForEach } from '../stage';

jest.setTimeout(120_000);

describeWith(['redis', 'consul'], 'connecting two clusters behind approval', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set));
  afterEach(() => stage.stop());

  const sides = (): readonly (readonly [StageCluster, string])[] => [
    [scenery.east, 'west'],
    [scenery.west, 'east'],
  ];
  const states = async (): Promise<readonly (string | undefined)[]> =>
    Promise.all(sides().map(async ([side, name]) => (await peeringOf(side, name))?.State));
  const gone = (): Promise<unknown> =>
    waitFor('both peerings to be gone', async () => (await states()).every((state) => state === undefined));
  const approved = async (): Promise<void> => {
    await stage.ask(stage.connect);
    await stage.decide('approved');
  };
  const writes = (): readonly number[] => [
    scenery.east.proxy.count('POST /v1/peering/token'),
    scenery.west.proxy.count('POST /v1/peering/establish'),
  ];

  it('goes from approval to ACTIVE on both sides, with the request in Meta, and nobody sees the token', async () => {
    expect(await stage.ask(stage.connect)).toEqual({ kind: 'done', as: 'asked' });
    expect(await stage.decide('approved')).toEqual({ kind: 'done', as: 'approved' });
    expect(stage.buttons()).toEqual([]);
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'connected' }]);
    expect(await states()).toEqual(['ACTIVE', 'ACTIVE']);
    const meta = { 'peering-bot-request': (await stage.record()).request.id };
    expect((await peeringOf(scenery.east, 'west'))?.Meta).toEqual(meta);
    expect((await peeringOf(scenery.west, 'east'))?.Meta).toEqual(meta);
    expect(await stage.state()).toBe('done');
    expect(await stage.actions()).toEqual(['request', 'approve', 'start', 'generate', 'establish', 'finish']);
    expect(writes()).toEqual([1, 1]);
    const secret = Buffer.from('{"CA":').toString('base64').slice(0, 8);
    expect(await stage.held()).not.toContain(secret);
    expect(stage.slack.traffic.find(secret)).toEqual([]);
  });

  it('is done once, however often its job is delivered', async () => {
    await approved();
    const [first] = stage.queued;
    if (first === undefined) throw new Error('nothing queued');
    await stage.decide('approved');
    expect(stage.queued).toHaveLength(1);
    await stage.runQueued();
    stage.queued.push(first, first);
    expect(await stage.runQueued()).toEqual([
      { kind: 'done', as: 'state' },
      { kind: 'done', as: 'state' },
    ]);
    expect(writes()).toEqual([1, 1]);
  });

  it('is refused where a name is in use, and for one cluster under two names', async () => {
    await scenery.west.agent.call('POST', '/v1/peering/token', { PeerName: 'east' });
    expect(await stage.ask(stage.connect)).toEqual({ kind: 'done', as: 'refused' });
    expect(await stage.ask({ ...stage.connect, dialer: 'prod-east' })).toEqual({
      kind: 'done',
      as: 'refused',
    });
    expect(stage.cards()).toEqual([]);
  });

  it('stops where the dialer got a peering of that name after the token was generated', async () => {
    await approved();
    scenery.east.proxy.before('POST /v1/peering/token', () =>
      scenery.west.agent.call('POST', '/v1/peering/token', { PeerName: 'east' }),
    );
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect((await stage.record()).outcome?.message).toContain('changed since approval');
    expect(writes()).toEqual([1, 0]);
    expect((await states())[1]).toBe('PENDING');
    await waitFor('what was begun to be gone', async () => (await states())[0] === undefined);
  });

  it.each([
    [
      'its requester may no longer ask for it',
      async () => {
        const user = stage.slack.state.users.get(people.requester.id);
        if (user === undefined) throw new Error('no requester');
        stage.slack.state.users.set(user.id, { ...user, isRestricted: true });
      },
    ],
    [
      'the peering of the acceptor is another one',
      async () => {
        const late = { PeerName: 'west', Meta: { owner: 'somebody' } };
        await scenery.east.agent.call('POST', '/v1/peering/token', late);
      },
    ],
  ])('establishes nothing where, since the token was generated, %s', async (_, change) => {
    await approved();
    scenery.east.proxy.before('POST /v1/peering/token', change);
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect((await stage.record()).outcome?.message).toContain('changed since approval');
    expect(writes()).toEqual([1, 0]);
    await waitFor('what was begun to be gone', async () => {
      const left = await peeringOf(scenery.east, 'west');
      return left === undefined || JSON.stringify(left.Meta).includes('somebody');
    });
  });

  it('connects onto a PENDING peering that was there before', async () => {
    await scenery.east.agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    await approved();
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'connected' }]);
    expect(await states()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it.each([
    ['the acceptor answers 500 and did it', 'east', 'POST /v1/peering/token', 'error-after'],
    ['the acceptor hangs up and did it', 'east', 'POST /v1/peering/token', 'drop-after'],
    ['the acceptor hangs up and did not', 'east', 'POST /v1/peering/token', 'drop-before'],
    ['the dialer never receives it', 'west', 'POST /v1/peering/establish', 'drop-before'],
  ] as const)('leaves nothing behind where %s', async (_, side, line, fault) => {
    stage.reconfigure({ activeWithinMs: 1500 });
    await approved();
    scenery[side].proxy.next(line, fault);
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect(await stage.state()).toBe('failed');
    await gone();
  });

  it.each(['error-after', 'drop-after'] as const)(
    'is done where the dialer did it and did not say so (%s)',
    async (fault) => {
      await approved();
      scenery.west.proxy.next('POST /v1/peering/establish', fault);
      expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'connected' }]);
      expect(await states()).toEqual(['ACTIVE', 'ACTIVE']);
      expect(writes()).toEqual([1, 1]);
    },
  );

  it('takes back what a refused establish left on both sides', async () => {
    await approved();
    // Somebody generates another token right before this one is used: it is void then.
    scenery.west.proxy.before('POST /v1/peering/establish', () =>
      scenery.east.agent.call('POST', '/v1/peering/token', { PeerName: 'west' }),
    );
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    await gone();
    expect((await stage.actions()).filter((action) => action === 'delete')).toHaveLength(2);
    expect(stage.card().text).toContain('deleted');
  });

  it('keeps a PENDING peering that was there before, and voids only its token', async () => {
    await scenery.east.agent.call('POST', '/v1/peering/token', {
      PeerName: 'west',
      Meta: { owner: 'somebody' },
    });
    await approved();
    scenery.west.proxy.next('POST /v1/peering/establish', 'drop-before');
    stage.reconfigure({ activeWithinMs: 1000 });
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect(await peeringOf(scenery.east, 'west')).toMatchObject({
      State: 'PENDING',
      Meta: { owner: 'somebody' },
    });
    expect(writes()[0]).toBe(2);
    expect(await stage.actions()).toContain('void');
  });

  it('stops at once where its lock is lost, and the reconcile step takes back what it began', async () => {
    await approved();
    const lost = new AbortController();
    scenery.east.proxy.before('POST /v1/peering/token', async () => lost.abort());
    const [job] = stage.queued.splice(0);
    if (job === undefined) throw new Error('nothing queued');
    await stage.runQueuedJob(job, { signal: lost.signal });
    expect(await stage.state()).toBe('unknown');
    expect(writes()).toEqual([1, 0]);
    await stage.overdue();
    await Promise.all([stage.sweep(), stage.sweep(), stage.sweep()]);
    expect(await stage.state()).toBe('failed');
    await gone();
  });

  it('writes nothing once its lease has run out, and is settled as done where both sides came up', async () => {
    await approved();
    scenery.west.proxy.before('POST /v1/peering/establish', () => stage.overdue());
    const run = stage.runQueued();
    await waitFor('the establish', () => scenery.west.proxy.count('POST /v1/peering/establish') === 1);
    await waitFor('both sides', async () => (await states()).every((state) => state === 'ACTIVE'));
    await run;
    expect(['unknown', 'running']).toContain(await stage.state());
    await stage.overdue();
    await stage.sweep();
    expect(await stage.state()).toBe('done');
    expect(await states()).toEqual(['ACTIVE', 'ACTIVE']);
    expect((await stage.actions()).slice(-2)).toEqual(['reconcile', 'reconcile-done']);
  });

  it('takes back what it begins after it was taken for lost and settled', async () => {
    stage.reconfigure({ activeWithinMs: 1000 });
    await approved();
    scenery.west.proxy.before('POST /v1/peering/establish', async () => {
      await stage.overdue();
      await stage.sweep();
      expect(await stage.state()).toBe('failed');
    });
    await stage.runQueued();
    expect(await stage.state()).toBe('failed');
    await gone();
  });

  it('takes back only its own part where the dialer got somebody else in between', async () => {
    await approved();
    scenery.east.proxy.before('POST /v1/peering/token', async () => {
      await stage.overdue();
      const { PeeringToken } = await scenery.east.agent.call<{ PeeringToken: string }>(
        'POST',
        '/v1/peering/token',
        { PeerName: 'other' },
      );
      await scenery.west.agent.call('POST', '/v1/peering/establish', { PeerName: 'east', PeeringToken });
    });
    await stage.runQueued();
    await stage.overdue();
    await stage.sweep();
    expect(await stage.state()).toBe('failed');
    await waitFor('its own part to be gone', async () => (await states())[0] === undefined);
    await waitFor('the other to be ACTIVE', async () => (await states())[1] === 'ACTIVE');
  });

  it('leaves an unknown end as it is while a cluster cannot be read', async () => {
    await approved();
    scenery.east.proxy.before('POST /v1/peering/token', () => stage.overdue());
    await stage.runQueued();
    await stage.overdue();
    for (let round = 0; round < 3; round += 1) scenery.west.proxy.next('GET /v1/peering/east', 'drop-before');
    await stage.sweep();
    expect(await stage.state()).toBe('unknown');
    scenery.west.proxy.reset();
    await stage.overdue();
    await stage.sweep();
    expect(await stage.state()).toBe('failed');
    await gone();
  });

  it('never deletes a peering that is in use, or that this request did not make', async () => {
    await approved();
    await stage.runQueued();
    const { request } = await stage.record();
    // Restored as a run that was lost, with the very peerings that it made in use.
    await stage.redis.hset(`peering-bot:{approvals}:request:${request.id}`, 'state', 'unknown');
    await stage.redis.zadd('peering-bot:{approvals}:due', 1, request.id);
    await stage.sweep();
    await sleep(500);
    expect(await states()).toEqual(['ACTIVE', 'ACTIVE']);
  });
});
