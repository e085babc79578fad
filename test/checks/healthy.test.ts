import { exampleAcl } from '../../src/checks/examples/acl';
import {
  exampleCheck,
  exampleEntry,
  exampleGateway,
  exampleIntentions,
  examplePeering,
  exampleServer,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
  exampleExports,
} from '../../src/checks/examples/parts';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { visible, findingsOf, run, snapshotOf } from './world';

/** Ordinary healthy set-ups, as the snapshot shows them. None of them may raise an error. */

type Some = Partial<Snapshot['sections']>;

const peering = (imported: readonly string[], exported: readonly string[]) => {
  const base = examplePeering();
  return visible({
    enabled: true,
    list: [
      {
        ...base,
        StreamStatus: {
          ...base.StreamStatus,
          ImportedServices: [...imported],
          ExportedServices: [...exported],
        },
      },
    ],
  });
};

const target = (over: Record<string, string>) => ({
  Service: '',
  ServiceSubset: '',
  Peer: '',
  Datacenter: '',
  SamenessGroup: '',
  ...over,
});

/** A sidecar that names `billing` without a peer: its resolver leads there. */
const plain = visible([exampleSidecar([exampleUpstream({ DestinationPeer: '' })])]);

const localBilling: Some = {
  serviceNames: visible([{ name: 'api' }, { name: 'web' }, { name: 'billing' }, { name: 'mesh-gateway' }]),
  exportedHealth: visible([exampleExportedHealth(), exampleExportedHealth({ name: 'billing' })]),
};

const noExports: Some = {
  exportedServices: visible([]),
  resolvedExports: visible([]),
  exportedHealth: visible([]),
};

const mesh = {
  entry: { Kind: 'mesh' as const, Peering: { PeerThroughMeshGateways: true } },
  at: { endpoint: '/v1/config/mesh/mesh', path: '' },
  withheld: [],
};

const synthetic = (name: string) =>
  exampleGateway({
    node: { Node: name, Meta: { 'synthetic-node': 'true' } },
    checks: [exampleCheck({ Node: name, Type: 'kubernetes-readiness' })],
  });

const farSide = (sections: Some): Some => {
  const { ID } = examplePeering();
  const far = snapshotOf(
    {
      peerings: visible({
        enabled: true,
        list: [
          examplePeering({
            Name: 'east',
            ID: 'a-far-id',
            PeerID: ID,
            PeerServerAddresses: ['203.0.113.7:8443'],
            StreamStatus: {
              ...examplePeering().StreamStatus,
              ImportedServices: ['api'],
              ExportedServices: ['billing'],
            },
          }),
        ],
      }),
      sidecars: visible([
        exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })]),
      ]),
      exportedServices: visible([exampleExports([{ name: 'billing', peers: ['east'] }])]),
      intentions: visible([exampleIntentions([{ name: 'web', peer: 'east' }], 'billing')]),
      ...sections,
    },
    { name: 'prod-west', datacenter: 'dc2' },
  );
  return { otherSides: visible([{ peer: 'west', cluster: 'prod-west', snapshot: visible(far) }]) };
};

const setUps: Readonly<Record<string, Some>> = {
  'imports and exports': {},
  'imports only, without a gateway of its own': {
    ...noExports,
    gateways: visible([]),
    peerings: peering(['billing'], []),
  },
  'exports only': { sidecars: visible([]), peerings: peering([], ['api']) },
  'exports by wildcard, with services outside the mesh': {
    exportedServices: visible([exampleExports([{ name: '*', peers: ['west'] }])]),
    resolvedExports: visible(
      ['api', 'web', 'cron'].map((Service) => ({ Service, Consumers: { Peers: ['west'], Partitions: [] } })),
    ),
    peerings: peering(['billing'], ['api', 'web', 'cron']),
    serviceNames: visible([{ name: 'api' }, { name: 'web' }, { name: 'cron' }, { name: 'mesh-gateway' }]),
    exportedHealth: visible([]),
  },
  'redirects a name to a peer': {
    sidecars: plain,
    serviceResolvers: visible([
      exampleEntry({
        Kind: 'service-resolver' as const,
        Name: 'billing',
        Redirect: target({ Peer: 'west' }),
        Failover: {},
      }),
    ]),
  },
  'fails over to a peer': {
    ...localBilling,
    sidecars: plain,
    serviceResolvers: visible([
      exampleEntry({
        Kind: 'service-resolver' as const,
        Name: 'billing',
        Redirect: null,
        Failover: {
          '*': { Service: '', Datacenters: [], SamenessGroup: '', Targets: [target({ Peer: 'west' })] },
        },
      }),
    ]),
  },
  'has transparent proxies without upstreams': {
    sidecars: visible([
      exampleSidecar([], { proxy: { ...exampleSidecar().proxy, Mode: 'transparent', Upstreams: [] } }),
    ]),
  },
  'has two gateways': {
    gateways: visible([exampleGateway(), exampleGateway({ node: { Node: 'gw-2', Address: '10.0.3.8' } })]),
  },
  'has ACLs off': { acl: visible({ enabled: false, anonymous: false }) },
  'allows by default': { acl: visible(exampleAcl({ AgentACLDefaultPolicy: 'allow' })) },
  'has gateways of Consul dataplane on synthetic nodes': {
    gateways: visible([synthetic('node-a-virtual'), synthetic('node-b-virtual')]),
  },
  'uses local mode with a gateway that defines its options': {
    sidecars: visible([exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'local' } })])]),
    gateways: visible([exampleGateway({ config: { connect_timeout_ms: 5000 } })]),
  },
  'peers through mesh gateways, and so does the other side': {
    mesh: visible([mesh]),
    ...farSide({ mesh: visible([mesh]) }),
  },
  'peers through mesh gateways, with gateways on this side only': {
    mesh: visible([mesh]),
    // Nothing here calls a service of the other side, which would need a gateway there.
    sidecars: visible([]),
    ...farSide({ gateways: visible([]), exportedServices: visible([]) }),
  },
  'only dials, and publishes no port for streams': {
    servers: visible([exampleServer({ grpcPort: '', grpcTlsPort: '' })]),
    peerings: visible({
      enabled: true,
      list: [examplePeering({ PeerServerAddresses: ['203.0.113.9:8503'] })],
    }),
  },
  'has no peering yet': {
    ...noExports,
    sidecars: visible([]),
    gateways: visible([]),
    peerings: visible({ enabled: true, list: [] }),
  },
};

describe.each(Object.entries(setUps))('a healthy cluster that %s', (_, sections) => {
  it('raises no error, and leaves nothing unknown', () => {
    const report = run(snapshotOf(sections));
    expect(findingsOf(report, 'error')).toEqual([]);
    expect(report.results.filter(({ status }) => status === 'unknown').map(({ id }) => id)).toEqual([]);
  });

  it('raises none narrowed to its peer either', () => {
    expect(findingsOf(run(snapshotOf(sections), { peer: 'west' }), 'error')).toEqual([]);
  });
});
