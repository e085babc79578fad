import type { ClusterFacts, PeeringFact } from '../../../../src/features/approvals/plans/plan';
import { planDisconnect, planRenew } from '../../../../src/features/approvals/plans/plan-pair';

const peering = (given: Partial<PeeringFact> = {}): PeeringFact => ({
  id: 'e1',
  state: 'ACTIVE',
  dialer: false,
  madeBy: null,
  modifyIndex: 10,
  peerId: '',
  managed: false,
  ...given,
});
const east: ClusterFacts = {
  name: 'prod-east',
  address: 'https://east:8501',
  datacenter: 'dc1',
  partition: 'default',
  trustDomain: 'a.consul',
  peeringEnabled: true,
  mayWrite: true,
  peering: peering(),
};
const west: ClusterFacts = {
  ...east,
  name: 'prod-west',
  address: 'https://west:8501',
  trustDomain: 'b.consul',
  peering: peering({ id: 'w1', dialer: true, peerId: 'e1' }),
};
const names = { peer: 'west', dialerPeer: 'east' };

type Change = Partial<ClusterFacts>;
const lost: Change = { peering: null };
const withPeering = (facts: ClusterFacts, given: Partial<PeeringFact>): Change => ({
  peering: facts.peering && { ...facts.peering, ...given },
});
const plan = (planner: typeof planRenew, one: Change = {}, other: Change = {}) =>
  planner({ ...east, ...one }, { ...west, ...other }, names);

describe.each([
  ['disconnect', planDisconnect],
  ['renew', planRenew],
])('a plan to %s', (_, planner) => {
  it('is possible for the two sides of one peering', () => {
    expect(plan(planner).ok).toBe(true);
  });

  it('is possible for datacenters of one federation, which share a trust domain', () => {
    expect(plan(planner, {}, { trustDomain: 'a.consul', datacenter: 'dc2' }).ok).toBe(true);
  });

  it.each<[string, Change, Change]>([
    ['the dialer has another acceptor', {}, withPeering(west, { peerId: 'x1' })],
    ['both accept', {}, withPeering(west, { dialer: false, peerId: '' })],
    ['none has a peering', lost, lost],
    ['Kubernetes manages one side', withPeering(east, { managed: true }), {}],
    ['Kubernetes manages the other side', {}, withPeering(west, { managed: true })],
    ['a side is being deleted', {}, withPeering(west, { state: 'DELETING' })],
    ['a token does not grant peering:write', { mayWrite: false }, {}],
    ['both are one cluster', {}, { trustDomain: 'a.consul' }],
  ])('is refused where %s', (__, one, other) => {
    expect(plan(planner, one, other).ok).toBe(false);
  });

  it.each<[string, Change, Change]>([
    ['the peering of the acceptor', withPeering(east, { id: 'e2' }), withPeering(west, { peerId: 'e2' })],
    ['the peering of the dialer', {}, withPeering(west, { id: 'w2' })],
    ['the address of a cluster', { address: 'https://other:8501' }, {}],
    ['the trust domain', {}, { trustDomain: 'c.consul' }],
  ])('holds no longer where this is another one: %s', (__, one, other) => {
    const [before, after] = [plan(planner), plan(planner, one, other)];
    if (!before.ok || !after.ok) throw new Error('refused');
    expect(after.value.digest).not.toBe(before.value.digest);
  });

  it('holds while a peering changes its state by itself', () => {
    const failing = plan(
      planner,
      withPeering(east, { state: 'FAILING' }),
      withPeering(west, { modifyIndex: 99 }),
    );
    expect(failing).toEqual(plan(planner));
  });
});

describe('a plan to disconnect', () => {
  it.each<[string, Change, Change, boolean]>([
    ['a TERMINATED one', lost, withPeering(west, { state: 'TERMINATED' }), true],
    ['a PENDING one', withPeering(east, { state: 'PENDING' }), lost, true],
    ['an ACTIVE one', withPeering(east, {}), lost, false],
    ['a FAILING one', lost, withPeering(west, { state: 'FAILING' }), false],
  ])('takes %s that has no other side: %#', (_, one, other, possible) => {
    expect(plan(planDisconnect, one, other).ok).toBe(possible);
  });

  it('takes the clusters in either order', () => {
    expect(planDisconnect(west, east, { peer: 'east', dialerPeer: 'west' }).ok).toBe(true);
  });
});

describe('a plan to renew', () => {
  it.each<[string, Change, Change]>([
    ['a side is missing', {}, lost],
    ['a side is TERMINATED', {}, withPeering(west, { state: 'TERMINATED' })],
  ])('is refused where %s', (_, one, other) => {
    expect(plan(planRenew, one, other).ok).toBe(false);
  });

  it('is refused where the acceptor dials', () => {
    expect(planRenew(west, east, { peer: 'east', dialerPeer: 'west' }).ok).toBe(false);
  });

  it('holds no longer once another token was generated', () => {
    const after = plan(planRenew, withPeering(east, { modifyIndex: 11 }));
    if (!after.ok) throw new Error(after.error);
    expect(after).not.toEqual(plan(planRenew));
  });
});
