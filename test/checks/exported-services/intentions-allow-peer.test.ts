import { exampleAcl } from '../../../src/checks/examples/acl';
import {
  exampleAgent,
  exampleEntry,
  exampleExportedHealth,
  exampleExports,
  exampleIntentions,
  examplePeering,
  exampleRoots,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { changeSnapshot } from '../../../src/checks/examples/healthy';
import { type Peering, SamenessGroup, ServiceIntentions } from '../../../src/consul/wire';
import { exporting, failingOver, peers, sentOnTo } from '../changes';
import { checkTable, type Changes, firstCode, resultFor, type Row } from '../check-table';
import { exampleCertificates } from '../../../src/checks/examples/certificates';
import { ofTrustDomain } from '../two-clusters';
import { hidden, partial, visible } from '../world';

const id = 'intentions-allow-peer';
const toApi = 'intention web of west → api';
const api = ['warning', 'service api'] as const;

/** `west` is configured here too: there `web` calls `api` here, and it calls this cluster `east`. */
const caller = (changes: Changes = {}, target = 'api'): Changes => ({
  otherSides: [
    {
      peer: 'west',
      cluster: 'prod-west',
      snapshot: visible(
        changeSnapshot({
          peerings: {
            enabled: true,
            list: [examplePeering({ Name: 'east', ID: 'far', PeerID: examplePeering().ID })],
          },
          sidecars: [exampleSidecar([exampleUpstream({ DestinationName: target, DestinationPeer: 'east' })])],
          intentions: [exampleIntentions([{ name: 'web', peer: 'east' }], 'billing')],
          ...changes,
        }),
      ),
    },
  ],
});

const intentions = (...sources: Parameters<typeof exampleIntentions>[0] & object): Changes => ({
  intentions: [exampleIntentions(sources)],
});

const withPermissions = (Permissions: readonly object[], protocol = 'http'): Changes => {
  const entry = exampleIntentions();
  const Sources = [{ Name: 'web', Peer: 'west', Permissions }];
  return {
    intentions: [{ ...entry, entry: ServiceIntentions.parse({ ...entry.entry, Sources }) }],
    proxyDefaults: [
      exampleEntry({ Kind: 'proxy-defaults' as const, Name: 'global', Mode: '', Config: { protocol } }),
    ],
  };
};

/** The other side calls api, which this cluster serves with a protocol, and whose sidecars are registered with others. */
const registeredWith = (Protocol: string, ...protocols: readonly string[]): Changes => ({
  ...caller(),
  serviceDefaults: [exampleEntry({ Kind: 'service-defaults' as const, Name: 'api', Protocol, Mode: '' })],
  exportedHealth: [exampleExportedHealth({ protocols })],
});

const http = (Action: string, PathPrefix: string) => ({
  Action,
  HTTP: { PathExact: '', PathPrefix, PathRegex: '', Methods: [], Header: [] },
});

const defaultPolicy = (DefaultIntentionPolicy: string): Changes => ({
  agent: exampleAgent({ DebugConfig: { DefaultIntentionPolicy, ACLResolverSettings: null } }),
});

/** `west` closes `billing` to `web` of this cluster. */
const denied = caller({ sidecars: [], intentions: [] });

const askingForJwt: Changes = {
  ...withPermissions([]),
  intentions: [
    {
      ...exampleIntentions(),
      entry: ServiceIntentions.parse({
        Kind: 'service-intentions',
        Name: 'api',
        JWT: { Providers: [{ Name: 'okta' }] },
        Sources: [{ Name: 'web', Peer: 'west', Action: 'allow' }],
      }),
    },
  ],
};

const byGroup = (...Members: readonly object[]): Changes => ({
  intentions: [
    {
      ...exampleIntentions(),
      entry: ServiceIntentions.parse({
        Kind: 'service-intentions',
        Name: 'api',
        Sources: [{ Name: 'web', SamenessGroup: 'pair', Action: 'allow' }],
      }),
    },
  ],
  samenessGroups: [
    { ...exampleIntentions(), entry: SamenessGroup.parse({ Kind: 'sameness-group', Name: 'pair', Members }) },
  ],
});

const twoExports = exporting({ name: 'api', peers: ['west'] }, { name: 'pay', peers: ['west'] });

/** `west` and `west-2` are peerings with one configured cluster, which calls them `east` and `east-2`. */
const twice = (exportedTo: readonly string[], changes: Changes = {}): Changes => ({
  ...peers({ ID: examplePeering().ID }, { Name: 'west-2', ID: 'second' }),
  ...exporting({ name: 'api', peers: [...exportedTo] }),
  ...caller({
    peerings: {
      enabled: true,
      list: [
        examplePeering({ Name: 'east', ID: 'far', PeerID: examplePeering().ID }),
        examplePeering({ Name: 'east-2', ID: 'far-2', PeerID: 'second' }),
      ],
    },
    ...changes,
  }),
});

const both = ['west', 'west-2'];
const ofSecond = intentions({ name: 'web', peer: 'west-2' });

/** `west` is a datacenter of the same federation, of which this one is the primary. */
const federated = (changes: Changes = {}): Changes => caller({ cluster: { datacenter: 'dc2' }, ...changes });
/** `west` and this one are datacenters of one federation, and `south` is a peer that is not configured. */
const threeDatacenters = (south: Partial<Peering>): Changes => ({
  ...peers({ ID: examplePeering().ID }, { Name: 'south', ...south }),
  ...exporting({ name: 'api', peers: ['west', 'south'] }),
  ...federated(),
  ...intentions({ name: 'web', peer: 'south' }),
});
const openByDefault = defaultPolicy('allow');
const dialed = (PeerServerName: string): Changes => peers({ PeerServerName });
/** A peer that has dialed this cluster and is not configured: its CA certificates show its trust domain, or do not. */
const accepted = (pem: string, ours = trustDomain): Changes => ({
  ...peers({ PeerCAPems: [pem], Remote: { Partition: '', Datacenter: 'dc2' } }),
  caRoots: ofTrustDomain(ours),
});
const ofCertificate = '701dce88-245e-f0ed-5990-124d01d3bad7.consul';
const trustDomain = exampleRoots().roots.TrustDomain;
const localWeb = intentions({ name: 'web' });
const localDeny = intentions({ name: '*', action: 'deny' });
const overHttp = withPermissions([]).proxyDefaults;
const allowsWeb = intentions({ name: 'web', peer: 'west' });
const over = (Protocol: string): Changes => ({
  serviceDefaults: [exampleEntry({ Kind: 'service-defaults' as const, Name: 'api', Protocol, Mode: '' })],
});
const behindGateway = (Name: string): Changes => ({
  terminatingGateways: [
    exampleEntry({ Kind: 'terminating-gateway' as const, Name: 'exit', Services: [{ Name }] }),
  ],
});
const sanitizing: Changes = {
  mesh: [
    {
      entry: { Kind: 'mesh', HTTP: { SanitizeXForwardedClientCert: true } },
      at: { endpoint: '/v1/config/mesh', path: '[0]' },
      withheld: [],
    },
  ],
};

checkTable(id, [
  [
    'sidecars of an L7 service are registered with tcp',
    registeredWith('http', 'tcp'),
    'fail',
    ['error', toApi],
  ],
  [
    'sidecars of a service of tcp are registered with http',
    registeredWith('tcp', 'http'),
    'fail',
    ['error', toApi],
  ],
  [
    'one sidecar of two is registered with tcp',
    registeredWith('http', 'tcp', 'http'),
    'fail',
    ['warning', toApi],
  ],
  [
    'one sidecar of two is registered with http, and the other with nothing, as is the service',
    registeredWith('', 'http', ''),
    'fail',
    ['warning', toApi],
  ],
  [
    'one sidecar of two is registered with tcp, and the other goes by the service, which is http',
    registeredWith('http', 'tcp', ''),
    'fail',
    ['warning', toApi],
  ],
  [
    'one sidecar of two is registered with http, and the other goes by the service, which is http too',
    registeredWith('http', 'http', ''),
    'pass',
  ],
  [
    'one sidecar of two is registered with tcp, and the other with nothing, as is the service',
    registeredWith('', 'tcp', ''),
    'pass',
  ],
  [
    'one sidecar of two is registered with tcp, and everything is allowed',
    { ...registeredWith('http', 'tcp', ''), ...defaultPolicy('allow') },
    'pass',
  ],
  [
    'sidecars of a service of http2 are registered with grpc',
    registeredWith('http2', 'grpc'),
    'fail',
    ['error', toApi],
  ],
  [
    'one sidecar of two is registered with grpc, and the other with http2',
    registeredWith('http2', 'grpc', 'http2'),
    'fail',
    ['warning', toApi],
  ],
  [
    'one sidecar of two is registered with grpc, and everything is allowed',
    { ...registeredWith('http2', 'grpc', 'http2'), ...defaultPolicy('allow') },
    'pass',
  ],
  [
    'one sidecar of two is registered with grpc, and an intention denies what else is allowed',
    {
      ...registeredWith('http2', 'grpc', 'http2'),
      ...intentions({ name: 'web', peer: 'west', action: 'deny' }),
      ...defaultPolicy('allow'),
    },
    'fail',
    ['warning', toApi],
  ],
  [
    'one sidecar of two is registered with grpc, and the mesh entry is not visible',
    { ...registeredWith('http2', 'grpc', 'http2'), mesh: hidden() },
    'unknown',
  ],
  [
    'one sidecar of two is registered with grpc, and the other with tcp',
    registeredWith('http2', 'grpc', 'tcp'),
    'fail',
    ['error', toApi],
  ],
  ['sidecars of a service of grpc are registered with http', registeredWith('grpc', 'http'), 'pass'],
  ['sidecars are registered with another L7 protocol', registeredWith('http', 'http2'), 'pass'],
  ['sidecars set no protocol', registeredWith('http'), 'pass'],
  [
    'in a federation, a local source denies all',
    { ...federated(), ...openByDefault, ...localDeny },
    'fail',
    ['error', toApi],
  ],
  ['in a federation, a local source allows its name', { ...federated(), ...localWeb }, 'pass'],
  [
    'in a federation whose trust domain is written in capitals',
    { ...federated({ caRoots: ofTrustDomain(trustDomain.toUpperCase()) }), ...localWeb },
    'pass',
  ],
  [
    'a local source allows its name, and the other side has another trust domain',
    { ...federated({ caRoots: ofTrustDomain('other.consul') }), ...localWeb },
    'fail',
    ['error', toApi],
  ],
  [
    'a local source allows its name, and the trust domain of the other side is not visible',
    { ...federated({ caRoots: hidden() }), ...localWeb },
    'fail',
    ['error', toApi],
  ],
  [
    'a local source allows its name, and the other side is another partition of the same datacenter',
    { ...caller({ cluster: { partition: 'ops' } }), ...localWeb },
    'fail',
    ['error', toApi],
  ],
  [
    'in a federation, a local source allows its name, and the protocol is http',
    { ...federated(), ...localWeb, proxyDefaults: overHttp },
    'fail',
    ['error', toApi],
  ],
  [
    'in a federation, an intention allows the peer, and the protocol is http',
    { ...federated(), ...allowsWeb, proxyDefaults: overHttp },
    'pass',
  ],
  [
    'a third datacenter of the federation is a peer, and an intention about it allows the name',
    threeDatacenters({ PeerServerName: `server.dc3.peering.${trustDomain}` }),
    'pass',
  ],
  [
    'an intention about a peer of another trust domain allows the name',
    threeDatacenters({ PeerServerName: 'server.dc3.peering.other.consul' }),
    'fail',
    ['error', toApi],
  ],
  [
    'an intention about a peer allows the name, and its trust domain is not visible',
    threeDatacenters({}),
    'unknown',
  ],
  [
    'an intention allows the peer over grpc',
    { ...caller(), ...allowsWeb, ...over('grpc') },
    'fail',
    ['error', toApi],
  ],
  [
    'an intention allows the peer over GRPC',
    { ...caller(), ...allowsWeb, ...over('GRPC') },
    'fail',
    ['error', toApi],
  ],
  [
    'an intention allows the peer over grpc, before 1.15',
    { ...caller(), ...allowsWeb, ...over('grpc'), cluster: { consulVersion: '1.14.11' } },
    'pass',
  ],
  [
    'an intention allows the peer over grpc, and the version is not visible',
    { ...caller(), ...allowsWeb, ...over('grpc'), cluster: { consulVersion: '' } },
    'unknown',
  ],
  [
    'an intention allows the peer over grpc, and a terminating gateway may serve the service',
    { ...caller(), ...allowsWeb, ...over('grpc'), ...behindGateway('api') },
    'unknown',
  ],
  [
    'an intention allows the peer over grpc, and what a wildcard links is not visible',
    { ...caller(), ...allowsWeb, ...over('grpc'), ...behindGateway('*'), wildcardLinks: hidden() },
    'unknown',
  ],
  [
    'an intention allows the peer over grpc, and a wildcard links another service',
    { ...caller(), ...allowsWeb, ...over('grpc'), ...behindGateway('*') },
    'fail',
    ['error', toApi],
  ],
  [
    'an intention allows the peer over grpc, and everything is allowed',
    { ...caller(), ...allowsWeb, ...over('grpc'), ...openByDefault },
    'pass',
  ],
  [
    'an intention denies the peer over grpc, and everything else is allowed',
    {
      ...caller(),
      ...intentions({ name: 'web', peer: 'west', action: 'deny' }),
      ...over('grpc'),
      ...openByDefault,
    },
    'fail',
    ['warning', toApi],
  ],
  [
    'no consumer is known, and an intention allows the peer over grpc',
    { ...caller({ sidecars: [] }), ...allowsWeb, ...over('grpc') },
    'fail',
    api,
  ],
  [
    'no consumer is known, an intention allows the peer over http, and the mesh entry is not visible',
    { ...caller({ sidecars: [] }), ...allowsWeb, ...over('http'), mesh: hidden() },
    'unknown',
  ],
  [
    'an intention allows the peer over http, and the mesh entry drops what names it',
    { ...caller(), ...allowsWeb, ...over('http'), ...sanitizing },
    'fail',
    ['error', toApi],
  ],
  [
    'an intention allows the peer over tcp, and the mesh entry drops headers',
    { ...caller(), ...allowsWeb, ...sanitizing },
    'pass',
  ],
  [
    'an intention allows the peer over http, and the mesh entry is not visible',
    { ...caller(), ...allowsWeb, ...over('http'), mesh: hidden() },
    'unknown',
  ],
  [
    'an intention allows the peer, and neither the protocol nor the mesh entry is visible',
    { ...caller(), ...allowsWeb, proxyDefaults: hidden() },
    'unknown',
  ],
  [
    'in a federation, a local source denies all, and the protocol is not visible',
    { ...federated(), ...openByDefault, ...localDeny, proxyDefaults: hidden() },
    'unknown',
  ],
  [
    'no consumer in a federation is known, and a local source is allowed',
    { ...federated({ sidecars: [] }), ...localWeb },
    'pass',
  ],
  [
    'no consumer in a federation is known, and a local source denies all',
    { ...federated({ sidecars: [] }), ...openByDefault, ...localDeny },
    'fail',
    api,
  ],
  [
    'the name of the servers that were dialed shows the same federation, and a local source is allowed',
    { ...dialed(`server.dc2.peering.${trustDomain}`), ...localWeb },
    'pass',
  ],
  [
    'the name of the servers that were dialed shows another trust domain, and a local source is allowed',
    { ...dialed('server.dc2.peering.other.consul'), ...localWeb },
    'fail',
    api,
  ],
  [
    'the certificates of a peer that has dialed show the same federation, and a local source is allowed',
    { ...accepted(exampleCertificates.ofConsul, ofCertificate), ...localWeb },
    'pass',
  ],
  [
    'the certificates of a peer that has dialed show the same federation, and a local source denies all',
    { ...accepted(exampleCertificates.ofConsul, ofCertificate), ...openByDefault, ...localDeny },
    'fail',
    api,
  ],
  [
    'the certificates of a peer that has dialed show another trust domain, and a local source denies all',
    { ...accepted(exampleCertificates.ofConsul), ...openByDefault, ...localDeny },
    'pass',
  ],
  [
    'the certificates of a peer that has dialed show no trust domain, and a local source denies all',
    { ...accepted(exampleCertificates.tenYears), ...openByDefault, ...localDeny },
    'unknown',
  ],
  [
    'the certificates of a peer that has dialed show no trust domain, and no intention denies',
    { ...accepted(exampleCertificates.tenYears), ...openByDefault, intentions: [] },
    'pass',
  ],
  [
    'the certificates of a peer that has dialed show no trust domain, and a local source alone is allowed',
    { ...accepted(exampleCertificates.tenYears), ...localWeb },
    'fail',
    api,
  ],
  ['an intention of a second peering with its cluster allows it', { ...twice(both), ...ofSecond }, 'pass'],
  [
    'an intention of a second peering with its cluster allows it, and the run is about the first',
    { ...twice(both), ...ofSecond, onlyPeer: 'west' },
    'pass',
  ],
  [
    'an intention of a second peering allows it, to which the service is not exported',
    { ...twice(['west']), ...ofSecond },
    'fail',
    ['error', toApi],
  ],
  [
    'an intention of a second peering allows it, which has another cluster at its end',
    {
      ...twice(both),
      ...peers({ ID: examplePeering().ID }, { Name: 'west-2', ID: 'elsewhere' }),
      ...ofSecond,
    },
    'fail',
    ['error', toApi],
  ],
  [
    'no consumer is known, and an intention of a second peering with its cluster allows it',
    { ...twice(both, { sidecars: [] }), ...ofSecond },
    'pass',
  ],
  [
    'no consumer is known, and no intention of either peering with its cluster allows it',
    { ...twice(both, { sidecars: [] }), intentions: [] },
    'fail',
    api,
  ],
  [
    'an intention of a second peering allows it, and the exports to that are not visible',
    {
      ...twice(both),
      ...ofSecond,
      exportedServices: partial([exampleExports([{ name: 'api', peers: ['west'] }])]),
    },
    'unknown',
  ],
  ['no consumer is known, and some service is allowed', {}, 'pass'],
  ['the known consumer is allowed', caller(), 'pass'],
  [
    'its calls are sent on to a service that has no intention',
    { ...caller(), ...sentOnTo('api', 'behind') },
    'fail',
    ['error', toApi],
  ],
  [
    'its calls are sent on to a service whose intention allows it, and that of the name does not',
    {
      ...caller(),
      ...sentOnTo('api', 'behind'),
      intentions: [exampleIntentions([{ name: 'web', peer: 'west' }], 'behind')],
    },
    'pass',
  ],
  [
    'some of its calls are sent on to a service that has no intention',
    { ...caller(), ...sentOnTo('api', 'api', 'behind') },
    'fail',
    ['warning', toApi],
  ],
  [
    'no consumer is known, and calls are sent on to a service that has no intention',
    sentOnTo('api', 'behind'),
    'fail',
    api,
  ],
  ['the intention asks for a JWT as well', { ...caller(), ...askingForJwt }, 'fail', ['warning', toApi]],
  ['a sameness group with its cluster is allowed', { ...caller(), ...byGroup({ Peer: 'west' }) }, 'pass'],
  [
    'a sameness group without its cluster is allowed',
    { ...caller(), ...byGroup({ Peer: 'lab' }) },
    'fail',
    ['error', toApi],
  ],
  [
    'a sameness group that is not visible is allowed',
    { ...caller(), ...byGroup({ Peer: 'west' }), samenessGroups: hidden() },
    'unknown',
  ],
  [
    'an intention names a peer that is no peering',
    { ...caller(), ...intentions({ name: 'web', peer: 'cluster-02' }) },
    'fail',
    ['error', toApi],
  ],
  [
    'an exact intention denies it',
    {
      ...caller(),
      ...intentions({ name: '*', peer: 'west' }, { name: 'web', peer: 'west', action: 'deny' }),
    },
    'fail',
    ['error', toApi],
  ],
  [
    'only a local service of the same name is allowed',
    { ...caller(), ...intentions({ name: 'web' }) },
    'fail',
    ['error', toApi],
  ],
  [
    'two consumers of three are denied',
    {
      ...caller({
        sidecars: ['web', 'shop', 'ops'].map((name) => {
          const base = exampleSidecar(
            [exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })],
            { service: `${name}-sidecar-proxy` },
          );
          return { ...base, proxy: { ...base.proxy, DestinationServiceName: name } };
        }),
      }),
      ...intentions({ name: 'shop', peer: 'west' }),
    },
    'fail',
    ['error', toApi],
    ['error', 'intention ops of west → api'],
  ],
  [
    'two instances of a consumer are denied: one finding',
    {
      ...caller({
        sidecars: ['app-1', 'app-2'].map((node) =>
          exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })], { node }),
        ),
      }),
      ...intentions({ name: 'ops' }),
    },
    'fail',
    ['error', toApi],
  ],
  [
    'only a failover resolves to the service that is closed',
    {
      ...caller({
        sidecars: [exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: '' })])],
        ...failingOver('api', { Peer: 'east' }),
      }),
      ...intentions({ name: 'ops' }),
    },
    'fail',
    ['warning', toApi],
  ],
  [
    'some paths are denied',
    { ...caller(), ...withPermissions([http('deny', '/admin'), http('allow', '/')]) },
    'fail',
    ['warning', toApi],
  ],
  [
    'a tcp service has L7 permissions',
    { ...caller(), ...withPermissions([http('allow', '/')], 'tcp') },
    'fail',
    ['error', toApi],
  ],
  ['no consumer is known, and nobody is allowed', intentions({ name: 'web', peer: 'lab' }), 'fail', api],
  [
    'no consumer is known, and one is denied',
    intentions({ name: 'web', peer: 'west', action: 'deny' }),
    'fail',
    api,
  ],
  [
    'no consumer is known, one is denied, and another is allowed',
    intentions({ name: 'web', peer: 'west', action: 'deny' }, { name: 'shop', peer: 'west' }),
    'pass',
  ],
  [
    'no consumer is known, and some path is allowed',
    withPermissions([http('deny', '/a'), http('allow', '/')]),
    'pass',
  ],
  ['no consumer is known, and every path is denied', withPermissions([http('deny', '/')]), 'fail', api],
  [
    'there is no intention, and the default policy allows',
    { intentions: [], ...defaultPolicy('allow') },
    'pass',
  ],
  [
    'there is no intention, and the default policy denies',
    { intentions: [], ...defaultPolicy('deny') },
    'fail',
    api,
  ],
  [
    'the default policy allows, and all services of the peer are denied',
    { ...intentions({ name: '*', peer: 'west', action: 'deny' }), ...defaultPolicy('allow') },
    'fail',
    api,
  ],
  [
    'the default policy allows, and one service of the peer is denied',
    { ...intentions({ name: 'web', peer: 'west', action: 'deny' }), ...defaultPolicy('allow') },
    'pass',
  ],
  [
    'there is no intention, and ACLs are disabled',
    {
      intentions: [],
      ...defaultPolicy(''),
      acl: { enabled: false, anonymous: false },
    },
    'pass',
  ],
  ...(
    [
      ['1.20.1', 'unknown'],
      ['1.17.0', 'unknown'],
      ['', 'unknown'],
      ['1.16.9+ent', 'pass'],
      ['1.14.11', 'pass'],
    ] as const
  ).map(
    ([consulVersion, outcome]): Row => [
      `ACLs allow, and Consul ${consulVersion} does not show a default policy for intentions`,
      {
        intentions: [],
        agent: hidden(),
        acl: exampleAcl({ AgentACLDefaultPolicy: 'allow' }),
        cluster: { consulVersion },
      },
      outcome,
    ],
  ),
  [
    'the protocol that permissions depend on is not visible',
    { ...caller(), ...withPermissions([http('allow', '/')]), proxyDefaults: hidden() },
    'unknown',
  ],
  ['the second of two services is closed', twoExports, 'fail', ['warning', 'service pay']],
  [
    'two services are closed, of which the other side calls the second: that is reported as the call alone',
    { ...twoExports, ...caller({}, 'pay'), intentions: [] },
    'fail',
    ['error', 'intention web of west → pay'],
    api,
  ],
  [
    'the default policy allows, and the second intention denies all services of the peer',
    {
      ...intentions(
        { name: 'web', peer: 'west', action: 'deny' },
        { name: '*', peer: 'west', action: 'deny' },
      ),
      ...defaultPolicy('allow'),
    },
    'fail',
    api,
  ],
  ['both services are closed', { ...twoExports, intentions: [] }, 'fail', api, ['warning', 'service pay']],
  [
    'a service is closed to the second of two peers',
    { ...exporting({ name: 'api', peers: ['west', 'lab'] }), ...peers({}, { Name: 'lab' }) },
    'fail',
    api,
  ],
  ['a service is exported to a name that is no peering', exporting({ name: 'api', peers: ['wset'] }), 'pass'],
  [
    'only a wildcard and consul are exported, and nobody is allowed',
    {
      ...exporting({ name: '*', peers: ['west'] }, { name: 'consul', peers: ['west'] }),
      intentions: [],
    },
    'pass',
  ],
  ['a service is exported to nobody', { ...exporting({ name: 'api' }), intentions: [] }, 'skip'],
  ['nothing is exported', { exportedServices: [] }, 'skip'],
  ['there is no peering', peers(), 'skip'],
  ['the other side denies a call from here', denied, 'fail', ['error', 'intention web of east → billing']],
  [
    'the other side denies a call from here, which intentions here would allow',
    {
      ...denied,
      intentions: [exampleIntentions(), exampleIntentions([{ name: 'web', action: 'allow' }], 'billing')],
    },
    'fail',
    ['error', 'intention web of east → billing'],
  ],
  [
    'nothing is exported, and the other side denies a call from here',
    { ...denied, exportedServices: [] },
    'fail',
    ['error', 'intention web of east → billing'],
  ],
  ['intentions are not visible', { intentions: hidden() }, 'unknown'],
  ['some intentions are not visible', { intentions: partial([exampleIntentions()]) }, 'unknown'],
  [
    'some sidecars of the other side are not visible, and a visible one is denied',
    {
      ...caller({
        sidecars: partial([
          exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })]),
        ]),
      }),
      ...intentions({ name: 'ops' }),
    },
    'fail',
    ['error', toApi],
  ],
  ['exports are not visible', { exportedServices: hidden() }, 'unknown'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  ['the other side does not show its intentions', caller({ sidecars: [], intentions: hidden() }), 'unknown'],
  [
    'the other side shows a part of its intentions',
    caller({
      sidecars: [],
      intentions: partial([exampleIntentions([{ name: 'web', peer: 'east' }], 'billing')]),
    }),
    'unknown',
  ],
  [
    'the other side does not show its intentions, and a service here is closed',
    { ...caller({ sidecars: [], intentions: hidden() }), intentions: [] },
    'unknown',
    api,
  ],
]);

describe('the fix', () => {
  const code = (changes: Changes) => firstCode(resultFor(id, changes));

  it('changes the local source that keeps out callers of the same federation, and names no peer', () => {
    const text = code({ ...federated(), ...openByDefault, ...localDeny });
    expect(text).toContain('"web"');
    expect(text).not.toContain('Peer');
  });

  it('renames the misnamed peer of the entry, and keeps other sources', () => {
    const text = code({
      ...caller(),
      ...intentions({ name: 'web', peer: 'wset' }, { name: 'ops', action: 'allow' }),
    });
    expect(text).toContain('"ops"');
    expect(text).toContain('"west"');
    expect(text).not.toContain('wset');
  });

  it('renames the second source too, and no other', () => {
    const text = code({
      ...caller(),
      ...intentions({ name: 'ops', peer: 'wset' }, { name: 'shop' }, { name: 'web', peer: 'wets' }),
    });
    expect(text).toContain('"wset"');
    expect(text).not.toContain('wets');
  });

  it('is none where permissions deny a part or ask for a JWT: it would take them away', () => {
    const JWT = { Providers: [{ Name: 'okta' }] };
    for (const permissions of [
      [http('deny', '/admin'), http('allow', '/')],
      [http('allow', '/status')],
      [{ ...http('allow', '/'), JWT }],
    ]) {
      const { findings } = resultFor(id, { ...caller(), ...withPermissions(permissions) });
      expect(findings.map(({ severity, remediation }) => [severity, remediation])).toEqual([['warning', []]]);
    }
    const { findings } = resultFor(id, { ...caller(), ...withPermissions([http('deny', '/')]) });
    expect(findings.map(({ severity, remediation }) => [severity, remediation.length > 0])).toEqual([
      ['error', true],
    ]);
  });

  it('keeps a source of another peer', () => {
    const two = peers({ ID: examplePeering().ID }, { Name: 'lab' });
    const text = code({ ...caller(), ...two, ...intentions({ name: 'web', peer: 'lab' }) });
    expect(text).toContain('"lab"');
    expect(text).toContain('"west"');
    const far = code({ ...caller(), ...two, ...intentions({ name: 'web', peer: 'elsewhere' }) });
    expect(far).toContain('elsewhere');
  });

  it('allows any service of the peer where no consumer is known', () => {
    const text = code({ intentions: [] });
    expect(text).toMatch(/Name = "\*"|"Name": "\*"/u);
    expect(text).toContain('"west"');
  });
});
