import type { Section, Sections, Snapshot } from '../../snapshot/snapshot';
import {
  exampleAcl,
  exampleGatewayToken,
  exampleRights,
  exampleSidecarTokens,
  gatewayRules,
  notSearched,
} from './acl';
import {
  exampleAgent,
  exampleCluster,
  exampleExports,
  exampleGateway,
  exampleImportedService,
  exampleIntentions,
  examplePeering,
  exampleRoots,
  exampleServer,
  exampleExportedHealth,
  exampleSidecar,
  exampleTakenAt,
} from './parts';

const visible = <T>(value: T): Section<T> => ({ visibility: 'visible', value });

/** Probes are off unless the clusters file asks for them. */
const notProbed: Section<Sections['probes']> = {
  visibility: 'hidden',
  reason: {
    kind: 'not-gathered',
    endpoint: '',
    message: 'The clusters file does not say `probe: true` for this cluster',
  },
};

/** The one snapshot that all examples differ from. `api` is exported to `west`; `web` calls `billing` there. */
export const healthySnapshot: Snapshot = {
  schemaVersion: 2,
  cluster: exampleCluster,
  takenAt: exampleTakenAt,
  durationMs: 412,
  sections: {
    agent: visible(exampleAgent()),
    leader: visible('10.0.1.11:8300'),
    servers: visible([exampleServer()]),
    datacenters: visible([exampleCluster.datacenter]),
    acl: visible(exampleAcl()),
    gatewayTokens: visible([exampleGatewayToken(gatewayRules)]),
    tokenCandidates: notSearched,
    sidecarTokens: visible(exampleSidecarTokens()),
    ownRights: visible(exampleRights()),
    peerings: visible({ enabled: true, list: [examplePeering()] }),
    caRoots: visible(exampleRoots()),
    serviceNames: visible([
      { name: 'api' },
      { name: 'web' },
      { name: 'api-sidecar-proxy' },
      { name: 'web-sidecar-proxy' },
      { name: 'mesh-gateway' },
      { name: 'consul' },
    ]),
    gateways: visible([exampleGateway()]),
    sidecars: visible([exampleSidecar()]),
    exportedHealth: visible([exampleExportedHealth()]),
    resolvedExports: visible([{ Service: 'api', Consumers: { Peers: ['west'], Partitions: [] } }]),
    exportedServices: visible([exampleExports([{ name: 'api', peers: ['west'] }])]),
    proxyDefaults: visible([]),
    serviceDefaults: visible([]),
    serviceResolvers: visible([]),
    serviceRouters: visible([]),
    serviceSplitters: visible([]),
    intentions: visible([exampleIntentions()]),
    discoveryChains: visible([]),
    exportedChains: visible([]),
    importedServices: visible([exampleImportedService()]),
    mesh: visible([]),
    terminatingGateways: visible([]),
    wildcardLinks: visible([]),
    httpRoutes: visible([]),
    tcpRoutes: visible([]),
    apiGateways: visible([]),
    ingressGateways: visible([]),
    routingGateways: visible([]),
    samenessGroups: visible([]),
    preparedQueries: visible([]),
    probes: notProbed,
    otherSides: visible([]),
    pendingSince: visible({}),
  },
};

/** Differences from the healthy snapshot: sections, given as their value or with their visibility, and the cluster. */
export type SnapshotChanges = {
  readonly [K in keyof Sections]?: Sections[K] | Section<Sections[K]> | undefined;
} & {
  readonly cluster?: Partial<Snapshot['cluster']> | undefined;
};

const isSection = (value: unknown): value is Section<unknown> =>
  typeof value === 'object' && value !== null && 'visibility' in value;

/** Applies differences to the healthy snapshot. */
export const changeSnapshot = ({ cluster, ...sections }: SnapshotChanges = {}): Snapshot => ({
  ...healthySnapshot,
  cluster: { ...healthySnapshot.cluster, ...cluster },
  sections: {
    ...healthySnapshot.sections,
    ...Object.fromEntries(
      Object.entries(sections).map(([name, value]) => [name, isSection(value) ? value : visible(value)]),
    ),
  },
});
