import {
  exampleEntry,
  examplePeering,
  exampleServiceSeen,
  exampleSidecar,
  exampleUpstream,
  exampleExports,
} from '../../../src/checks/examples/parts';
import type { Sections, Snapshot } from '../../../src/snapshot/snapshot';
import { visible, check, hidden, partial, short, snapshotOf } from '../world';

type Some = Partial<Snapshot['sections']>;

const stream = (ImportedServices: readonly string[], ExportedServices: readonly string[] = []) => ({
  ImportedServices: [...ImportedServices],
  ExportedServices: [...ExportedServices],
});

const peers = (...list: readonly Parameters<typeof examplePeering>[0][]) =>
  visible({ enabled: true, list: list.map((over, n) => examplePeering({ ID: `id-${n}`, ...over })) });

const idle = peers({ StreamStatus: stream([]) });
const nothing: Some = {
  peerings: idle,
  exportedServices: visible([]),
  exportedHealth: visible([]),
  sidecars: visible([]),
};
const exporting = (...services: Parameters<typeof exampleExports>[0]): Some => ({
  exportedServices: visible([exampleExports(services)]),
});

/** `west` is configured here too, and there a proxy calls `api` at us. */
const farCaller = (service = 'api'): Some => {
  const far = snapshotOf({
    peerings: visible({
      enabled: true,
      list: [
        examplePeering({ Name: 'east', ID: 'far', PeerID: examplePeering().ID, StreamStatus: stream([]) }),
      ],
    }),
    sidecars: visible([
      exampleSidecar([exampleUpstream({ DestinationName: service, DestinationPeer: 'east' })], {
        service: 'shop-sidecar-proxy',
      }),
    ]),
  });
  return {
    peerings: visible({ enabled: true, list: [examplePeering({ StreamStatus: stream([]) })] }),
    otherSides: visible([{ peer: 'west', cluster: 'prod-west', snapshot: visible(far) }]),
  };
};

const codeOf = (result: ReturnType<typeof check>): string => result.findings[0]?.remediation[0]?.code ?? '';

describe('exported-services-defined', () => {
  const id = 'exported-services-defined';

  it('fails where an established peering neither imports nor exports', () => {
    const result = check(id, snapshotOf(nothing));
    expect(short(result)).toEqual(['fail', 'error peering west']);
    // `api` has a sidecar; gateways and proxies are no candidates.
    expect(codeOf(result)).toContain('Name = "api"');
  });

  it('keeps the other consumers and services of the entry', () => {
    const entry = exporting({ name: 'api', peers: ['lab'] }, { name: 'web', peers: ['lab'] });
    const peerings = peers({ StreamStatus: stream([]) }, { Name: 'lab', StreamStatus: stream([], ['api']) });
    const result = check(id, snapshotOf({ ...nothing, ...entry, peerings }));
    expect(short(result)).toEqual(['fail', 'error peering west']);
    const code = codeOf(result);
    expect(code.match(/Peer = "lab"/gu)).toHaveLength(2);
    expect(code).toContain('Peer = "west"');
  });

  it('fails where the other side has an upstream here, and exports what that calls', () => {
    const result = check(id, snapshotOf({ ...nothing, ...farCaller('orders') }));
    expect(short(result)).toEqual(['fail', 'error peering west']);
    expect(codeOf(result)).toContain('Name = "orders"');
  });

  it('fails for the other side that calls here also where this side imports from it', () => {
    const importing = peers({ ID: examplePeering().ID, StreamStatus: stream(['billing']) });
    const some = { ...nothing, ...farCaller(), peerings: importing };
    expect(short(check(id, snapshotOf(some)))).toEqual(['fail', 'error peering west']);
    const { otherSides: _, ...alone } = some;
    expect(short(check(id, snapshotOf(alone)))).toEqual(['skip']);
  });

  it('fails once for an entry whose consumers are all unknown', () => {
    const result = check(
      id,
      snapshotOf(exporting({ name: 'api', peers: ['wset'] }, { name: 'web', peers: ['lba'] })),
    );
    expect(short(result)).toEqual(['fail', 'error exported-services default']);
    expect(codeOf(result)).toContain('Peer = "west"');
  });

  it.each([
    ['by name', exporting({ name: 'api', peers: ['west'] })],
    ['by wildcard', exporting({ name: '*', peers: ['west'] })],
    [
      'by sameness group',
      {
        ...exporting({ name: 'api', group: 'pair' }),
        samenessGroups: visible([
          exampleEntry({
            Kind: 'sameness-group' as const,
            Name: 'pair',
            Members: [{ Partition: '', Peer: 'west' }],
          }),
        ]),
      },
    ],
  ])('passes where something is exported %s', (_, some) => {
    expect(short(check(id, snapshotOf({ ...some, peerings: idle, sidecars: visible([]) })))).toEqual([
      'pass',
    ]);
  });

  it('skips where the cluster only imports, and without peerings', () => {
    const none = { exportedServices: visible([]), exportedHealth: visible([]) };
    expect(
      short(check(id, snapshotOf({ ...none, peerings: peers({ StreamStatus: stream(['billing']) }) }))),
    ).toEqual(['skip']);
    // An upstream that names the peer makes it an importer, although nothing is imported so far.
    expect(short(check(id, snapshotOf({ ...none, peerings: idle })))).toEqual(['skip']);
    expect(short(check(id, snapshotOf({ ...nothing, peerings: peers() })))).toEqual(['skip']);
    expect(
      short(check(id, snapshotOf({ ...nothing, peerings: peers({ State: 'PENDING', StreamStatus: null }) }))),
    ).toEqual(['skip']);
  });

  it('does not know whether a peering is idle where sidecars are hidden', () => {
    expect(short(check(id, snapshotOf({ ...nothing, sidecars: hidden() })))).toEqual(['unknown']);
    expect(short(check(id, snapshotOf({ ...nothing, exportedServices: hidden() })))).toEqual(['unknown']);
  });

  it('offers to delete the peering where there is nothing to export', () => {
    const result = check(id, snapshotOf({ ...nothing, serviceNames: visible([{ name: 'consul' }]) }));
    expect(codeOf(result)).toContain('consul peering delete -name west');
  });

  it('narrows to one peer', () => {
    const peerings = peers({ StreamStatus: stream([]) }, { Name: 'lab', StreamStatus: stream(['x']) });
    const snapshot = snapshotOf({ ...nothing, peerings });
    expect(short(check(id, snapshot, { peer: 'west' }))).toEqual(['fail', 'error peering west']);
    expect(short(check(id, snapshot, { peer: 'lab' }))).toEqual(['skip']);
    const entry = exporting({ name: 'api', peers: ['west', 'wset'] });
    expect(short(check(id, snapshotOf({ ...entry, peerings }), { peer: 'lab' }))).toEqual(['skip']);
  });
});

describe('exported-services-peer-known', () => {
  const id = 'exported-services-peer-known';

  it('is an error where the unknown peer is the only consumer, else a warning', () => {
    expect(short(check(id, snapshotOf(exporting({ name: 'api', peers: ['wset'] }))))).toEqual([
      'fail',
      'error exported-services default → wset',
    ]);
    expect(short(check(id, snapshotOf(exporting({ name: 'api', peers: ['west', 'wset'] }))))).toEqual([
      'fail',
      'warning exported-services default → wset',
    ]);
  });

  it('tells each unknown name once, however many services are exported to it', () => {
    const services = Array.from({ length: 100 }, (_, n) => ({
      name: `s${n}`,
      peers: ['west', n % 2 ? 'wset' : 'moon'],
    }));
    const result = check(id, snapshotOf(exporting(...services)));
    expect(short(result)).toEqual([
      'fail',
      'warning exported-services default → moon',
      'warning exported-services default → wset',
    ]);
  });

  it('puts the nearest name in its place, once, and takes out what is near to none', () => {
    const renamed = codeOf(check(id, snapshotOf(exporting({ name: 'api', peers: ['wset', 'lab'] }))));
    expect([renamed.includes('"west"'), renamed.includes('"wset"'), renamed.includes('"lab"')]).toEqual([
      true,
      false,
      true,
    ]);
    const twice = codeOf(check(id, snapshotOf(exporting({ name: 'api', peers: ['west', 'wset'] }))));
    expect(twice.match(/"west"/gu)).toHaveLength(1);
    const gone = codeOf(check(id, snapshotOf(exporting({ name: 'api', peers: ['west', 'elsewhere'] }))));
    expect([gone.includes('"west"'), gone.includes('elsewhere')]).toEqual([true, false]);
  });

  it('follows sameness groups', () => {
    const samenessGroups = visible([
      exampleEntry({
        Kind: 'sameness-group' as const,
        Name: 'pair',
        Members: [
          { Partition: '', Peer: 'wset' },
          { Partition: 'default', Peer: '' },
        ],
      }),
    ]);
    const result = check(id, snapshotOf({ ...exporting({ name: 'api', group: 'pair' }), samenessGroups }));
    expect(short(result)).toEqual(['fail', 'warning exported-services default → wset']);
    expect(codeOf(result)).toContain('Kind = "sameness-group"');
  });

  it('skips without exports and without peerings, and does not know what is hidden', () => {
    expect(short(check(id, snapshotOf({ exportedServices: visible([]) })))).toEqual(['skip']);
    expect(short(check(id, snapshotOf({ peerings: peers() })))).toEqual(['skip']);
    expect(short(check(id, snapshotOf({ exportedServices: hidden() })))).toEqual(['unknown']);
    expect(short(check(id, snapshotOf({ peerings: hidden() })))).toEqual(['unknown']);
  });
});

const seenAs = (over: Parameters<typeof exampleServiceSeen>[0]): Some => ({
  exportedHealth: visible([exampleServiceSeen(over)]),
});

const bent: readonly (readonly [string, Some])[] = [
  [
    'router',
    { serviceRouters: visible([exampleEntry({ Kind: 'service-router' as const, Name: 'api', Routes: [] })]) },
  ],
  [
    'splitter',
    {
      serviceSplitters: visible([
        exampleEntry({ Kind: 'service-splitter' as const, Name: 'api', Splits: [] }),
      ]),
    },
  ],
  [
    'resolver',
    {
      serviceResolvers: visible([
        exampleEntry({ Kind: 'service-resolver' as const, Name: 'api', Redirect: null, Failover: {} }),
      ]),
    },
  ],
];

describe('exported-services-exist', () => {
  const id = 'exported-services-exist';
  const gone = { instances: 0, passing: 0, inMesh: 0 };

  it('warns of what is not registered and of what does not pass', () => {
    expect(short(check(id, snapshotOf(seenAs(gone))))).toEqual(['fail', 'warning service api']);
    expect(short(check(id, snapshotOf(seenAs({ passing: 0 }))))).toEqual(['fail', 'warning service api']);
    expect(short(check(id, snapshotOf(seenAs({ passing: 1 }))))).toEqual(['pass']);
  });

  it('offers the nearest registered name, and joins its consumers', () => {
    const entry = exporting({ name: 'apii', peers: ['west', 'lab'] }, { name: 'api', peers: ['west'] });
    const exportedHealth = visible([exampleServiceSeen(), exampleServiceSeen({ name: 'apii', ...gone })]);
    const code = codeOf(check(id, snapshotOf({ ...entry, exportedHealth })));
    expect([code.includes('apii'), code.match(/"west"/gu)?.length, code.match(/"lab"/gu)?.length]).toEqual([
      false,
      1,
      1,
    ]);
  });

  it('takes the case of names for what it is', () => {
    const both = exporting({ name: 'Api', peers: ['west'] }, { name: 'api', peers: ['west'] });
    const exportedHealth = visible([exampleServiceSeen({ name: 'Api', ...gone }), exampleServiceSeen()]);
    const result = check(id, snapshotOf({ ...both, exportedHealth }));
    expect(short(result)).toEqual(['fail', 'warning service Api']);
    expect([codeOf(result).includes('Api'), codeOf(result).match(/"api"/gu)?.length]).toEqual([false, 1]);
  });

  it.each(bent)('passes over the name of a %s', (_, some) => {
    expect(short(check(id, snapshotOf({ ...seenAs(gone), ...some })))).toEqual(['skip']);
  });

  it('only counts wildcards, and leaves consul to its own requirement', () => {
    const entry = exporting({ name: '*', peers: ['west'] }, { name: 'consul', peers: ['west'] });
    expect(short(check(id, snapshotOf({ ...entry, exportedHealth: visible([]) })))).toEqual(['skip']);
  });

  it('does not know what was not read', () => {
    expect(short(check(id, snapshotOf({ exportedHealth: hidden() })))).toEqual(['unknown']);
    expect(short(check(id, snapshotOf({ exportedHealth: partial([]) })))).toEqual(['unknown']);
    expect(short(check(id, snapshotOf({ exportedHealth: visible([]) })))).toEqual(['unknown']);
  });
});

describe('exported-services-in-mesh', () => {
  const id = 'exported-services-in-mesh';
  const outside = { inMesh: 0 };

  it('warns, as an export for DNS alone is legal', () => {
    expect(short(check(id, snapshotOf(seenAs(outside))))).toEqual(['fail', 'warning service api']);
  });

  it('is an error where the other side calls it', () => {
    expect(short(check(id, snapshotOf({ ...seenAs(outside), ...farCaller() })))).toEqual([
      'fail',
      'error service api',
    ]);
    const gone = { inMesh: 0, instances: 0, passing: 0 };
    expect(short(check(id, snapshotOf({ ...seenAs(gone), ...farCaller() })))).toEqual([
      'fail',
      'error service api',
    ]);
  });

  it('warns where all that stands for it in the mesh is down, unless the service itself is', () => {
    const downInMesh = {
      kind: 'connect-proxy',
      service: 'api-sidecar-proxy',
      id: 'api-sidecar-proxy',
      node: 'app-1',
      synthetic: false,
      failing: ['Connect Sidecar Listening'],
    };
    expect(short(check(id, snapshotOf(seenAs({ downInMesh }))))).toEqual(['fail', 'warning service api']);
    expect(short(check(id, snapshotOf(seenAs({ downInMesh, passing: 0 }))))).toEqual(['pass']);
    const onPod = check(id, snapshotOf(seenAs({ downInMesh: { ...downInMesh, synthetic: true } })));
    const offered = onPod.findings.flatMap(({ remediation }) => remediation.map(({ code }) => code));
    expect(offered.filter((code) => code.includes('connect envoy'))).toEqual([]);
  });

  it('leaves a name without instances to exported-services-exist', () => {
    expect(short(check(id, snapshotOf(seenAs({ inMesh: 0, instances: 0, passing: 0 }))))).toEqual(['pass']);
  });

  it('passes with a native instance or behind a terminating gateway', () => {
    expect(short(check(id, snapshotOf(seenAs({ inMesh: 0, native: 1 }))))).toEqual(['pass']);
    const terminatingGateways: { terminatingGateways: Snapshot['sections']['terminatingGateways'] } = {
      terminatingGateways: visible([
        exampleEntry({ Kind: 'terminating-gateway' as const, Name: 'out', Services: [{ Name: 'api' }] }),
      ] as Sections['terminatingGateways']),
    };
    expect(short(check(id, snapshotOf({ ...seenAs(outside), ...terminatingGateways })))).toEqual(['pass']);
  });

  it.each(bent)('passes where a %s stands for the name', (_, some) => {
    expect(short(check(id, snapshotOf({ ...seenAs(outside), ...some })))).toEqual(['pass']);
  });

  it('mentions members of wildcards without a sidecar of the usual name', () => {
    const some = {
      ...exporting({ name: '*', peers: ['west'] }),
      exportedHealth: visible([]),
      resolvedExports: visible(
        ['api', 'legacy'].map((Service) => ({ Service, Consumers: { Peers: ['west'], Partitions: [] } })),
      ),
    };
    expect(short(check(id, snapshotOf(some)))).toEqual(['pass', 'info exported-services default: *']);
    const members = check(id, snapshotOf(some)).findings[0]?.evidence.at(-1)?.value;
    expect(members).toEqual(['legacy']);
    expect(short(check(id, snapshotOf({ ...some, serviceNames: hidden() })))).toEqual(['skip']);
  });

  it('registers a sidecar for the instance that was seen', () => {
    const sample = { node: 'app-7', id: 'api-1', port: 9090 };
    const result = check(id, snapshotOf(seenAs({ ...outside, sample })));
    expect(codeOf(result)).toContain('destination_service_id = "api-1"');
    expect(codeOf(result)).toContain('local_service_port = 9090');
  });

  it('skips wildcards, and does not know what was not read', () => {
    expect(
      short(
        check(id, snapshotOf({ ...exporting({ name: '*', peers: ['west'] }), exportedHealth: visible([]) })),
      ),
    ).toEqual(['skip']);
    expect(short(check(id, snapshotOf({ exportedHealth: visible([]) })))).toEqual(['unknown']);
    expect(short(check(id, snapshotOf({ ...seenAs(outside), serviceRouters: hidden() })))).toEqual([
      'unknown',
    ]);
  });
});
