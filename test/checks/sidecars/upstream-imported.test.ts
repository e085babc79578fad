import {
  exampleImportedService,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { changeSnapshot } from '../../../src/checks/examples/healthy';
import {
  calling,
  expandedExports,
  exporting,
  failingOver,
  peers,
  resolver,
  stream,
  target,
  withWest,
} from '../changes';
import { checkTable, type Changes, codesOf, firstCode, resultFor, type Row } from '../check-table';
import { hidden, partial, visible } from '../world';

const id = 'upstream-imported';
const noPeer = { DestinationPeer: '' };
const toBilling = ['error', 'upstream web-sidecar-proxy → billing'] as const;
const toBiling = ['error', 'upstream web-sidecar-proxy → biling'] as const;
const toLedger = ['error', 'upstream web-sidecar-proxy → ledger'] as const;
const ledger = { ...noPeer, DestinationName: 'ledger' };

const imported = (...changes: readonly Parameters<typeof exampleImportedService>[0][]): Changes => ({
  importedServices: changes.map((one) => exampleImportedService(one)),
});

checkTable(id, [
  ['the peer exports it, with instances', {}, 'pass'],
  ['the peer does not export it', calling({ DestinationName: 'biling' }), 'fail', toBiling],
  [
    'the peer does not export two of three',
    calling({ DestinationName: 'biling' }, {}, { DestinationName: 'x' }),
    'fail',
    toBiling,
    ['error', 'upstream web-sidecar-proxy → x'],
  ],
  [
    'the second of two peers does not export it',
    {
      ...calling({}, { DestinationPeer: 'lab' }),
      ...peers(stream(['billing']), { Name: 'lab', ...stream([]) }),
    },
    'fail',
    toBilling,
  ],
  [
    'a redirect resolves to what the peer does not export',
    { ...calling(ledger), ...resolver('ledger', { Redirect: target({ Peer: 'west', Service: 'books' }) }) },
    'fail',
    toLedger,
  ],
  [
    'a redirect resolves to what the peer exports',
    { ...calling(ledger), ...resolver('ledger', { Redirect: target({ Peer: 'west', Service: 'billing' }) }) },
    'pass',
  ],
  [
    'only a failover resolves to what the peer does not export',
    { ...calling({ ...noPeer, DestinationName: 'web' }), ...failingOver('web', { Peer: 'west' }) },
    'skip',
  ],
  ['the upstream has no name', calling({ DestinationName: '' }), 'skip'],
  ...['TERMINATED', 'FAILING', 'PENDING'].map(
    (State): Row => [
      `the peering is ${State}: its list may be stale`,
      { ...calling({ DestinationName: 'x' }), ...peers({ State }) },
      'skip',
    ],
  ),
  [
    'one of two peerings is TERMINATED, and the other does not export it',
    {
      ...calling({ DestinationName: 'x' }, { DestinationName: 'y', DestinationPeer: 'lab' }),
      ...peers({ State: 'TERMINATED' }, { Name: 'lab', ...stream([]) }),
    },
    'fail',
    ['error', 'upstream web-sidecar-proxy → y'],
  ],
  [
    'the peer exports it from another namespace',
    { ...calling({}), ...peers(stream(['finance/billing'])) },
    'fail',
    toBilling,
  ],
  [
    'the peer exports it from the named namespace',
    {
      ...calling({ DestinationNamespace: 'finance' }),
      ...peers(stream(['finance/billing'])),
      ...imported({ namespace: 'finance' }),
    },
    'pass',
  ],
  ['the peer exports it in other case', calling({ DestinationName: 'Billing' }), 'pass'],
  ['the peer offers no instances', imported({ instances: 0, passing: 0 }), 'fail', toBilling],
  [
    'all instances that the peer offers fail',
    imported({ instances: 2, passing: 0, failing: ['Connect Sidecar Listening'] }),
    'fail',
    toBilling,
  ],
  ['one instance that the peer offers passes', imported({ instances: 2, passing: 1 }), 'pass'],
  [
    'two of three services have no instances',
    {
      ...calling({}, { DestinationName: 'stock' }, { DestinationName: 'books' }),
      ...peers(stream(['billing', 'stock', 'books'])),
      ...imported(
        { instances: 0, passing: 0 },
        { service: 'stock' },
        { service: 'books', instances: 0, passing: 0 },
      ),
    },
    'fail',
    toBilling,
    ['error', 'upstream web-sidecar-proxy → books'],
  ],
  [
    'a service of the same name at another peer has no instances',
    {
      ...peers(stream(['billing']), { Name: 'lab', ...stream(['billing']) }),
      ...imported({ peer: 'lab', instances: 0, passing: 0 }, {}),
    },
    'pass',
  ],
  [
    'a service of the same name in another namespace has no instances',
    imported({ namespace: 'finance', instances: 0, passing: 0 }, {}),
    'pass',
  ],
  [
    'one upstream names what is not exported, and another what has no instances',
    { ...calling({ DestinationName: 'biling' }, {}), ...imported({ instances: 0, passing: 0 }) },
    'fail',
    toBiling,
    toBilling,
  ],
  ['instances are not visible', { importedServices: hidden() }, 'unknown'],
  [
    'instances were not gathered by an earlier version',
    { importedServices: hidden({ kind: 'not-gathered' }) },
    'pass',
  ],
  [
    'the instances of another service are not visible',
    { importedServices: partial([exampleImportedService()]) },
    'pass',
  ],
  ['the instances of this service are not visible', { importedServices: partial([]) }, 'unknown'],
  [
    'instances are not visible, and the peer does not export it',
    { ...calling({ DestinationName: 'biling' }, {}), importedServices: hidden() },
    'fail',
    toBiling,
  ],
  ['there is no peering', { ...calling({}), ...peers() }, 'skip'],
  ['no upstream calls a peer', { sidecars: [] }, 'skip'],
  ['sidecars are not visible', { sidecars: hidden() }, 'unknown'],
  ['some sidecars are not visible', { sidecars: partial([]) }, 'unknown'],
  [
    'some sidecars are not visible, and a visible one calls what the peer does not export',
    { sidecars: partial([exampleSidecar([exampleUpstream({ DestinationName: 'biling' })])]) },
    'fail',
    toBiling,
  ],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
]);

describe('the fix', () => {
  it('calls the nearest name that the peer exports', () => {
    expect(firstCode(resultFor(id, calling({ DestinationName: 'biling' })))).toContain(
      'destination_name = "billing"',
    );
  });

  it('does not offer a name that the sidecar calls already', () => {
    const { findings } = resultFor(id, calling({}, { DestinationName: 'biling', LocalBindPort: 9192 }));
    expect(findings[0]?.remediation.map(({ title }) => title)).toEqual([
      expect.stringContaining('other side'),
    ]);
  });

  it('offers a name that the sidecar calls at another peer', () => {
    const changes: Changes = {
      ...calling({ DestinationPeer: 'lab' }, { DestinationName: 'biling', LocalBindPort: 9192 }),
      ...peers(stream(['billing']), { Name: 'lab', ...stream(['billing']) }),
    };
    expect(firstCode(resultFor(id, changes))).toContain('destination_name = "billing"');
  });

  it('shows the sidecars and gateways of the peer where it offers no instances', () => {
    const codes = codesOf(resultFor(id, imported({ instances: 0, passing: 0 }))).join('');
    expect(codes).toContain('-service billing-sidecar-proxy');
    expect(codes).toContain('-service mesh-gateway');
  });
});

it('upstream-imported shows a long list of imports in part', () => {
  const names = Array.from({ length: 500 }, (_, index) => `service-${index}`);
  const { findings } = resultFor(id, { ...calling({ DestinationName: 'x' }), ...peers(stream(names)) });
  const value = findings[0]?.evidence.find(({ path }) => path === 'StreamStatus.ImportedServices')?.value;
  expect((value as readonly unknown[]).length).toBeLessThan(30);
});

it('exports the name as it is registered at a configured peer, where the entry writes another case', () => {
  const exported = (name: string): Changes => ({
    ...imported({ instances: 0, passing: 0 }),
    otherSides: [
      {
        peer: 'west',
        cluster: 'prod-west',
        snapshot: visible(
          changeSnapshot({
            ...exporting({ name, peers: ['east'] }),
            exportedHealth: [
              exampleExportedHealth({
                name,
                ...(name === 'Billing' ? { instances: 0, passing: 0, registeredAs: 'billing' } : {}),
              }),
            ],
          }),
        ),
      },
    ],
  });
  const shellCode = (name: string) =>
    resultFor(id, exported(name)).findings[0]?.remediation.find(({ language }) => language === 'shell')?.code;
  const fix = shellCode('Billing');
  expect([fix?.split('\n')[0], fix?.includes('"billing"'), fix?.includes('Billing')]).toEqual([
    expect.stringMatching(/^consul config write /u),
    true,
    false,
  ]);
  expect(shellCode('billing')).toMatch(/^consul catalog nodes /u);
});

describe('the fix for a service that is not imported', () => {
  const code = (DestinationName: string, west: Changes): string =>
    codesOf(resultFor(id, { ...calling({ DestinationName }), ...withWest(west) })).join('\n');
  const reopened = /^consul operator raft transfer-leader$/mu;

  it('opens the stream again if the configured peer exports it, by its name or by a wildcard', () => {
    const byName = { ...exporting({ name: 'late', peers: ['east'] }), ...expandedExports() };
    const byWildcard = { ...exporting({ name: '*', peers: ['east'] }), ...expandedExports('late') };
    for (const west of [byName, byWildcard]) {
      expect(code('late', west)).toMatch(reopened);
      expect(code('late', west)).not.toContain('exported-services');
    }
  });

  it('exports it if the configured peer exports it to nobody, to another peer, or by a wildcard that leaves it out', () => {
    for (const west of [
      exporting(),
      exporting({ name: 'late', peers: ['north'] }),
      { ...exporting({ name: '*', peers: ['east'] }), ...expandedExports('api') },
    ]) {
      expect(code('late', west)).not.toMatch(reopened);
      expect(code('late', west)).toContain('exported-services');
    }
  });

  it('is none for consul, which Consul never exports', () => {
    expect(code('consul', exporting({ name: 'consul', peers: ['east'] }))).toBe('');
    expect(code('consul', exporting())).toBe('');
  });
});
