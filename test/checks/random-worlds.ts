import fc from 'fast-check';
import { exampleAcl } from '../../src/checks/examples/acl';
import type { SnapshotChanges } from '../../src/checks/examples/healthy';
import {
  exampleAgent,
  exampleCheck,
  exampleEntry,
  exampleExports,
  exampleGateway,
  exampleImportedService,
  exampleIntentions,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
} from '../../src/checks/examples/parts';
import {
  configEntries,
  DiscoveryChain,
  type Peering,
  PreparedQuery,
  type Upstream,
} from '../../src/consul/wire';
import type { Section, Sections, SidecarInstance, Snapshot } from '../../src/snapshot/snapshot';
import { twoClusters } from './two-clusters';
import { hidden, partial } from './world';

/** Random small worlds: two peered clusters, each with a few differences, of which parts are hidden. */

export type Side = 'east' | 'west';
const sides = ['east', 'west'] as const;
const otherOf = (side: Side): Side => (side === 'east' ? 'west' : 'east');

/** The service that each side exports, and the one that it calls. */
const exportOf: Readonly<Record<Side, string>> = { east: 'api', west: 'billing' };

/** The sections that facts of paths are read from. */
const pathSections = [
  'sidecars',
  'peerings',
  'gateways',
  'exportedServices',
  'exportedHealth',
  'exportedChains',
  'importedServices',
  'intentions',
  'agent',
  'acl',
  'serviceDefaults',
  'proxyDefaults',
  'serviceResolvers',
  'discoveryChains',
  'mesh',
  'httpRoutes',
  'apiGateways',
  'routingGateways',
] as const satisfies readonly (keyof Sections)[];
type PathSection = (typeof pathSections)[number];

/** `hidden`: nothing is visible; `partial`: all rows are there, and more may be; `emptied`: its rows are not visible. */
const hidings = ['hidden', 'partial', 'emptied'] as const;
type Hiding = (typeof hidings)[number];

export interface HiddenSection {
  readonly side: Side;
  readonly section: PathSection;
  readonly as: Hiding;
}

type Vary = (side: Side) => SnapshotChanges;

const upstreamOf = (side: Side, changes: Partial<Upstream> = {}): Upstream =>
  exampleUpstream({ DestinationName: exportOf[otherOf(side)], DestinationPeer: otherOf(side), ...changes });

const sidecarsOf = (
  side: Side,
  upstream: Partial<Upstream> = {},
  sidecar: Partial<SidecarInstance> = {},
): SnapshotChanges => ({
  sidecars: [exampleSidecar([upstreamOf(side, upstream)], { failing: [], ...sidecar })],
});

const valueOf = <T>(section: Section<T>): T => {
  if (section.visibility === 'hidden') throw new Error('the section is hidden');
  return section.value;
};

/** The snapshot of one of the two clusters; undefined where that of the other side was not read. */
export const snapshotAt = (snapshot: Snapshot, side: Side): Snapshot | undefined => {
  if (side === 'east') return snapshot;
  const far = valueOf(snapshot.sections.otherSides)[0]?.snapshot;
  return far && far.visibility !== 'hidden' ? far.value : undefined;
};

const base = twoClusters();

const peeringOf = (
  side: Side,
  State: string,
  stream: Partial<NonNullable<Peering['StreamStatus']>> = {},
): SnapshotChanges => {
  const { list } = valueOf((snapshotAt(base, side) ?? base).sections.peerings);
  const change = (one: Peering): Peering => ({
    ...one,
    State,
    StreamStatus: one.StreamStatus && { ...one.StreamStatus, ...stream },
  });
  return { peerings: { enabled: true, list: list.map(change) } };
};

const entry = (Kind: keyof typeof configEntries, Name: string, fields: object) => [
  exampleEntry(configEntries[Kind].parse({ Kind, Name, ...fields }) as never),
];

const resolver = (fields: object, name = 'remote'): SnapshotChanges => ({
  serviceResolvers: entry('service-resolver', name, { Failover: {}, ...fields }),
});

const healthOf = (side: Side, changes: Partial<Sections['exportedHealth'][number]>): SnapshotChanges => ({
  exportedHealth: [
    exampleExportedHealth({
      name: exportOf[side],
      endpoint: `/v1/health/connect/${exportOf[side]}`,
      ...changes,
    }),
  ],
});

const importedOf = (side: Side, changes: Partial<Sections['importedServices'][number]>): SnapshotChanges => ({
  importedServices: [
    exampleImportedService({ peer: otherOf(side), service: exportOf[otherOf(side)], ...changes }),
  ],
});

/** A resolver of the exported service redirects to another one with that many mesh instances. */
const resolvesTo =
  (inMesh: number): Vary =>
  (side) => ({
    exportedChains: [
      {
        endpoint: `/v1/discovery-chain/${exportOf[side]}`,
        service: exportOf[side],
        protocol: '',
        chain: DiscoveryChain.parse({
          Chain: {
            StartNode: 'resolver:behind',
            Nodes: {
              'resolver:behind': { Type: 'resolver', Name: 'behind', Resolver: { Target: 'behind' } },
            },
            Targets: { behind: { ID: 'behind', Service: 'behind', Datacenter: 'dc1' } },
          },
        }).Chain,
      },
    ],
    exportedHealth: [
      exampleExportedHealth({ name: exportOf[side] }),
      exampleExportedHealth({ name: 'behind', inMesh, instances: inMesh, passing: inMesh }),
    ],
    intentions: [exampleIntentions([{ name: 'web', peer: otherOf(side) }], 'behind')],
  });

const policy = (acl: string, intentions = ''): SnapshotChanges => ({
  agent: exampleAgent({
    DebugConfig: { DefaultIntentionPolicy: intentions, ACLResolverSettings: { ACLDefaultPolicy: acl } },
  }),
});

const intentionsOf = (
  side: Side,
  sources: Parameters<typeof exampleIntentions>[0],
  name = exportOf[side],
): SnapshotChanges => ({ intentions: [exampleIntentions(sources, name)] });

const gateway = (wan: { readonly Address: string; readonly Port: number }) =>
  exampleGateway({ service: { TaggedAddresses: { wan } } });
const deadGateway = exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] });
const restingGateway = exampleGateway({
  checks: [exampleCheck({ CheckID: '_node_maintenance', Status: 'critical', ServiceID: '' })],
});

const permission = (Action: string, HTTP: object) => ({ Action, HTTP });

/** Differences of a side, by a name that a counterexample shows. */
const variations: Readonly<Record<string, Vary>> = {
  'local mode of the upstream': (side) => sidecarsOf(side, { MeshGateway: { Mode: 'local' } }),
  'local mode of all proxies': () => ({
    proxyDefaults: entry('proxy-defaults', 'global', {
      Mode: '',
      Config: {},
      MeshGateway: { Mode: 'local' },
    }),
  }),
  'local mode of the service': () => ({
    serviceDefaults: entry('service-defaults', 'web', { Protocol: '', MeshGateway: { Mode: 'local' } }),
  }),
  'mode none': (side) => sidecarsOf(side, { MeshGateway: { Mode: 'none' } }),
  'sidecar is down': (side) => sidecarsOf(side, {}, { failing: ['x'] }),
  'checks of the sidecar were not read': () => ({ sidecars: [exampleSidecar()] }),
  'sidecar without a check': (side) => sidecarsOf(side, {}, { unchecked: true }),
  'one of two sidecars is down': (side) => ({
    sidecars: [
      exampleSidecar([upstreamOf(side)], { failing: [] }),
      exampleSidecar([upstreamOf(side)], { failing: ['x'], id: 'web-2' }),
    ],
  }),
  'wrong peer': (side) => sidecarsOf(side, { DestinationPeer: 'wset' }),
  'wrong service': (side) => sidecarsOf(side, { DestinationName: 'other' }),
  redirect: (side) => ({
    ...sidecarsOf(side, { DestinationName: 'remote', DestinationPeer: '' }),
    ...resolver({ Redirect: { Service: exportOf[otherOf(side)], Peer: otherOf(side) } }),
  }),
  failover: (side) => ({
    ...sidecarsOf(side, { DestinationName: 'remote', DestinationPeer: '' }),
    ...resolver({
      Failover: { '*': { Targets: [{ Service: exportOf[otherOf(side)], Peer: otherOf(side) }] } },
    }),
  }),
  'prepared query': (side) => ({
    ...sidecarsOf(side, { DestinationName: 'q', DestinationPeer: '', DestinationType: 'prepared_query' }),
    preparedQueries: [
      PreparedQuery.parse({
        ID: 'id',
        Name: 'q',
        Service: { Service: exportOf[otherOf(side)], Peer: otherOf(side) },
      }),
    ],
  }),
  'a route of an API gateway': (side) => ({
    apiGateways: entry('api-gateway', 'web', { Listeners: [{ Name: 'http', Protocol: 'http' }] }),
    httpRoutes: entry('http-route', 'all', {
      Parents: [{ Kind: 'api-gateway', Name: 'web', SectionName: 'http' }],
      Rules: [{ Services: [{ Name: 'remote' }] }],
    }),
    ...resolver({ Redirect: { Service: exportOf[otherOf(side)], Peer: otherOf(side) } }),
    routingGateways: [
      { at: { endpoint: '/v1/health/service/web', path: '[0]' }, name: 'web', node: 'n', failing: [] },
    ],
  }),
  'the upstream sets http': (side) => sidecarsOf(side, { Config: { protocol: 'http' } }),
  'gateways are down': () => ({ gateways: [deadGateway] }),
  'no gateway': () => ({ gateways: [] }),
  'gateway in maintenance': () => ({ gateways: [restingGateway] }),
  'one of two gateways is down': () => ({ gateways: [deadGateway, exampleGateway()] }),
  'link-local gateway': () => ({ gateways: [gateway({ Address: '169.254.1.1', Port: 1 })] }),
  'gateway with a hostname': () => ({ gateways: [gateway({ Address: 'gw.example', Port: 443 })] }),
  'peering FAILING': (side) => peeringOf(side, 'FAILING'),
  'peering PENDING': (side) => peeringOf(side, 'PENDING'),
  'peering TERMINATED': (side) => peeringOf(side, 'TERMINATED'),
  'silent peer': (side) => peeringOf(side, 'ACTIVE', { LastHeartbeat: '2026-11-23T14:00:00Z' }),
  'no heartbeat yet': (side) =>
    peeringOf(side, 'ACTIVE', { LastHeartbeat: undefined, LastReceive: undefined }),
  'nothing is imported': (side) => peeringOf(side, 'ACTIVE', { ImportedServices: [] }),
  'no peering': () => ({ peerings: { enabled: true, list: [] } }),
  'nothing is exported': () => ({ exportedServices: [] }),
  'everything is exported': (side) => ({
    exportedServices: [exampleExports([{ name: '*', peers: [otherOf(side)] }])],
  }),
  'exported to another peer': (side) => ({
    exportedServices: [exampleExports([{ name: exportOf[side], peers: ['lab'] }])],
  }),
  'no intention': () => ({ intentions: [] }),
  'no intention, and calls are allowed': () => ({ intentions: [], ...policy('allow') }),
  'no intention, and calls alone are allowed': () => ({ intentions: [], ...policy('deny', 'allow') }),
  'no intention, and calls alone are denied': () => ({ intentions: [], ...policy('allow', 'deny') }),
  'no intention, and the policy was not read': () => ({
    intentions: [],
    agent: exampleAgent({ DebugConfig: undefined }),
  }),
  'no intention, and ACLs allow everything': () => ({
    intentions: [],
    ...policy('allow'),
    acl: exampleAcl({ AgentACLDefaultPolicy: 'allow' }),
  }),
  'no intention, and no ACLs': () => ({
    intentions: [],
    ...policy('allow'),
    acl: { enabled: false, anonymous: true },
  }),
  'an intention denies all': (side) =>
    intentionsOf(side, [{ name: '*', peer: otherOf(side), action: 'deny' }], '*'),
  'an intention denies it': (side) =>
    intentionsOf(side, [{ name: 'web', peer: otherOf(side), action: 'deny' }]),
  'an intention allows all': (side) => intentionsOf(side, [{ name: '*', peer: otherOf(side) }], '*'),
  'an intention allows another peer': (side) => intentionsOf(side, [{ name: 'web', peer: 'wset' }]),
  'an intention for one method': (side) => ({
    serviceDefaults: entry('service-defaults', exportOf[side], { Protocol: 'http' }),
    intentions: entry('service-intentions', exportOf[side], {
      Sources: [
        {
          Name: 'web',
          Peer: otherOf(side),
          Permissions: [permission('allow', { PathPrefix: '/', Methods: ['GET'] })],
        },
      ],
    }),
  }),
  'not in the mesh': (side) => healthOf(side, { inMesh: 0 }),
  'its sidecars are down': (side) =>
    healthOf(side, {
      downInMesh: {
        kind: 'connect-proxy',
        service: 'x',
        id: 'x',
        node: 'n',
        synthetic: false,
        failing: ['x'],
      },
    }),
  'its health is not there': () => ({ exportedHealth: [] }),
  'resolves to another service': resolvesTo(1),
  'resolves to a service without instances': resolvesTo(0),
  'nothing is offered': (side) => importedOf(side, { instances: 0, passing: 0, addresses: [] }),
  'all that is offered fails': (side) => importedOf(side, { passing: 0, failing: ['x'] }),
  'what is offered is not there': () => ({ importedServices: [] }),
  'serves http': (side) => ({
    serviceDefaults: entry('service-defaults', exportOf[side], { Protocol: 'http' }),
  }),
  'serves grpc': (side) => ({
    serviceDefaults: entry('service-defaults', exportOf[side], { Protocol: 'grpc' }),
  }),
  'little time for requests': (side) => ({
    serviceDefaults: entry('service-defaults', exportOf[side], {
      Protocol: 'http',
      LocalRequestTimeoutMs: 5,
    }),
  }),
  'an escape hatch of the upstream': (side) => sidecarsOf(side, { Config: { envoy_listener_json: 'x' } }),
  'an escape hatch of the sidecar': (side) =>
    healthOf(side, { escapeHatches: [{ proxy: 'x', option: 'envoy_local_cluster_json', path: '[0]' }] }),
  'an extension of what is called': (side) => ({
    serviceDefaults: entry('service-defaults', exportOf[side], {
      EnvoyExtensions: [{ Name: 'builtin/ext-authz', Arguments: {} }],
    }),
  }),
  'a script of what calls': () => ({
    serviceDefaults: entry('service-defaults', 'web', {
      EnvoyExtensions: [{ Name: 'builtin/lua', Arguments: { Listener: 'outbound' } }],
    }),
  }),
  'calls with TLS 1.3': () => ({
    mesh: entry('mesh', 'mesh', { TLS: { Outgoing: { TLSMaxVersion: 'TLSv1_3' } } }),
  }),
  'takes TLS 1.3 alone': () => ({
    mesh: entry('mesh', 'mesh', { TLS: { Incoming: { TLSMinVersion: 'TLSv1_3' } } }),
  }),
};

export interface World {
  readonly east: readonly string[];
  readonly west: readonly string[];
  readonly hidden: readonly HiddenSection[];
  /** The cluster at the other end: configured and read, configured and not read, or not configured. */
  readonly far: 'read' | 'not-read' | 'not-configured';
}

const emptyOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? []
    : typeof value === 'object' && value !== null && 'list' in value
      ? { ...value, list: [] }
      : value;

const hide = (snapshot: Snapshot, section: PathSection, as: Hiding): Snapshot => {
  const old = snapshot.sections[section];
  const value = old.visibility === 'hidden' ? undefined : old.value;
  const changed =
    as === 'hidden' || value === undefined ? hidden() : partial(as === 'emptied' ? emptyOf(value) : value);
  return { ...snapshot, sections: { ...snapshot.sections, [section]: changed } };
};

const mapFar = (snapshot: Snapshot, change: (far: Snapshot) => Snapshot): Snapshot => ({
  ...snapshot,
  sections: {
    ...snapshot.sections,
    otherSides: {
      visibility: 'visible',
      value: valueOf(snapshot.sections.otherSides).map((side) => ({
        ...side,
        snapshot:
          side.snapshot.visibility === 'visible'
            ? { visibility: 'visible', value: change(side.snapshot.value) }
            : side.snapshot,
      })),
    },
  },
});

/** Hides sections of the two clusters of a snapshot. */
export const hideSections = (snapshot: Snapshot, sections: readonly HiddenSection[]): Snapshot =>
  sections.reduce(
    (changed, { side, section, as }) =>
      side === 'east' ? hide(changed, section, as) : mapFar(changed, (far) => hide(far, section, as)),
    snapshot,
  );

const changesOf = (side: Side, names: readonly string[]): SnapshotChanges =>
  Object.assign({}, ...names.map((name) => variations[name]?.(side))) as SnapshotChanges;

/** The snapshot of prod-east, with that of prod-west where it was read. */
export const snapshotOfWorld = ({ east, west, hidden: sections, far }: World): Snapshot => {
  const whole = hideSections(twoClusters(changesOf('east', east), changesOf('west', west)), sections);
  if (far === 'read') return whole;
  const otherSides =
    far === 'not-configured'
      ? []
      : valueOf(whole.sections.otherSides).map((side) => ({ ...side, snapshot: hidden() }));
  return {
    ...whole,
    sections: { ...whole.sections, otherSides: { visibility: 'visible', value: otherSides } },
  };
};

const names = Object.keys(variations);

const someHidden: fc.Arbitrary<HiddenSection> = fc.record({
  side: fc.constantFrom(...sides),
  section: fc.constantFrom(...pathSections),
  as: fc.constantFrom(...hidings),
});

/** Every section of every side, so that any subset of them is hidden. */
const anySubset: fc.Arbitrary<readonly HiddenSection[]> = fc
  .subarray(sides.flatMap((side) => pathSections.map((section) => ({ side, section }))))
  .chain((picked) =>
    fc.constantFrom(...hidings).map((as) => picked.map((one): HiddenSection => ({ ...one, as }))),
  );

/** Worlds of which many have paths on which traffic flows. */
export const arbitraryWorld: fc.Arbitrary<World> = fc.record({
  east: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }),
  west: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }),
  hidden: fc.oneof(
    { arbitrary: fc.constant([]), weight: 4 },
    { arbitrary: fc.array(someHidden, { maxLength: 3 }), weight: 5 },
    { arbitrary: anySubset, weight: 1 },
  ),
  far: fc.oneof(
    { arbitrary: fc.constant('read' as const), weight: 8 },
    { arbitrary: fc.constantFrom('not-read' as const, 'not-configured' as const), weight: 2 },
  ),
});
