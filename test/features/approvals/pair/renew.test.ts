import { describeWith } from '../../../lab/binaries';
import {
  callFromWest,
  exportApi,
  peerClusters,
  peeringOf,
  type Scenery,
  type Stage,
  setStageForEach,
} from '../stage';

jest.setTimeout(120_000);

describeWith(['redis', 'consul'], 'renewing a peering behind approval', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set));
  afterEach(() => stage.stop());

  const sides = async () => [await peeringOf(scenery.east, 'west'), await peeringOf(scenery.west, 'east')];
  /** The facts of both sides that a renewal keeps. */
  const identity = async () =>
    (await sides()).map((side) => ({ id: side?.ID, peerId: side?.PeerID, state: side?.State }));
  const writes = (): readonly number[] => [
    scenery.east.proxy.count('POST /v1/peering/token'),
    scenery.west.proxy.count('POST /v1/peering/establish'),
  ];
  const approved = async (): Promise<void> => {
    await stage.ask(stage.renew);
    await stage.decide('approved');
  };

  it('uses a new token on the same peering, whose ids, state and Meta stay, and nobody sees it', async () => {
    await peerClusters(scenery, { meta: { owner: 'somebody' } });
    const before = await identity();
    await approved();
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'renewed' }]);
    expect(await identity()).toEqual(before);
    expect(before.map(({ state }) => state)).toEqual(['ACTIVE', 'ACTIVE']);
    expect((await sides())[1]?.Meta).toMatchObject({ owner: 'somebody' });
    expect(writes()).toEqual([1, 1]);
    expect(await stage.actions()).toEqual(['request', 'approve', 'start', 'generate', 'establish', 'finish']);
    const secret = Buffer.from('{"CA":').toString('base64').slice(0, 8);
    expect(await stage.held()).not.toContain(secret);
    expect(stage.slack.traffic.find(secret)).toEqual([]);
  });

  it('checks the calls through the peering again, and the card ends with what they say', async () => {
    await peerClusters(scenery);
    await exportApi(scenery);
    await callFromWest(scenery, 'web');
    stage.reconfigure({ readsClusters: true });
    await approved();
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'renewed' }]);
    expect((await stage.record()).outcome?.facts).toEqual(['web in prod-west to api: calls arrive']);
    expect(stage.card().text).toContain('calls arrive');
  });

  it.each([
    ['there is no peering', async () => undefined, {}],
    ['the other cluster generates its tokens', () => peerClusters(scenery), { swapped: true }],
    [
      'the names belong to peerings with other clusters',
      async () => {
        await peerClusters(scenery, { peer: 'west', dialerPeer: 'other' });
        await peerClusters(scenery, { peer: 'another', dialerPeer: 'east' });
      },
      {},
    ],
  ])('is refused where %s', async (_, prepare, { swapped = false }: { swapped?: boolean }) => {
    await prepare();
    const { acceptor, dialer, peer, dialerPeer } = stage.renew;
    const other = { acceptor: dialer, dialer: acceptor, peer: dialerPeer, dialerPeer: peer };
    expect(await stage.ask({ ...stage.renew, ...(swapped && other) })).toEqual({
      kind: 'done',
      as: 'refused',
    });
    expect(stage.cards()).toEqual([]);
  });

  it('shows the resource to change where Kubernetes manages the peering', async () => {
    await peerClusters(scenery, { meta: { 'external-source': 'kubernetes' } });
    expect(await stage.ask(stage.renew)).toEqual({ kind: 'done', as: 'managed' });
    expect(stage.cards()).toEqual([]);
  });

  it('uses no token of another peering: that peering would be taken over', async () => {
    await peerClusters(scenery);
    const before = await identity();
    await approved();
    const { PeeringToken: other } = await scenery.east.agent.call<{ PeeringToken: string }>(
      'POST',
      '/v1/peering/token',
      { PeerName: 'third' },
    );
    scenery.east.proxy.answer('POST /v1/peering/token', JSON.stringify({ PeeringToken: other }));
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect(writes()[1]).toBe(0);
    expect(await identity()).toEqual(before);
  });

  it('establishes nothing where the dialer got another peering of that name meanwhile', async () => {
    await peerClusters(scenery);
    await approved();
    scenery.east.proxy.before('POST /v1/peering/token', async () => {
      await scenery.west.agent.call('DELETE', '/v1/peering/east');
    });
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect(writes()[1]).toBe(0);
  });

  it.each([
    ['east', 'POST /v1/peering/token', 'drop-after', 2],
    ['west', 'POST /v1/peering/establish', 'drop-before', 2],
    ['west', 'POST /v1/peering/establish', 'drop-after', 2],
    ['east', 'POST /v1/peering/token', 'drop-before', 0],
  ] as const)(
    'leaves the peering in use and no token that works where %s does not answer (%s, %s)',
    async (side, line, fault, tokens) => {
      await peerClusters(scenery);
      const before = await identity();
      await approved();
      scenery[side].proxy.next(line, fault);
      expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
      expect(await identity()).toEqual(before);
      expect(writes()[0]).toBe(tokens);
    },
  );

  it('is not done a second time where its request is put back in Redis', async () => {
    await peerClusters(scenery);
    await approved();
    const [job] = stage.queued;
    const key = `peering-bot:{approvals}:request:${(await stage.record()).request.id}`;
    const dump = await stage.redis.dumpBuffer(key);
    await stage.runQueued();
    await stage.redis.restore(key, 0, dump ?? Buffer.alloc(0), 'REPLACE');
    if (job === undefined) throw new Error('nothing queued');
    expect(await stage.runQueuedJob(job)).not.toEqual({ kind: 'done', as: 'renewed' });
    expect(writes()).toEqual([1, 1]);
  });
});
