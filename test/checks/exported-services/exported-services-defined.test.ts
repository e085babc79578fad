import { exampleExports, examplePeering } from '../../../src/checks/examples/parts';
import type { Sections } from '../../../src/snapshot/snapshot';
import {
  calledByWest,
  exporting,
  peers,
  resolver,
  resolverEntry,
  samenessGroup,
  stream,
  target,
} from '../changes';
import { checkTable, type Changes, codesOf, firstCode, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const id = 'exported-services-defined';
const toWest = ['error', 'peering west'] as const;
const inEntry = ['error', 'exported-services default'] as const;

const idle = peers(stream([]));

/** The cluster neither imports nor exports. */
const nothing: Changes = { ...idle, exportedServices: [], exportedHealth: [], sidecars: [] };

/** The cluster exports nothing; its upstream to `west` remains. */
const noExports: Changes = { exportedServices: [], exportedHealth: [] };

const twoPeers = peers(stream([]), { Name: 'lab', ...stream(['x']) });

/** `west` calls `api`, and this cluster imports from it. */
const importingFromCaller: Changes = {
  ...nothing,
  ...calledByWest(),
  ...peers({ ID: examplePeering().ID, ...stream(['billing']) }),
};
const { otherSides: _, ...importing } = importingFromCaller;

checkTable(id, [
  ['the peer has services exported to it', {}, 'pass'],
  [
    'a service is exported by name',
    { ...exporting({ name: 'api', peers: ['west'] }), ...idle, sidecars: [] },
    'pass',
  ],
  [
    'all services are exported',
    { ...exporting({ name: '*', peers: ['west'] }), ...idle, sidecars: [] },
    'pass',
  ],
  [
    'only consul is exported',
    { ...nothing, ...exporting({ name: 'consul', peers: ['west'] }) },
    'fail',
    toWest,
  ],
  [
    'only consul is exported, and the cluster imports',
    { ...noExports, ...exporting({ name: 'consul', peers: ['west'] }), ...peers(stream(['billing'])) },
    'skip',
  ],
  [
    'the other side has an upstream to consul, which is never exported',
    {
      ...importingFromCaller,
      ...calledByWest('consul'),
      ...peers({ ID: examplePeering().ID, ...stream(['billing']) }),
    },
    'skip',
  ],
  [
    'a service is exported to a sameness group',
    {
      ...exporting({ name: 'api', group: 'pair' }),
      ...samenessGroup('pair', [{ Peer: 'west' }]),
      ...idle,
      sidecars: [],
    },
    'pass',
  ],
  ['the peering neither imports nor exports', nothing, 'fail', toWest],
  [
    'two peerings of three neither import nor export',
    { ...nothing, ...peers(stream([]), { Name: 'lab', ...stream(['x']) }, { Name: 'edge', ...stream([]) }) },
    'fail',
    toWest,
    ['error', 'peering edge'],
  ],
  [
    'services are exported to the second of two peers only',
    {
      ...nothing,
      ...exporting({ name: 'api', peers: ['lab'] }, { name: 'web', peers: ['lab'] }),
      ...peers(stream([]), { Name: 'lab', ...stream([], ['api']) }),
    },
    'fail',
    toWest,
  ],
  ['the other side has an upstream here', { ...nothing, ...calledByWest('orders') }, 'fail', toWest],
  ['the other side has an upstream here, and this side imports from it', importingFromCaller, 'fail', toWest],
  ['this side imports from it, and the other side is not known', importing, 'skip'],
  [
    'all consumers of an entry are unknown',
    exporting({ name: 'api', peers: ['wset'] }, { name: 'web', peers: ['lba'] }),
    'fail',
    inEntry,
  ],
  [
    'all consumers of two entries are unknown',
    {
      exportedServices: ['default', 'edge'].map((name) => {
        const base = exampleExports([{ name: 'api', peers: ['wset'] }]);
        return { ...base, entry: { ...base.entry, Name: name } };
      }),
    },
    'fail',
    inEntry,
    ['error', 'exported-services edge'],
  ],
  [
    'the consumers of the first of two services are unknown, and the second is exported to a peer',
    {
      ...exporting({ name: 'api', peers: ['wset'] }, { name: 'web', peers: ['west'] }),
      ...idle,
      sidecars: [],
    },
    'pass',
  ],
  [
    'sidecars are not visible, and nothing is exported to the second of two peers',
    {
      ...exporting({ name: 'api', peers: ['west'] }),
      ...peers(stream([]), { Name: 'lab', ...stream([]) }),
      sidecars: hidden(),
    },
    'unknown',
  ],
  [
    'sidecars are not visible, and nothing is exported to two peers, of which the cluster imports from one',
    {
      ...nothing,
      ...peers(stream(['billing']), { Name: 'lab', ...stream([]) }),
      sidecars: hidden(),
    },
    'unknown',
  ],
  ['one of two consumers is unknown', exporting({ name: 'api', peers: ['wset', 'west'] }), 'pass'],
  ['an entry has no consumers', { ...exporting({ name: 'api' }), ...peers(stream(['billing'])) }, 'skip'],
  [
    'a consumer is a sameness group, beside an unknown peer',
    {
      ...exporting({ name: 'api', peers: ['wset'], group: 'pair' }),
      ...samenessGroup('pair', [{ Peer: 'west' }]),
    },
    'pass',
  ],
  ['the cluster only imports', { ...noExports, ...peers(stream(['billing'])) }, 'skip'],
  // An upstream that names the peer makes the cluster an importer, although nothing is imported so far.
  ['the cluster has an upstream to its peer', { ...noExports, ...idle }, 'skip'],
  ['there is no peering', { ...nothing, ...peers() }, 'skip'],
  [
    'the peering is not established yet',
    { ...nothing, ...peers({ State: 'PENDING', StreamStatus: null }) },
    'skip',
  ],
  ['sidecars are not visible', { ...nothing, sidecars: hidden() }, 'unknown'],
  ['exports are not visible', { ...nothing, exportedServices: hidden() }, 'unknown'],
  ['some exports are not visible', { ...nothing, exportedServices: partial([]) }, 'unknown'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  [
    'sidecars are not visible, and all consumers of an entry are unknown',
    { ...nothing, ...exporting({ name: 'api', peers: ['wset'] }), sidecars: hidden() },
    'fail',
    inEntry,
  ],
  ['sidecars are not visible, and something is exported', { ...idle, sidecars: hidden() }, 'pass'],
  [
    'the requested peer neither imports nor exports',
    { ...nothing, ...twoPeers, onlyPeer: 'west' },
    'fail',
    toWest,
  ],
  ['another peer neither imports nor exports', { ...nothing, ...twoPeers, onlyPeer: 'lab' }, 'skip'],
  [
    'one of two consumers is unknown, and the run is about a third peer',
    { ...exporting({ name: 'api', peers: ['west', 'wset'] }), ...twoPeers, onlyPeer: 'lab' },
    'skip',
  ],
]);

describe('the fix', () => {
  const code = (changes: Changes) => firstCode(resultFor(id, changes));

  it('exports a service with a sidecar', () => {
    // `api` has a sidecar; gateways and proxies are no candidates.
    expect(code(nothing)).toContain('Name = "api"');
    const names = (...list: readonly string[]) => ({ serviceNames: list.map((name) => ({ name })) });
    const meshed = { ...nothing, ...names('zoo', 'api', 'consul', 'books', 'zoo-sidecar-proxy') };
    expect(code(meshed)).toContain('Name = "zoo"');
    expect(
      resultFor(id, meshed)
        .findings[0]?.remediation.map(({ title }) => title)
        .join(),
    ).not.toMatch(/api|consul/u);
  });

  it('exports a service without a sidecar where none has one, two at most', () => {
    const names = ['c', 'consul', 'b', 'mesh-gateway', 'a'].map((name) => ({ name }));
    const [finding] = resultFor(id, { ...nothing, serviceNames: names }).findings;
    const all = finding?.remediation.map((one) => one.code).join('') ?? '';
    expect(['a', 'b', 'c', 'mesh-gateway', 'consul'].map((name) => all.includes(`Name = "${name}"`))).toEqual(
      [true, true, false, false, false],
    );
  });

  const toLab: Changes = {
    ...nothing,
    ...exporting({ name: 'api', peers: ['lab'] }, { name: 'web', peers: ['lab'] }),
    ...peers(stream([]), { Name: 'lab', ...stream([], ['api']) }),
  };

  it('keeps the other consumers and services of the entry', () => {
    const text = codesOf(resultFor(id, toLab)).find((one) => one.startsWith('Kind')) ?? '';
    expect(text.match(/Peer = "lab"/gu)).toHaveLength(2);
    expect(text).toContain('Peer = "west"');
  });

  it('adds a consumer to an existing entry by the command for that, where there is one', () => {
    expect(code(toLab)).toBe('consul services export -name api -consumer-peers west\n');
    expect(code({ ...toLab, cluster: { consulVersion: '1.15.7' } })).toMatch(/^Kind/u);
    expect(code({ ...toLab, exportedServices: [] })).toMatch(/^Kind/u);
    const [existing] = toLab.exportedServices as Sections['exportedServices'];
    const managed = {
      ...existing,
      entry: { ...existing?.entry, Meta: { 'external-source': 'kubernetes' } },
    } as Sections['exportedServices'][number];
    expect(code({ ...toLab, exportedServices: [managed] })).toMatch(/^apiVersion/u);
  });

  it('exports what the other side calls', () => {
    expect(code({ ...nothing, ...calledByWest('orders') })).toContain('Name = "orders"');
  });

  it('replaces consumers with the nearest names, and removes those that are near to none', () => {
    const two = peers({}, { Name: 'lab' });
    const text = code({
      ...exporting({ name: 'api', peers: ['wset', 'elsewhere'] }, { name: 'web', peers: ['lba'] }),
      ...two,
    });
    expect(text).toContain('Peer = "west"');
    expect(text).toContain('Peer = "lab"');
    expect(text).not.toMatch(/wset|lba|elsewhere/u);
  });

  it('establishes the peering where no name is near', () => {
    expect(code(exporting({ name: 'api', peers: ['elsewhere'] }))).toContain('consul peering generate-token');
  });

  it('deletes the peering where there is nothing to export', () => {
    expect(code({ ...nothing, serviceNames: [{ name: 'consul' }] })).toContain(
      'consul peering delete -name west',
    );
  });
});

/** `west` calls `api`, which is not exported and has this resolver. */
const resolvedBy = (fields: object, name = 'api'): Changes => ({
  ...nothing,
  ...calledByWest(),
  ...resolver(name, fields),
});
const failover = (section: object) => ({
  Failover: { '*': { Service: '', Datacenters: [], SamenessGroup: '', Targets: [], ...section } },
});
const toDatacenter = failover({ Datacenters: ['dc2'] });
const titles = (changes: Changes) =>
  resultFor(id, changes).findings.flatMap(({ remediation }) => remediation.map(({ title }) => title));

/** Consul answers 500 to the export (measured on 1.20.1 and 1.14.11). */
describe('a resolver because of which Consul refuses the export', () => {
  it.each<[string, Changes]>([
    ['fails over to datacenters', resolvedBy(toDatacenter)],
    ['has a target in a datacenter', resolvedBy(failover({ Targets: [target({ Datacenter: 'dc2' })] }))],
    [
      'is that of the service that a redirect leads to',
      {
        ...nothing,
        ...calledByWest(),
        serviceResolvers: [
          resolverEntry('api', { Redirect: target({ Service: 'other' }) }),
          resolverEntry('other', toDatacenter),
        ],
      },
    ],
  ])('%s: its failover ends before the export', (_, changes) => {
    const [finding] = resultFor(id, changes).findings;
    expect(finding?.evidence.map(({ path }) => path)).toContain('Failover');
    const codes = codesOf(resultFor(id, changes));
    expect(codes[0]).toMatch(/service-resolver/u);
    expect(codes.some((code) => code.includes('exported-services'))).toBe(true);
    expect(codes.join('\n')).not.toMatch(/dc2/u);
  });

  it.each<[string, Changes]>([
    ['redirects to a datacenter', resolvedBy({ Redirect: target({ Datacenter: 'dc2' }) })],
    ['redirects to a peer', resolvedBy({ Redirect: target({ Peer: 'lab' }) })],
  ])('%s: nothing is pasted that would be refused', (_, changes) => {
    const { findings } = resultFor(id, changes);
    expect(findings.map(({ subject }) => subject.name)).toEqual(['west']);
    expect(codesOf(resultFor(id, changes))).toEqual([]);
  });

  it('keeps the failover within the cluster and to peers', () => {
    const targets = [target({ Datacenter: 'dc2' }), target({ Peer: 'lab' })];
    const code = firstCode(resultFor(id, resolvedBy(failover({ Targets: targets }))));
    expect(code).toMatch(/lab/u);
    expect(code).not.toMatch(/dc2/u);
  });

  it.each<[string, Changes]>([
    ['fails over to a peer', resolvedBy(failover({ Targets: [target({ Peer: 'lab' })] }))],
    ['is of another service', resolvedBy(toDatacenter, 'other')],
    [
      'redirects to a peer, which 1.15 does not refuse',
      { ...resolvedBy({ Redirect: target({ Peer: 'lab' }) }), cluster: { consulVersion: '1.15.10' } },
    ],
  ])('is not one that %s', (_, changes) => {
    expect(titles(changes)[0]).toMatch(/^Export api to west/u);
    expect(codesOf(resultFor(id, changes)).join('\n')).not.toMatch(/service-resolver/u);
  });
});
