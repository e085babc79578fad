import type { Upstream } from '../../../src/consul/wire';
import { exampleEntry, exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import { calling, failingOver, peers, resolver, samenessGroup, stream, target } from '../changes';
import { checkTable, type Changes, codesOf, firstCode, resultFor, type Row } from '../check-table';
import { hidden, partial } from '../world';

const id = 'upstream-destination-peer';
const noPeer = { DestinationPeer: '' };
const failed = ['error', 'upstream web-sidecar-proxy → billing'] as const;

const here = (...changes: readonly Changes[]): Changes =>
  Object.assign(calling(noPeer), ...changes) as Changes;

const defaults = (more: object): Changes => ({
  serviceDefaults: [
    exampleEntry({
      Kind: 'service-defaults' as const,
      Name: 'billing',
      Protocol: 'http',
      Mode: '',
      ...more,
    }),
  ],
});

/** Ways in which this cluster offers `billing` itself. */
const offered: readonly (readonly [string, Changes])[] = [
  ['a registered service', { serviceNames: [{ name: 'billing' }] }],
  ['a resolver', resolver('billing', { Redirect: target({ Peer: 'west', Service: 'billing' }) })],
  ['a resolver with failover to the peer', failingOver('billing', { Peer: 'west' })],
  [
    'a terminating gateway',
    {
      terminatingGateways: [
        exampleEntry({
          Kind: 'terminating-gateway' as const,
          Name: 'out',
          Services: [{ Name: 'billing' }],
        }),
      ],
    },
  ],
  ['service-defaults with a destination', defaults({ Destination: { Addresses: ['x'], Port: 1 } })],
];

/** `ledger` redirects to a peer that does not exist. */
const toWets = resolver('ledger', { Redirect: target({ Peer: 'wets', Service: 'billing' }) });
const toLedger = calling({ ...noPeer, DestinationName: 'ledger' });

/** Upstreams that name a datacenter. */
const inWest = calling({ ...noPeer, Datacenter: 'west' });

const twoPeers = peers({}, { Name: 'lab', ...stream(['billing']) });

checkTable(id, [
  ['the peer is named', {}, 'pass'],
  ['the peer is named in another case', calling({ DestinationPeer: 'West' }), 'pass'],
  [
    'no peer is named, and a resolver here has subsets alone',
    here(resolver('billing', { Subsets: { v1: {} } })),
    'fail',
    failed,
  ],
  [
    'a redirect to the peer, in an upstream to a datacenter that does not exist',
    {
      ...calling({ ...noPeer, Datacenter: 'nodc' }),
      ...resolver('billing', { Redirect: target({ Peer: 'west', Service: 'billing' }) }),
    },
    'pass',
  ],
  [
    'a redirect to a peer written in another case',
    {
      ...calling({ ...noPeer, DestinationName: 'ledger' }),
      ...resolver('ledger', { Redirect: target({ Peer: 'West', Service: 'billing' }) }),
    },
    'pass',
  ],
  ['no peer is named, and only a peer offers the service', here(), 'fail', failed],
  ['the named peer does not exist', calling({ DestinationPeer: 'wets' }), 'fail', failed],
  ['the second of two peers is named', { ...calling({ DestinationPeer: 'lab' }), ...twoPeers }, 'pass'],
  ['the peer is named in other case', { ...calling({ DestinationPeer: 'LAB' }), ...twoPeers }, 'pass'],
  [
    'only the second upstream names a peer, and there is no peering at all',
    { ...calling({ ...noPeer, DestinationName: 'x' }, {}), ...peers() },
    'fail',
    failed,
  ],
  [
    'a redirect names the second of two peers, in other case',
    { ...twoPeers, ...resolver('ledger', { Redirect: target({ Peer: 'LAB', Service: 'billing' }) }) },
    'pass',
  ],
  [
    'two of three redirects that no upstream uses name peers that do not exist',
    {
      serviceResolvers: [
        ['books', 'west'],
        ['ledger', 'wets'],
        ['stock', 'moon'],
      ].flatMap(
        ([name = '', Peer = '']) =>
          resolver(name, { Redirect: target({ Peer, Service: 'billing' }) }).serviceResolvers as [],
      ),
    },
    'fail',
    ['warning', 'service-resolver ledger'],
    ['warning', 'service-resolver stock'],
  ],
  [
    'only the second upstream uses a redirect to a peer that does not exist',
    { ...calling({}, { ...noPeer, DestinationName: 'ledger' }), ...toWets },
    'fail',
    ['error', 'service-resolver ledger'],
  ],
  ['a peer is named, and there is no peering at all', { ...calling({}), ...peers() }, 'fail', failed],
  [
    'two of three upstreams name no peer',
    {
      ...calling(noPeer, { DestinationName: 'stock' }, { ...noPeer, DestinationName: 'books' }),
      ...peers(stream(['billing', 'stock', 'books'])),
    },
    'fail',
    failed,
    ['error', 'upstream web-sidecar-proxy → books'],
  ],
  [
    'two of three upstreams name peers that do not exist',
    calling(
      { DestinationPeer: 'wets' },
      { DestinationName: 'stock' },
      { DestinationName: 'books', DestinationPeer: 'lab' },
    ),
    'fail',
    failed,
    ['error', 'upstream web-sidecar-proxy → books'],
  ],
  [
    'two instances of a proxy name no peer: one finding',
    {
      sidecars: ['app-1', 'app-2'].map((node) => exampleSidecar([exampleUpstream(noPeer)], { node })),
    },
    'fail',
    failed,
  ],
  [
    'the second of two peers offers the service',
    here(peers(stream([]), { Name: 'lab', ...stream(['billing']) })),
    'fail',
    failed,
  ],
  ...offered.map(([what, changes]): Row => [`${what} offers it here`, here(changes), 'pass']),
  ['service-defaults only set its protocol', here(defaults({})), 'fail', failed],
  ['nobody offers it', here(calling({ ...noPeer, DestinationName: 'nothing' })), 'pass'],
  [
    'it is in another datacenter, and no peer offers it',
    calling({ ...noPeer, DestinationName: 'x', Datacenter: 'dc2' }),
    'pass',
  ],
  ['it is in another partition', calling({ ...noPeer, DestinationPartition: 'other' }), 'pass'],
  ['it is the wildcard of a transparent proxy', calling({ ...noPeer, DestinationName: '*' }), 'pass'],
  ['it has no name', calling({ ...noPeer, DestinationName: '' }), 'pass'],
  ['it is a prepared query', calling({ ...noPeer, DestinationType: 'prepared_query' }), 'pass'],
  [
    'every service fails over to a sameness group with the peer',
    here(samenessGroup('pair', [{ Peer: 'west' }], { DefaultForFailover: true })),
    'pass',
  ],
  [
    'the peering that lists it has ended',
    here(peers({ State: 'TERMINATED', ...stream(['billing']) })),
    'pass',
  ],
  ['no peer is named, and there is no peering', here(peers()), 'skip'],
  ['there are no upstreams, and there is no peering', { sidecars: [], ...peers() }, 'skip'],
  ...(
    [
      'serviceNames',
      'serviceDefaults',
      'serviceResolvers',
      'serviceRouters',
      'serviceSplitters',
      'terminatingGateways',
    ] as const
  ).map((name): Row => [`${name} are not visible`, here({ [name]: hidden() }), 'unknown']),
  [
    'service names are not visible, and a named peer does not exist',
    { ...calling(noPeer, { DestinationPeer: 'wets', LocalBindPort: 9192 }), serviceNames: hidden() },
    'fail',
    failed,
  ],
  ['service names are not visible, and every upstream names its peer', { serviceNames: hidden() }, 'pass'],
  ['sidecars are not visible', { sidecars: hidden() }, 'unknown'],
  [
    'some sidecars are not visible, and a visible one names no peer',
    { sidecars: partial([exampleSidecar([exampleUpstream(noPeer)])]) },
    'fail',
    failed,
  ],
  [
    'some sidecars are not visible, and the visible one names its peer',
    { sidecars: partial([exampleSidecar()]) },
    'unknown',
  ],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  [
    'a redirect that no upstream uses names a peer that does not exist',
    { ...toWets, sidecars: [] },
    'fail',
    ['warning', 'service-resolver ledger'],
  ],
  [
    'a redirect of an upstream names a peer that does not exist',
    { ...toWets, ...toLedger },
    'fail',
    ['error', 'service-resolver ledger'],
  ],
  [
    'a redirect that no upstream uses names a peer that does not exist, beside another redirect',
    {
      ...calling({ ...noPeer, DestinationName: 'books' }),
      serviceResolvers: [
        ...(toWets.serviceResolvers as []),
        ...(resolver('books', { Redirect: target({ Peer: 'west', Service: 'billing' }) })
          .serviceResolvers as []),
      ],
    },
    'fail',
    ['warning', 'service-resolver ledger'],
  ],
  ['a datacenter is named that is not federated, and a peer offers it', inWest, 'fail', failed],
  [
    'the datacenter is this one, and a peer offers it',
    calling({ ...noPeer, Datacenter: 'dc1' }),
    'fail',
    failed,
  ],
  ['the datacenter is federated', { ...inWest, datacenters: ['dc1', 'west'] }, 'pass'],
  ['a datacenter is named, and datacenters are not visible', { ...inWest, datacenters: hidden() }, 'unknown'],
  ['no datacenter is named, and datacenters are not visible', { datacenters: hidden() }, 'pass'],
  [
    'the requested peer offers it',
    { ...here(peers({}, { Name: 'lab', ...stream([]) })), onlyPeer: 'west' },
    'fail',
    failed,
  ],
  [
    'another peer than the requested one offers it',
    { ...here(peers({}, { Name: 'lab', ...stream([]) })), onlyPeer: 'lab' },
    'pass',
  ],
]);

describe('the fix', () => {
  const remediation = (changes: Changes) => resultFor(id, changes).findings[0]?.remediation ?? [];

  it('has an annotation for Kubernetes', () => {
    expect(remediation(here()).map(({ language }) => language)).toContain('yaml');
  });

  it('names the nearest peer, or establishes the peering', () => {
    expect(remediation(calling({ DestinationPeer: 'wets' }))[0]?.code).toContain('"west"');
    expect(codesOf(resultFor(id, { ...calling({}), ...peers() })).join('')).toContain(
      'consul peering establish',
    );
    expect(firstCode(resultFor(id, calling({ DestinationPeer: 'elsewhere', DestinationName: 'x' })))).toBe(
      '',
    );
    expect(firstCode(resultFor(id, { ...calling({}), ...peers() }))).toContain('generate-token');
  });

  it('names the peer instead of the datacenter', () => {
    const [code = ''] = codesOf(resultFor(id, inWest));
    expect([code.includes('destination_peer = "west"'), /datacenter/u.test(code)]).toEqual([true, false]);
  });

  it('names the peer that is called like the datacenter first', () => {
    const lab = { Name: 'lab', ...stream(['billing']) };
    const [code = ''] = codesOf(resultFor(id, { ...inWest, ...peers(lab, {}) }));
    expect(code).toContain('destination_peer = "west"');
  });

  it('corrects the redirect at its resolver', () => {
    expect(firstCode(resultFor(id, { ...toWets, ...toLedger }))).toContain('Peer = "west"');
    const far = resolver('ledger', { Redirect: target({ Peer: 'elsewhere', Service: 'billing' }) });
    expect(firstCode(resultFor(id, { ...far, ...toLedger }))).toContain('Peer = "west"');
    expect(codesOf(resultFor(id, { ...far, ...toLedger })).join('')).not.toContain('generate-token');
  });

  it('has a snippet for each node', () => {
    const on = (node: string) => exampleSidecar([exampleUpstream(noPeer)], { node });
    const titles = remediation({ sidecars: [on('app-1'), on('app-2')] })
      .map(({ title }) => title)
      .join();
    expect([titles.includes('app-1'), titles.includes('app-2')]).toEqual([true, true]);
  });

  it('has snippets for two upstreams of a sidecar that do not undo each other', () => {
    const changes: Changes = {
      ...calling(noPeer, { ...noPeer, DestinationName: 'ledger', LocalBindPort: 9192 }),
      ...peers(stream(['billing', 'ledger'])),
    };
    const { findings } = resultFor(id, changes);
    expect(findings).toHaveLength(2);
    for (const {
      remediation: [first],
    } of findings) {
      expect(first?.code.match(/destination_peer = "west"/gu)).toHaveLength(2);
    }
  });

  describe('for an upstream that would become equal to another', () => {
    const second = (changes: Partial<Upstream>) => calling({}, { ...noPeer, ...changes });
    const shells = (changes: Changes) =>
      remediation(changes)
        .filter(({ language }) => language === 'shell')
        .map(({ code }) => code);

    it('keeps its address, under a second name that a resolver redirects to the peer', () => {
      const [resolver = '', sidecar = ''] = shells(second({ LocalBindPort: 9192 }));
      const name = /^Name = "(.+)"$/mu.exec(resolver)?.[1] ?? '';
      expect(resolver).toMatch(/^Kind = "service-resolver"$/mu);
      expect(resolver).toMatch(/Service = "billing"\s+Peer = "west"/u);
      expect(name).not.toBe('billing');
      expect(sidecar.replaceAll(/[\s"\\]/gu, '')).toContain(`DestinationName=${name}`);
      expect(codesOf(resultFor(id, second({ LocalBindPort: 9192 }))).join('')).toContain(
        `destination_name = "${name}"`,
      );
    });

    it('removes it if it has no address of its own', () => {
      const changes = second({ LocalBindPort: 0 });
      expect(codesOf(resultFor(id, changes)).join('')).not.toContain('service-resolver');
    });

    it('writes the resolver where the sidecar looks the name up', () => {
      const upstreams = [{}, { ...noPeer, LocalBindPort: 9192 }].map(exampleUpstream);
      const sidecars = [exampleSidecar(upstreams, { namespace: 'shop', partition: 'edge' })];
      const imported = peers(stream(['shop/billing']));
      const [resolver = ''] = shells({
        cluster: { enterprise: true, partition: 'edge' },
        serviceNames: [{ name: 'web', namespace: 'shop' }],
        sidecars,
        ...imported,
      });
      expect(resolver).toContain('-partition edge -namespace shop');
      expect(resolver).toMatch(/Partition = "edge"\nNamespace = "shop"/u);
    });
  });

  it('offers each peer that has the service', () => {
    const two = peers(stream(['billing']), { Name: 'lab', ...stream(['billing']) });
    const code = codesOf(resultFor(id, here(two))).join('');
    expect([code.includes('"west"'), code.includes('"lab"')]).toEqual([true, true]);
  });
});

it('pastes no new token for a peer that is nobody, while another peer offers the service', () => {
  const nobody = target({ Peer: 'azure-default', Service: 'billing' });
  const result = resultFor(id, { ...toLedger, ...resolver('ledger', { Redirect: nobody }) });
  expect(firstCode(result)).toMatch(/Peer *= "west"/u);
  expect(codesOf(result).join('\n')).not.toMatch(/peering (?:generate-token|establish|delete)/u);
});
