import {
  type ClusterFacts,
  type PeeringFact,
  planConnect,
  planToken,
} from '../../../../src/features/approvals/plans/plan';

const east: ClusterFacts = {
  name: 'prod-east',
  address: 'https://east:8501',
  datacenter: 'dc1',
  partition: 'default',
  trustDomain: 'a.consul',
  peeringEnabled: true,
  mayWrite: true,
  peering: null,
};
const west: ClusterFacts = {
  ...east,
  name: 'prod-west',
  address: 'https://west:8501',
  trustDomain: 'b.consul',
};
const peering = (state: string, given: Partial<PeeringFact> = {}): PeeringFact => ({
  id: 'p1',
  state,
  dialer: false,
  madeBy: null,
  modifyIndex: 10,
  peerId: '',
  managed: false,
  ...given,
});
const token = (facts: Partial<ClusterFacts>, replace = false, peer = 'west'): ReturnType<typeof planToken> =>
  planToken({ ...east, ...facts }, { peer, replace });

describe('a plan for a token', () => {
  it.each([
    ['no peering yet', {}, false],
    ['a PENDING one', { peering: peering('PENDING') }, false],
    ['an ACTIVE one, said to be replaced', { peering: peering('ACTIVE') }, true],
  ])('is possible with %s', (_, facts, replace) => {
    expect(token(facts, replace).ok).toBe(true);
  });

  it.each([
    ['an ACTIVE one', { peering: peering('ACTIVE') }, false],
    ['a FAILING one', { peering: peering('FAILING') }, false],
    ['one that it dials', { peering: peering('PENDING', { dialer: true }) }, true],
    ['a TERMINATED one', { peering: peering('TERMINATED') }, true],
    ['peering disabled', { peeringEnabled: false }, false],
    ['no peering:write', { mayWrite: false }, false],
  ])('is refused with %s', (_, facts, replace) => {
    expect(token(facts, replace).ok).toBe(false);
  });

  it.each(['', 'West', '-west', 'west-', 'a'.repeat(64), 'we st', '<!channel>', 'token', 'establish'])(
    'is refused for the name %p',
    (name) => {
      expect(token({}, false, name).ok).toBe(false);
    },
  );
});

describe('a plan to connect', () => {
  const connect = (a: Partial<ClusterFacts>, d: Partial<ClusterFacts>): boolean =>
    planConnect({ ...east, ...a }, { ...west, ...d }, { peer: 'west', dialerPeer: 'east' }).ok;

  it('is possible with nothing there, or with an unused token', () => {
    expect(connect({}, {})).toBe(true);
    expect(connect({ peering: peering('PENDING') }, {})).toBe(true);
  });

  it('is possible between datacenters of one federation, which share a trust domain', () => {
    expect(connect({}, { trustDomain: east.trustDomain, datacenter: 'dc2' })).toBe(true);
  });

  it('is possible between partitions of one cluster', () => {
    const { address, trustDomain } = east;
    expect(connect({}, { address, trustDomain, partition: 'ap1' })).toBe(true);
  });

  it.each([
    ['the dialer has the name', {}, { peering: peering('PENDING', { dialer: true }) }],
    ['the acceptor is ACTIVE', { peering: peering('ACTIVE') }, {}],
    ['the acceptor dials that name', { peering: peering('PENDING', { dialer: true }) }, {}],
    ['they have one address', {}, { address: east.address }],
    ['they are one datacenter of one trust domain', {}, { trustDomain: east.trustDomain }],
    ['the case of its name differs', {}, { trustDomain: east.trustDomain, datacenter: 'DC1' }],
    [
      'the datacenter of one in the trust domain is not known',
      { datacenter: '' },
      { trustDomain: east.trustDomain, datacenter: 'dc2' },
    ],
    ['another datacenter answers', { answeringDatacenter: 'dc2' }, {}],
    ['the dialer may not write', {}, { mayWrite: false }],
  ])('is refused where %s', (_, a, d) => {
    expect(connect(a, d)).toBe(false);
  });
});

describe('the names of a connect', () => {
  it.each([
    ['token', 'east'],
    ['west', 'establish'],
  ])('are refused where one could never be read again: %s, %s', (peer, dialerPeer) => {
    expect(planConnect(east, west, { peer, dialerPeer }).ok).toBe(false);
  });
});

describe('the digest', () => {
  const digest = (facts: Partial<ClusterFacts>, replace = true): string => {
    const plan = token(facts, replace);
    return plan.ok ? plan.value.digest : 'refused';
  };

  it.each([
    ['address', { address: 'https://other:8501' }],
    ['datacenter', { datacenter: 'dc2' }],
    ['partition', { partition: 'ap1' }],
    ['trust domain', { trustDomain: 'c.consul' }],
    ['peering', { peering: peering('PENDING') }],
    ['state of the peering', { peering: peering('ACTIVE') }],
  ])('changes with the %s', (_, facts) => {
    expect(digest(facts)).not.toBe(digest({}));
  });

  it('changes with the id of the peering, and who made it', () => {
    const before = digest({ peering: peering('ACTIVE') });
    expect(digest({ peering: peering('ACTIVE', { id: 'p2' }) })).not.toBe(before);
    expect(digest({ peering: peering('ACTIVE', { madeBy: 'r1' }) })).not.toBe(before);
  });

  it('changes with what is asked for, and with the planned change', () => {
    const of = (peer: string, replace: boolean): unknown => token({}, replace, peer);
    expect(of('west', true)).not.toEqual(of('west', false));
    expect(of('west', false)).not.toEqual(of('north', false));
  });

  it.each([
    ['address', { address: 'https://other:8501' }],
    ['datacenter', { datacenter: 'dc2' }],
    ['partition', { partition: 'ap1' }],
    ['trust domain', { trustDomain: 'c.consul' }],
  ])('of a connect changes with the %s of either side', (_, facts) => {
    const of = (a: object, d: object): string => {
      const names = { peer: 'west', dialerPeer: 'east' };
      const plan = planConnect({ ...east, ...a }, { ...west, ...d }, names);
      return plan.ok ? plan.value.digest : 'refused';
    };
    expect(new Set([of({}, {}), of(facts, {}), of({}, facts)]).size).toBe(3);
  });

  it('changes when another token was generated for a PENDING peering', () => {
    const before = digest({ peering: peering('PENDING') });
    expect(digest({ peering: peering('PENDING', { modifyIndex: 11 }) })).not.toBe(before);
  });

  it('changes when another token was generated for an ACTIVE peering', () => {
    expect(digest({ peering: peering('ACTIVE', { modifyIndex: 11 }) })).not.toBe(
      digest({ peering: peering('ACTIVE') }),
    );
  });
});
