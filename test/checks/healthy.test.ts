import { exampleAcl } from '../../src/checks/examples/acl';
import {
  exampleCheck,
  exampleEntry,
  exampleGateway,
  exampleIntentions,
  examplePeering,
  exampleServer,
  exampleServiceSeen,
  exampleSidecar,
  exampleUpstream,
  exampleExports,
} from '../../src/checks/examples/parts';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { all, findingsOf, run, snapshotOf } from './world';

/** Ordinary healthy set-ups, as the snapshot shows them. None of them may raise an error. */

type Some = Partial<Snapshot['sections']>;

const peering = (imported: readonly string[], exported: readonly string[]) => {
  const base = examplePeering();
  return all({
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
const plain = all([exampleSidecar([exampleUpstream({ DestinationPeer: '' })])]);

const localBilling: Some = {
  serviceNames: all([{ name: 'api' }, { name: 'web' }, { name: 'billing' }, { name: 'mesh-gateway' }]),
  exportedHealth: all([exampleServiceSeen(), exampleServiceSeen({ name: 'billing' })]),
};

const noExports: Some = { exportedServices: all([]), resolvedExports: all([]), exportedHealth: all([]) };

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
      peerings: all({
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
      sidecars: all([exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })])]),
      exportedServices: all([exampleExports([{ name: 'billing', peers: ['east'] }])]),
      intentions: all([exampleIntentions([{ name: 'web', peer: 'east' }], 'billing')]),
      ...sections,
    },
    { name: 'prod-west', datacenter: 'dc2' },
  );
  return { otherSides: all([{ peer: 'west', cluster: 'prod-west', snapshot: all(far) }]) };
};

const setUps: Readonly<Record<string, Some>> = {
  'imports and exports': {},
  'imports only, without a gateway of its own': {
    ...noExports,
    gateways: all([]),
    peerings: peering(['billing'], []),
  },
  'exports only': { sidecars: all([]), peerings: peering([], ['api']) },
  'exports by wildcard, with services outside the mesh': {
    exportedServices: all([exampleExports([{ name: '*', peers: ['west'] }])]),
    resolvedExports: all(
      ['api', 'web', 'cron'].map((Service) => ({ Service, Consumers: { Peers: ['west'], Partitions: [] } })),
    ),
    peerings: peering(['billing'], ['api', 'web', 'cron']),
    serviceNames: all([{ name: 'api' }, { name: 'web' }, { name: 'cron' }, { name: 'mesh-gateway' }]),
    exportedHealth: all([]),
  },
  'redirects a name to a peer': {
    sidecars: plain,
    serviceResolvers: all([
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
    serviceResolvers: all([
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
    sidecars: all([
      exampleSidecar([], { proxy: { ...exampleSidecar().proxy, Mode: 'transparent', Upstreams: [] } }),
    ]),
  },
  'has two gateways': {
    gateways: all([exampleGateway(), exampleGateway({ node: { Node: 'gw-2', Address: '10.0.3.8' } })]),
  },
  'has ACLs off': { acl: all({ enabled: false, anonymous: false }) },
  'allows by default': { acl: all(exampleAcl({ AgentACLDefaultPolicy: 'allow' })) },
  'has gateways of Consul dataplane on synthetic nodes': {
    gateways: all([synthetic('node-a-virtual'), synthetic('node-b-virtual')]),
  },
  'uses local mode with a gateway that defines its options': {
    sidecars: all([exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'local' } })])]),
    gateways: all([exampleGateway({ config: { connect_timeout_ms: 5000 } })]),
  },
  'peers through mesh gateways, and so does the other side': {
    mesh: all([mesh]),
    ...farSide({ mesh: all([mesh]) }),
  },
  'peers through mesh gateways, with gateways on this side only': {
    mesh: all([mesh]),
    ...farSide({ gateways: all([]), exportedServices: all([]) }),
  },
  'only dials, and publishes no port for streams': {
    servers: all([exampleServer({ grpcPort: '', grpcTlsPort: '' })]),
    peerings: all({ enabled: true, list: [examplePeering({ PeerServerAddresses: ['203.0.113.9:8503'] })] }),
  },
  'has no peering yet': {
    ...noExports,
    sidecars: all([]),
    gateways: all([]),
    peerings: all({ enabled: true, list: [] }),
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
