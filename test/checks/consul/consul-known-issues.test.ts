import { knownIssues } from '../../../src/checks/consul/known-issues';
import {
  exampleAgent,
  exampleCheck,
  exampleEntry,
  exampleExports,
  exampleGateway,
  examplePeering,
  exampleServer,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import type { Peering, Upstream } from '../../../src/consul/wire';
import { dialer, peers } from '../changes';
import { type Changes, checkTable, codesOf, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const runs = (version: string) => ({ servers: [exampleServer({ version })] });
const issue = (id: number | string, severity: 'warning' | 'info' = 'warning') =>
  [severity, `known-issue ${id}`] as const;

const at = (endpoint: string) => ({ at: { endpoint, path: '' }, withheld: [] });
const resolver = (fields: object) => ({
  entry: { Kind: 'service-resolver' as const, Name: 'billing', Failover: {}, ...fields },
  ...at('/v1/config/service-resolver/billing'),
});
const toPeer = resolver({ Redirect: { Peer: 'west', Service: 'billing' } });
const gatewayAt = (wan: string, id: string) => {
  const gateway = exampleGateway();
  const Service = { ...gateway.Service, ID: id, TaggedAddresses: { wan: { Address: wan, Port: 443 } } };
  return { ...gateway, Service };
};
const sameDatacenter = {
  enabled: true,
  list: [examplePeering({ Remote: { Partition: '', Datacenter: 'dc1' } })],
};
const both = {
  serviceNames: [{ name: 'billing' }, { name: 'api' }],
  peerings: {
    enabled: true,
    list: [
      examplePeering({
        StreamStatus: { ImportedServices: ['billing'], ExportedServices: ['api'], LastHeartbeat: null },
      }),
    ],
  },
};
const leaderBug = issue(17483, 'info');

const linkedByWildcard = { endpoint: '', gateway: 'out', services: [{ name: 'ext' }] };
/** A version in which peers reach nothing behind terminating gateways, a service that one links, and one that is exported. */
const linked = (
  service: string,
  exported: string,
  wildcardLinks: Changes['wildcardLinks'] = [],
): Changes => ({
  ...runs('1.16.7'),
  exportedServices: [exampleExports([{ name: exported, peers: ['west'] }])],
  terminatingGateways: [
    exampleEntry({ Kind: 'terminating-gateway' as const, Name: 'out', Services: [{ Name: service }] }),
  ],
  wildcardLinks,
});

/** Sources of an intention that have one name. */
const calledFrom = (
  ...sources: readonly { readonly Peer?: string; readonly Namespace?: string; readonly Partition?: string }[]
): Changes => ({
  ...runs('1.21.0'),
  intentions: [
    exampleEntry({
      Kind: 'service-intentions' as const,
      Name: 'api',
      Sources: sources.map((source) => ({ Name: 'web', Action: 'allow', Permissions: [], ...source })),
    }),
  ],
});

/** An HTTP route to `billing`, and a resolver of that name that redirects to a peer. */
const routed = (service: object, redirect: object): Changes => ({
  ...runs('1.15.3'),
  httpRoutes: [
    exampleEntry({
      Kind: 'http-route' as const,
      Name: 'front',
      Parents: [],
      Rules: [{ Services: [{ Name: 'billing', ...service }] }],
    }),
  ],
  serviceResolvers: [resolver({ Redirect: { Peer: 'west', Service: 'billing' }, ...redirect })],
});

/** The states of a section that an issue reads. */
interface IssueCase {
  readonly id: number | string;
  readonly severity?: 'warning' | 'info';
  readonly holds: Changes;
  /** A cluster that differs in what the condition asks for. */
  readonly absent: Changes;
  readonly affected: string;
  /** The first release with the fix, or the last version before the issue. */
  readonly spared?: string;
  /** Issues that show in the affected version beside it. */
  readonly beside?: readonly (readonly ['warning' | 'info', string])[];
  /** A section that the condition reads. */
  readonly reads: keyof Changes;
}

const stream = (changes: Partial<NonNullable<Peering['StreamStatus']>>): Changes =>
  peers({ StreamStatus: { ImportedServices: [], ExportedServices: [], ...changes } });
const local = { MeshGateway: { Mode: 'local' } };
const proxyDefaults = (changes: object) => ({
  proxyDefaults: [
    exampleEntry({ Kind: 'proxy-defaults' as const, Name: 'global', Mode: '', Config: {}, ...changes }),
  ],
});
const overrides = (...list: readonly { readonly Name: string; readonly Peer?: string }[]) => ({
  serviceDefaults: [
    exampleEntry({
      Kind: 'service-defaults' as const,
      Name: 'web',
      Protocol: '',
      Mode: '',
      UpstreamConfig: { Overrides: [...list] },
    }),
  ],
});
const web = (managedBy: 'agent' | 'dataplane', ...upstreams: readonly Partial<Upstream>[]) => ({
  sidecars: [exampleSidecar(upstreams.map(exampleUpstream), { managedBy })],
});
const transparent = (Mode: string) => ({
  sidecars: [exampleSidecar([], { proxy: { ...exampleSidecar().proxy, Mode } })],
});
const failingOver = (changes: object) => ({
  serviceResolvers: [
    resolver({
      Name: 'orders',
      Failover: {
        '*': {
          Service: '',
          Datacenters: [],
          SamenessGroup: '',
          Targets: [{ Service: '', ServiceSubset: '', Peer: 'west', Datacenter: '', SamenessGroup: '' }],
        },
      },
    }),
  ],
  ...web('agent', { DestinationName: 'orders', DestinationPeer: '', ...changes }),
});
const ended = (State: string) => peers({ State, ...dialer });
const secondary = (PrimaryDatacenter: string) => ({
  agent: exampleAgent({ Config: { ...exampleAgent().Config, PrimaryDatacenter } }),
});
const maintained = (CheckID: string) => ({
  gateways: [exampleGateway({ checks: [exampleCheck({ CheckID, Status: 'critical' })] })],
});
const withoutSidecar = (inMesh: number) => ({
  exportedHealth: [exampleExportedHealth({ inMesh })],
});

const cases: readonly IssueCase[] = [
  {
    id: 15065,
    holds: peers({ PeerServerAddresses: ['10.0.1.11:8503', '203.0.113.5:8503'] }),
    absent: peers({ PeerServerAddresses: ['203.0.113.5:8503'] }),
    affected: '1.14.0-beta1',
    spared: '1.14.0',
    beside: [issue(15503), leaderBug],
    reads: 'peerings',
  },
  {
    id: 16230,
    holds: secondary('dc0'),
    absent: secondary('dc1'),
    affected: '1.14.4',
    spared: '1.15.0',
    beside: [leaderBug],
    reads: 'agent',
  },
  {
    id: 16339,
    holds: withoutSidecar(0),
    absent: withoutSidecar(1),
    affected: '1.14.4',
    spared: '1.15.0',
    beside: [leaderBug],
    reads: 'exportedHealth',
  },
  {
    id: 16570,
    holds: both,
    absent: { ...both, serviceNames: [{ name: 'api' }] },
    affected: '1.15.1',
    spared: '1.15.4',
    beside: [leaderBug, issue(17235)],
    reads: 'serviceNames',
  },
  {
    id: 16776,
    holds: ended('TERMINATED'),
    absent: ended('FAILING'),
    affected: '1.15.2',
    spared: '1.15.4',
    beside: [leaderBug],
    reads: 'peerings',
  },
  {
    id: 17456,
    severity: 'info',
    holds: { cluster: { enterprise: true } },
    absent: { cluster: { enterprise: false } },
    affected: '1.15.2+ent',
    spared: '1.15.4+ent',
    beside: [leaderBug],
    reads: 'exportedServices',
  },
  {
    id: 22868,
    holds: stream({ LastReceive: '2026-11-23T11:03:22Z' }),
    absent: stream({ LastReceive: '2026-11-23T14:03:20Z' }),
    affected: '1.20.1',
    spared: '1.13.9',
    reads: 'peerings',
  },
  {
    id: 15697,
    severity: 'info',
    holds: peers({ Name: 'West' }),
    absent: peers({ Name: 'west' }),
    affected: '1.14.4',
    spared: '1.14.3',
    beside: [leaderBug],
    reads: 'peerings',
  },
  {
    id: 23311,
    severity: 'info',
    holds: maintained('_service_maintenance:mesh-gateway'),
    absent: maintained('service:mesh-gateway'),
    affected: '1.20.1',
    spared: '1.13.9',
    reads: 'gateways',
  },
  {
    id: 15690,
    holds: failingOver(local),
    absent: failingOver({}),
    affected: '1.14.2',
    spared: '1.15.4',
    beside: [issue(15833), leaderBug],
    reads: 'sidecars',
  },
  {
    id: 17894,
    holds: { ...transparent('transparent'), ...proxyDefaults({ Config: { protocol: 'http' } }) },
    absent: { ...transparent(''), ...proxyDefaults({ Config: { protocol: 'http' } }) },
    affected: '1.16.0',
    spared: '1.16.1',
    reads: 'proxyDefaults',
  },
  {
    id: 16957,
    holds: overrides({ Name: 'billing' }),
    absent: overrides({ Name: 'billing', Peer: 'west' }),
    affected: '1.16.0',
    spared: '1.15.7',
    reads: 'serviceDefaults',
  },
  {
    id: 'stale-gateway-mode',
    severity: 'info',
    holds: { ...web('agent', {}, { DestinationName: 'api' }), ...proxyDefaults(local) },
    absent: { ...web('agent', local, { DestinationName: 'api', ...local }), ...proxyDefaults(local) },
    affected: '1.20.1',
    reads: 'proxyDefaults',
  },
];

describe.each(cases)(
  '$id',
  ({ id, severity = 'warning', holds, absent, affected, spared, beside = [], reads }) => {
    const idsOf = (changes: Changes) =>
      resultFor('consul-known-issues', changes).findings.map(
        (finding) => `${finding.severity} ${finding.subject.name}`,
      );

    it('shows where version and condition hold', () => {
      const found = idsOf({ ...holds, ...runs(affected) });
      expect([...found].sort()).toEqual(
        [`${severity} ${id}`, ...beside.map(([one, name]) => `${one} ${name.split(' ')[1]}`)].sort(),
      );
    });

    it('does not show where the version is not affected', () => {
      expect(idsOf({ ...holds, ...runs(spared ?? 'latest') })).not.toContain(`${severity} ${id}`);
    });

    it('does not show where the condition does not hold', () => {
      expect(idsOf({ ...absent, ...runs(affected) })).not.toContain(`${severity} ${id}`);
    });

    it('is not decided where the condition is not visible', () => {
      const result = resultFor('consul-known-issues', { ...holds, ...runs(affected), [reads]: hidden() });
      expect(result.status).toBe('unknown');
      expect(result.findings.map(({ subject }) => subject.name)).not.toContain(String(id));
    });
  },
);

checkTable(
  'consul-known-issues',
  [
    ['a version without known issues', runs('1.20.1'), 'pass'],
    ['an Enterprise version and a release candidate are versions', runs('1.20.1+ent'), 'pass'],
    ['a version that cannot be read', runs('latest'), 'pass'],
    ['many instances are exported', runs('1.14.1'), 'fail', issue(15503), leaderBug],
    ['the first release with the fix', runs('1.14.2'), 'pass', leaderBug],
    ['that release of Enterprise', runs('1.14.2+ent'), 'pass', leaderBug],
    ['its release candidate', runs('1.14.2-rc1'), 'fail', issue(15503), leaderBug],
    [
      'the last release before it, of Enterprise',
      runs('1.14.1+ent.fips1402'),
      'fail',
      issue(15503),
      leaderBug,
    ],
    [
      'an entry that exports nothing',
      { ...runs('1.14.1'), exportedServices: [exampleExports([])] },
      'pass',
      leaderBug,
    ],
    [
      'a redirect to a peer',
      { ...runs('1.14.3'), serviceResolvers: [toPeer] },
      'fail',
      issue(15833),
      leaderBug,
    ],
    ['one datacenter name', { ...runs('1.14.4'), peerings: sameDatacenter }, 'fail', issue(16257), leaderBug],
    ['a name on both sides', { ...runs('1.15.2'), ...both }, 'fail', issue(17235), leaderBug],
    [
      'a name on both sides, before that',
      { ...runs('1.15.1'), ...both },
      'fail',
      issue(16570),
      issue(17235),
      leaderBug,
    ],
    ['a name on both sides, fixed', { ...runs('1.15.4'), ...both }, 'pass'],
    [
      'gateways with two hostnames',
      { ...runs('1.15.6'), gateways: [gatewayAt('a.example', 'gw-1'), gatewayAt('b.example', 'gw-2')] },
      'fail',
      issue(19268),
    ],
    [
      'gateways with one hostname',
      { ...runs('1.15.6'), gateways: [gatewayAt('a.example', 'gw-1'), gatewayAt('a.example', 'gw-2')] },
      'pass',
    ],
    ['an exported service behind a terminating gateway', linked('ext', 'ext'), 'fail', issue(18959)],
    [
      'an exported service that a wildcard links to a terminating gateway',
      linked('*', 'ext', [linkedByWildcard]),
      'fail',
      issue(18959),
    ],
    [
      'a wildcard exports what a wildcard links to a terminating gateway',
      linked('*', '*', [linkedByWildcard]),
      'fail',
      issue(18959),
    ],
    ['a wildcard exports, and one that links finds no service', linked('*', '*'), 'pass'],
    [
      'an exported service that a wildcard does not link to a terminating gateway',
      linked('*', 'api', [linkedByWildcard]),
      'pass',
    ],
    [
      'an exported service behind a terminating gateway, and what a wildcard links is not visible',
      linked('ext', 'ext', hidden()),
      'unknown',
      issue(18959),
    ],
    [
      'one service name at two peers in an intention',
      calledFrom({ Peer: 'west' }, { Peer: 'south' }),
      'fail',
      issue(23048),
    ],
    [
      'one service name at two peers in the same namespace, which one source leaves out',
      calledFrom({ Peer: 'west', Namespace: 'default' }, { Peer: 'south' }),
      'fail',
      issue(23048),
    ],
    [
      'one service name at two peers in different namespaces',
      calledFrom({ Peer: 'west', Namespace: 'shop' }, { Peer: 'south', Namespace: 'billing' }),
      'pass',
    ],
    [
      'one service name at two peers in different partitions',
      calledFrom({ Peer: 'west', Partition: 'one' }, { Peer: 'south', Partition: 'two' }),
      'pass',
    ],
    ['a service name at a peer and here', calledFrom({ Peer: 'west' }, {}), 'pass'],
    [
      'a rule of an HTTP route whose service redirects to a peer',
      routed({ Namespace: 'shop' }, { Namespace: 'shop' }),
      'fail',
      issue(17609),
      leaderBug,
    ],
    [
      'a rule of an HTTP route whose service redirects to a peer in another namespace',
      routed({}, { Namespace: 'shop' }),
      'pass',
      leaderBug,
    ],
    [
      'what a condition reads is hidden',
      { ...runs('1.14.3'), serviceResolvers: hidden() },
      'unknown',
      leaderBug,
    ],
    [
      'a part of what a condition reads is hidden',
      { ...runs('1.14.3'), serviceResolvers: partial([]) },
      'unknown',
      leaderBug,
    ],
    ['some servers are hidden', { servers: partial([exampleServer({ version: '1.20.1' })]) }, 'unknown'],
    [
      'a hidden section that no affected issue reads',
      { ...runs('1.20.1'), terminatingGateways: hidden() },
      'pass',
    ],
    [
      'no ACLs in a secondary',
      { ...runs('1.14.4'), ...secondary('dc0'), acl: { enabled: false, anonymous: true } },
      'pass',
      leaderBug,
    ],
    [
      'a mode of the proxy that Consul dataplane merges',
      { ...web('dataplane', {}), ...proxyDefaults(local) },
      'pass',
    ],
    [
      'a stream that has only sent, and for long',
      stream({ LastSend: '2026-11-23T11:03:22Z' }),
      'fail',
      issue(22868),
    ],
    ['a stream that has just begun', stream({}), 'pass'],
    [
      'a peering that fails, silent for long',
      {
        peerings: {
          enabled: true,
          list: [
            examplePeering({
              State: 'FAILING',
              StreamStatus: {
                ImportedServices: [],
                ExportedServices: [],
                LastReceive: '2026-11-23T11:03:22Z',
              },
            }),
          ],
        },
      },
      'pass',
    ],
    [
      'an override for a name that is a service here too',
      { ...overrides({ Name: 'billing' }), serviceNames: [{ name: 'billing' }] },
      'pass',
    ],
    ['an override for a name that the service does not call', overrides({ Name: 'orders' }), 'pass'],
    [
      'no gateway that would take calls of peers',
      { ...runs('1.14.4'), ...withoutSidecar(0), gateways: [] },
      'pass',
      leaderBug,
    ],
    [
      'a failover whose mode is remote',
      { ...runs('1.14.2'), ...failingOver({ MeshGateway: { Mode: 'remote' } }) },
      'fail',
      issue(15833),
      leaderBug,
    ],
    ['the servers are hidden', { servers: hidden() }, 'unknown'],
  ],
  { skip: 'every cluster runs some version of Consul' },
);

describe('the fix', () => {
  it('lets another server lead where a stream is dead', () => {
    const codes = codesOf(resultFor('consul-known-issues', stream({ LastReceive: '2026-11-23T11:03:22Z' })));
    expect(codes.join('\n')).toContain('raft transfer-leader');
  });

  it('names the peer in an override, and keeps the others', () => {
    const codes = codesOf(
      resultFor('consul-known-issues', overrides({ Name: 'orders' }, { Name: 'billing' })),
    ).join('\n');
    expect(codes).toMatch(/"orders"[^]*"billing"/u);
    expect(codes.split('"west"').length).toBeGreaterThan(1);
  });
});

it('are listed once', () => {
  const ids = knownIssues.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
