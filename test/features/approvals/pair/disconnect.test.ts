import { people } from '../../../../sandbox/workspace/people';
import { describeWith } from '../../../lab/binaries';
import { waitFor } from '../../../lab/process';
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

describeWith(['redis', 'consul'], 'disconnecting two clusters behind approval', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set));
  afterEach(() => stage.stop());

  const states = async (): Promise<readonly (string | undefined)[]> => [
    (await peeringOf(scenery.east, 'west'))?.State,
    (await peeringOf(scenery.west, 'east'))?.State,
  ];
  const deletions = (): readonly number[] =>
    [scenery.east, scenery.west].map(({ proxy }) => proxy.count('DELETE /v1/peering/'));
  const approved = async (): Promise<void> => {
    await stage.ask(stage.disconnect);
    await stage.decide('approved');
  };

  it('goes from approval to no peering on either side, and the card lists the paths that end', async () => {
    await peerClusters(scenery);
    await exportApi(scenery);
    await callFromWest(scenery, 'web');
    stage.reconfigure({ readsClusters: true });
    expect(await stage.ask(stage.disconnect)).toEqual({ kind: 'done', as: 'asked' });
    expect(stage.card().text).toMatch(/ends: web in prod-west calls api in prod-east/);
    expect(await stage.decide('approved')).toEqual({ kind: 'done', as: 'approved' });
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'disconnected' }]);
    expect(await states()).toEqual([undefined, undefined]);
    expect(await stage.state()).toBe('done');
    expect(await stage.actions()).toEqual(['request', 'approve', 'start', 'delete', 'delete', 'finish']);
    expect(deletions()).toEqual([1, 1]);
    expect((await stage.record()).outcome?.facts).toContain(
      'web in prod-west to api: calls no longer arrive',
    );
    expect(stage.card().text).toContain('calls no longer arrive');
  });

  it('says that the impact is not visible where no cluster can be read', async () => {
    await peerClusters(scenery);
    await stage.ask(stage.disconnect);
    expect((await stage.record()).request.notes).toEqual([expect.stringContaining('not visible')]);
  });

  it('deletes what one side has left of a peering', async () => {
    await peerClusters(scenery);
    await scenery.west.agent.call('DELETE', '/v1/peering/east');
    await waitFor('the other side to notice', async () => {
      const [one, other] = await states();
      return one === 'TERMINATED' && other === undefined;
    });
    await approved();
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'disconnected' }]);
    expect([await states(), deletions()]).toEqual([
      [undefined, undefined],
      [1, 0],
    ]);
  });

  it.each([
    ['there is no peering', async () => undefined],
    [
      'the names belong to peerings with other clusters',
      async () => {
        await peerClusters(scenery, { peer: 'west', dialerPeer: 'other' });
        await peerClusters(scenery, { peer: 'another', dialerPeer: 'east' });
      },
    ],
    ['the other side has none of that name', () => peerClusters(scenery, { dialerPeer: 'other' })],
  ])('is refused where %s', async (_, prepare) => {
    await prepare();
    expect(await stage.ask(stage.disconnect)).toEqual({ kind: 'done', as: 'refused' });
    expect(stage.cards()).toEqual([]);
  });

  it('shows the resource to delete where Kubernetes manages the peering, and asks nobody', async () => {
    await peerClusters(scenery, { meta: { 'external-source': 'kubernetes' } });
    expect(await stage.ask(stage.disconnect)).toEqual({ kind: 'done', as: 'managed' });
    const answer = JSON.stringify(stage.slack.ephemerals(people.requester.id));
    for (const part of ['PeeringAcceptor', 'PeeringDialer', 'name: west', 'name: east'])
      expect(answer).toContain(part);
    expect(stage.cards()).toEqual([]);
  });

  it('deletes nothing where the peering is another one since approval', async () => {
    await peerClusters(scenery);
    await approved();
    await scenery.clear();
    await peerClusters(scenery);
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect([await states(), deletions()]).toEqual([
      ['ACTIVE', 'ACTIVE'],
      [0, 0],
    ]);
  });

  it('deletes no other peering of the same name after the first deletion, and says what is left', async () => {
    await peerClusters(scenery);
    await approved();
    scenery.east.proxy.before('DELETE /v1/peering/west', async () => {
      await scenery.west.agent.call('DELETE', '/v1/peering/east');
      await waitFor('it to be gone', async () => (await states())[1] === undefined);
      await scenery.west.agent.call('POST', '/v1/peering/token', { PeerName: 'east' });
    });
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'disconnected' }]);
    expect([await states(), deletions()]).toEqual([
      [undefined, 'PENDING'],
      [1, 0],
    ]);
    expect((await stage.record()).outcome?.facts.join()).toContain('prod-west has a new peering east');
  });

  it('stops between the two deletions where the requester lost access, and says which side is left', async () => {
    await peerClusters(scenery);
    await approved();
    scenery.east.proxy.before('DELETE /v1/peering/west', async () => {
      const user = stage.slack.state.users.get(people.requester.id);
      if (user === undefined) throw new Error('no requester');
      stage.slack.state.users.set(user.id, { ...user, isRestricted: true });
    });
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
    expect(deletions()).toEqual([1, 0]);
    const facts = (await stage.record()).outcome?.facts ?? [];
    expect(facts.map((fact) => [/prod-\w+/.exec(fact)?.[0], fact.includes('is deleted')])).toEqual([
      ['prod-east', true],
      ['prod-west', false],
    ]);
  });

  it.each(['error-after', 'drop-after'] as const)(
    'is done where Consul did not say so (%s)',
    async (fault) => {
      await peerClusters(scenery);
      await approved();
      scenery.west.proxy.next('DELETE /v1/peering/east', fault);
      expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'disconnected' }]);
      expect(await states()).toEqual([undefined, undefined]);
    },
  );

  // Consul loses a deletion that comes together with that of the other side.
  it('deletes a peering once more that is left TERMINATED', async () => {
    await peerClusters(scenery);
    await approved();
    scenery.west.proxy.next('DELETE /v1/peering/east', 'pretend');
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'disconnected' }]);
    expect([await states(), deletions()]).toEqual([
      [undefined, undefined],
      [1, 1],
    ]);
  });
});
