import {
  exampleEntry,
  examplePeering,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { healthySnapshot } from '../../../src/checks/examples/healthy';
import type { Upstream } from '../../../src/consul/wire';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { visible, check, hidden, partial, short, snapshotOf } from '../world';

type Some = Partial<Snapshot['sections']>;

const calling = (...upstreams: readonly Partial<Upstream>[]): Some => ({
  sidecars: visible([exampleSidecar(upstreams.map((upstream) => exampleUpstream(upstream)))]),
});

const stream = (ImportedServices: readonly string[]) => ({
  ImportedServices: [...ImportedServices],
  ExportedServices: ['api'],
  LastHeartbeat: '2026-11-23T14:03:20Z',
});

const peers = (...list: readonly Parameters<typeof examplePeering>[0][]) =>
  visible({ enabled: true, list: list.map((over, n) => examplePeering({ ID: `id-${n}`, ...over })) });

const world = (...some: readonly Some[]): Snapshot => snapshotOf(Object.assign({}, ...some) as Some);

const resolver = (Name: string, over: object) => ({
  serviceResolvers: visible([
    exampleEntry({ Kind: 'service-resolver' as const, Name, Redirect: null, Failover: {}, ...over }),
  ]),
});

const target = { Service: '', ServiceSubset: '', Peer: '', Datacenter: '', SamenessGroup: '' };
const noPeer = { DestinationPeer: '' };
const toBilling = 'upstream web-sidecar-proxy → billing';

describe('upstream-destination-name', () => {
  const id = 'upstream-destination-name';

  it('tells nameless upstreams apart by their place, and puts both right in one snippet', () => {
    const result = check(
      id,
      world(calling({ DestinationName: '' }, {}, { DestinationName: '', LocalBindPort: 9192 })),
    );
    expect(short(result)).toEqual([
      'fail',
      'error upstream web-sidecar-proxy → upstream 1',
      'error upstream web-sidecar-proxy → upstream 3',
    ]);
    for (const finding of result.findings) {
      expect(finding.remediation.find(({ language }) => language === 'hcl')?.code).not.toContain('9192');
    }
  });

  it('names the one service of the peer that is not called yet', () => {
    const [finding] = check(id, world(calling({ DestinationName: '' }))).findings;
    expect(finding?.remediation[0]?.code).toContain('destination_name = "billing"');
  });

  it('passes without sidecars, and skips without peerings', () => {
    expect(short(check(id, world({ sidecars: visible([]) })))).toEqual(['pass']);
    expect(short(check(id, world(calling({ DestinationName: '' }), { peerings: peers() })))).toEqual([
      'skip',
    ]);
  });

  it('reports what it sees where sidecars are hidden, and does not pass', () => {
    const named = (name: string) => ({
      sidecars: partial([exampleSidecar([exampleUpstream({ DestinationName: name })])]),
    });
    expect(short(check(id, world(named(''))))).toEqual([
      'fail',
      'error upstream web-sidecar-proxy → upstream 1',
    ]);
    expect(short(check(id, world(named('billing'))))).toEqual(['unknown']);
    expect(short(check(id, world({ sidecars: hidden() })))).toEqual(['unknown']);
  });
});

describe('upstream-destination-peer', () => {
  const id = 'upstream-destination-peer';
  const failing = ['fail', `error ${toBilling}`];

  it('fails where only a peer offers the service', () => {
    const result = check(id, world(calling(noPeer)));
    expect(short(result)).toEqual(failing);
    expect(result.findings[0]?.remediation.map(({ language }) => language)).toContain('yaml');
  });

  it('fails where the peer named does not exist, and offers the nearest', () => {
    const result = check(id, world(calling({ DestinationPeer: 'wets' })));
    expect(short(result)).toEqual(failing);
    expect(result.findings[0]?.remediation[0]?.code).toContain('"west"');
  });

  it('fails where a peer is named and there is no peering at all', () => {
    const result = check(id, world(calling({}), { peerings: peers() }));
    expect(short(result)).toEqual(failing);
    expect(result.findings[0]?.remediation.map(({ code }) => code).join('')).toContain(
      'consul peering establish',
    );
  });

  const offered: readonly (readonly [string, Some])[] = [
    ['a registered service', { serviceNames: visible([{ name: 'billing' }]) }],
    ['a resolver', resolver('billing', { Redirect: { ...target, Peer: 'west', Service: 'billing' } })],
    [
      'a resolver with failover to the peer',
      resolver('billing', {
        Failover: {
          '*': { Service: '', Datacenters: [], SamenessGroup: '', Targets: [{ ...target, Peer: 'west' }] },
        },
      }),
    ],
    ['a resolver with subsets alone', resolver('billing', { Subsets: { v1: {} } })],
    [
      'a router',
      {
        serviceRouters: visible([
          exampleEntry({ Kind: 'service-router' as const, Name: 'billing', Routes: [] }),
        ]),
      },
    ],
    [
      'a splitter',
      {
        serviceSplitters: visible([
          exampleEntry({ Kind: 'service-splitter' as const, Name: 'billing', Splits: [] }),
        ]),
      },
    ],
    [
      'a terminating gateway',
      {
        terminatingGateways: visible([
          exampleEntry({
            Kind: 'terminating-gateway' as const,
            Name: 'out',
            Services: [{ Name: 'billing' }],
          }),
        ]),
      },
    ],
    [
      'service-defaults with a destination',
      {
        serviceDefaults: visible([
          exampleEntry({
            Kind: 'service-defaults' as const,
            Name: 'billing',
            Protocol: 'tcp',
            Mode: '',
            Destination: { Addresses: ['x'], Port: 1 },
          }),
        ]),
      },
    ],
  ];
  it.each(offered)('passes where the service is offered here by %s', (_, some) => {
    expect(short(check(id, world(calling(noPeer), some)))).toEqual(['pass']);
  });

  it('does not take a protocol that is set for the service for an offer', () => {
    const serviceDefaults = visible([
      exampleEntry({ Kind: 'service-defaults' as const, Name: 'billing', Protocol: 'http', Mode: '' }),
    ]);
    expect(short(check(id, world(calling(noPeer), { serviceDefaults })))).toEqual(failing);
  });

  it.each([
    ['nobody offers it', { ...noPeer, DestinationName: 'nothing' }],
    [
      'it is in another datacenter, and no peer offers it',
      { ...noPeer, DestinationName: 'x', Datacenter: 'dc2' },
    ],
    ['it is in another partition', { ...noPeer, DestinationPartition: 'other' }],
    ['it is the wildcard of a transparent proxy', { ...noPeer, DestinationName: '*' }],
    ['it has no name', { ...noPeer, DestinationName: '' }],
  ])('says nothing where %s', (_, upstream) => {
    expect(short(check(id, world(calling(upstream))))).toEqual(['pass']);
  });

  it('says nothing where every service fails over to a sameness group with the peer', () => {
    const samenessGroups = visible([
      exampleEntry({
        Kind: 'sameness-group' as const,
        Name: 'pair',
        DefaultForFailover: true,
        Members: [{ Partition: '', Peer: 'west' }],
      }),
    ]);
    expect(short(check(id, world(calling(noPeer), { samenessGroups })))).toEqual(['pass']);
  });

  it('does not trust what a peering that has ended shows', () => {
    const ended = peers({ State: 'TERMINATED', StreamStatus: stream(['billing']) });
    expect(short(check(id, world(calling(noPeer), { peerings: ended })))).toEqual(['pass']);
  });

  it.each(['serviceNames', 'serviceResolvers', 'terminatingGateways'] as const)(
    'does not know without %s, where it would fail with them',
    (name) => {
      expect(short(check(id, world(calling(noPeer), { [name]: hidden() })))).toEqual(['unknown']);
    },
  );

  it('still reports a peer that does not exist where other things are hidden', () => {
    const upstreams = calling(noPeer, { DestinationPeer: 'wets', LocalBindPort: 9192 });
    expect(short(check(id, world(upstreams, { serviceNames: hidden() })))).toEqual(failing);
  });

  it('warns of a redirect to a peer that does not exist, where no upstream is led there', () => {
    const redirect = resolver('ledger', { Redirect: { ...target, Peer: 'wets', Service: 'billing' } });
    expect(short(check(id, world({ sidecars: visible([]) }, redirect)))).toEqual([
      'fail',
      'warning service-resolver ledger',
    ]);
  });

  const far = { ...noPeer, Datacenter: 'west' };

  it('fails where a datacenter is named that is not federated, and a peer offers the service', () => {
    const result = check(id, world(calling(far)));
    expect(short(result)).toEqual(failing);
    const [code = ''] = result.findings.flatMap(({ remediation }) => remediation.map((one) => one.code));
    expect([code.includes('destination_peer = "west"'), /datacenter/u.test(code)]).toEqual([true, false]);
  });

  it('says nothing of a datacenter that is federated, and does not know where that was not read', () => {
    expect(short(check(id, world(calling(far), { datacenters: visible(['dc1', 'west']) })))).toEqual([
      'pass',
    ]);
    expect(short(check(id, world(calling(far), { datacenters: hidden() })))).toEqual(['unknown']);
    expect(short(check(id, world(calling({}), { datacenters: hidden() })))).toEqual(['pass']);
  });

  it('reports a redirect to a peer that does not exist, at its resolver', () => {
    const redirect = resolver('ledger', { Redirect: { ...target, Peer: 'wets', Service: 'billing' } });
    const result = check(id, world(calling({ ...noPeer, DestinationName: 'ledger' }), redirect));
    expect(short(result)).toEqual(['fail', 'error service-resolver ledger']);
    expect(result.findings[0]?.remediation[0]?.code).toContain('Peer = "west"');
  });

  it('gives one finding for the instances of a proxy, and a snippet for each node', () => {
    const on = (node: string) => exampleSidecar([exampleUpstream(noPeer)], { node });
    const result = check(id, world({ sidecars: visible([on('app-1'), on('app-2')]) }));
    expect(short(result)).toEqual(failing);
    const titles = result.findings[0]?.remediation.map(({ title }) => title).join() ?? '';
    expect([titles.includes('app-1'), titles.includes('app-2')]).toEqual([true, true]);
  });

  it('writes snippets for two upstreams of a sidecar that do not undo each other', () => {
    const peerings = peers({ StreamStatus: stream(['billing', 'ledger']) });
    const upstreams = calling(noPeer, { ...noPeer, DestinationName: 'ledger', LocalBindPort: 9192 });
    const { findings } = check(id, world(upstreams, { peerings }));
    expect(findings).toHaveLength(2);
    for (const { remediation } of findings) {
      expect(remediation[0]?.code.match(/destination_peer = "west"/gu)).toHaveLength(2);
    }
  });

  it('takes an upstream out that would become equal to another', () => {
    const { findings } = check(id, world(calling({}, { ...noPeer, LocalBindPort: 9192 })));
    expect(findings[0]?.remediation[0]?.code).not.toContain('9192');
  });

  it('offers each peer that has the service', () => {
    const peerings = peers(
      { StreamStatus: stream(['billing']) },
      { Name: 'lab', StreamStatus: stream(['billing']) },
    );
    const [finding] = check(id, world(calling(noPeer), { peerings })).findings;
    const code = finding?.remediation.map((one) => one.code).join('') ?? '';
    expect([code.includes('"west"'), code.includes('"lab"')]).toEqual([true, true]);
  });

  it('narrows to one peer', () => {
    const peerings = peers({}, { Name: 'lab', StreamStatus: stream([]) });
    const snapshot = world(calling(noPeer), { peerings });
    expect(short(check(id, snapshot, { peer: 'west' }))).toEqual(failing);
    expect(short(check(id, snapshot, { peer: 'lab' }))).toEqual(['pass']);
  });
});

describe('upstream-destination-namespace', () => {
  const id = 'upstream-destination-namespace';
  const enterprise = (...some: readonly Some[]): Snapshot => ({
    ...snapshotOf(
      Object.assign({ peerings: peers({ StreamStatus: stream(['finance/billing']) }) }, ...some) as Some,
    ),
    cluster: { ...healthySnapshot.cluster, enterprise: true },
  });

  it('fails where the peer offers the service in another namespace only', () => {
    const result = check(id, enterprise(calling({})));
    expect(short(result)).toEqual(['fail', `error ${toBilling}`]);
    expect(result.findings[0]?.remediation[0]?.code).toContain('destination_namespace = "finance"');
  });

  it('fails where this cluster has it in another namespace only', () => {
    const serviceNames = visible([{ name: 'ledger', namespace: 'finance' }]);
    const result = check(id, enterprise(calling({ ...noPeer, DestinationName: 'ledger' }), { serviceNames }));
    expect(short(result)).toEqual(['fail', 'error upstream web-sidecar-proxy → ledger']);
  });

  it('passes where the namespace is named, or is that of the sidecar', () => {
    expect(short(check(id, enterprise(calling({ DestinationNamespace: 'finance' }))))).toEqual(['pass']);
    const inFinance = visible([exampleSidecar([exampleUpstream()], { namespace: 'finance' })]);
    expect(short(check(id, enterprise({ sidecars: inFinance })))).toEqual(['pass']);
  });

  it('mentions one that is not needed', () => {
    const result = check(id, enterprise(calling({ DestinationNamespace: 'default', DestinationName: 'x' })));
    expect(short(result)).toEqual(['pass', 'info upstream web-sidecar-proxy → x']);
  });

  it('skips on Consul CE', () => {
    expect(short(check(id, world(calling({}))))).toEqual(['skip']);
  });

  it('does not know what a hidden catalog has', () => {
    const withoutNames = { serviceNames: hidden() };
    expect(
      short(check(id, enterprise(calling({ ...noPeer, DestinationName: 'ledger' }), withoutNames))),
    ).toEqual(['unknown']);
  });
});

describe('upstream-imported', () => {
  const id = 'upstream-imported';

  it('fails where the peer does not export it, and offers the nearest name', () => {
    const result = check(id, world(calling({ DestinationName: 'biling' })));
    expect(short(result)).toEqual(['fail', 'error upstream web-sidecar-proxy → biling']);
    expect(result.findings[0]?.remediation[0]?.code).toContain('destination_name = "billing"');
  });

  it('does not offer a name that the sidecar calls already', () => {
    const { findings } = check(id, world(calling({}, { DestinationName: 'biling', LocalBindPort: 9192 })));
    expect(findings[0]?.remediation.map(({ title }) => title)).toEqual([
      expect.stringContaining('other side'),
    ]);
  });

  it('follows a redirect to what the peer does not export', () => {
    const redirect = resolver('ledger', { Redirect: { ...target, Peer: 'west', Service: 'books' } });
    expect(short(check(id, world(calling({ ...noPeer, DestinationName: 'ledger' }), redirect)))).toEqual([
      'fail',
      'error upstream web-sidecar-proxy → ledger',
    ]);
  });

  it('leaves failover targets to their own requirement', () => {
    const failover = resolver('web', {
      Failover: {
        '*': { Service: '', Datacenters: [], SamenessGroup: '', Targets: [{ ...target, Peer: 'west' }] },
      },
    });
    expect(short(check(id, world(calling({ ...noPeer, DestinationName: 'web' }), failover)))).toEqual([
      'skip',
    ]);
  });

  it.each(['TERMINATED', 'FAILING', 'PENDING'])(
    'skips where the peering is %s: its list may be stale',
    (State) => {
      expect(
        short(check(id, world(calling({ DestinationName: 'x' }), { peerings: peers({ State }) }))),
      ).toEqual(['skip']);
    },
  );

  it('compares namespaces too', () => {
    const peerings = peers({ StreamStatus: stream(['finance/billing']) });
    expect(short(check(id, world(calling({}), { peerings })))).toEqual(['fail', `error ${toBilling}`]);
    expect(short(check(id, world(calling({ DestinationNamespace: 'finance' }), { peerings })))).toEqual([
      'pass',
    ]);
  });

  it('skips where no upstream leads to a peer, and does not know where sidecars are hidden', () => {
    expect(short(check(id, world({ sidecars: visible([]) })))).toEqual(['skip']);
    expect(short(check(id, world({ sidecars: hidden() })))).toEqual(['unknown']);
    expect(short(check(id, world({ sidecars: partial([]) })))).toEqual(['unknown']);
  });

  it('shows a long list of imports in part', () => {
    const names = Array.from({ length: 500 }, (_, n) => `service-${n}`);
    const peerings = peers({ StreamStatus: stream(names) });
    const { findings } = check(id, world(calling({ DestinationName: 'x' }), { peerings }));
    const value = findings[0]?.evidence.find(({ path }) => path === 'StreamStatus.ImportedServices')?.value;
    expect((value as readonly unknown[]).length).toBeLessThan(30);
  });
});
