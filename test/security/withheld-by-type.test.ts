import { redactEntry, redactMeta, redactNode, redactService } from '../../src/snapshot/redact';
import { AgentService, configEntries, Node } from '../../src/consul/wire';

/** One word, as passwords often are: nothing in its shape gives it away. */
const secret = 'hunter2hunter2';
/** More than one word, as no address is. */
const phrase = `password=${secret}`;

const service = (over: object) =>
  JSON.stringify(redactService(AgentService.parse({ ID: 'api', Service: 'api', ...over })).value);

const entry = (kind: keyof typeof configEntries, over: object) =>
  JSON.stringify(redactEntry(configEntries[kind].parse({ Kind: kind, Name: 'api', ...over })).value);

const proxyOf = (over: object) =>
  service({ Kind: 'connect-proxy', Proxy: { DestinationServiceName: 'api', ...over } });
const option = (over: object) => proxyOf({ Config: over });

it.each<[string, () => string]>([
  ['a tag of a single word', () => service({ Tags: [secret] })],
  ['a version in metadata', () => service({ Meta: { version: secret } })],
  ['any other metadata', () => service({ Meta: { team: secret } })],
  ['the version of a node', () => JSON.stringify(redactMeta({ 'consul-version': secret }))],
  [
    'addresses of a node that Consul does not name',
    () =>
      JSON.stringify(
        redactNode(Node.parse({ Node: 'a', TaggedAddresses: { x: secret }, Meta: { x: secret } })),
      ),
  ],
  [
    'what is no address of a service',
    () => service({ Address: phrase, TaggedAddresses: { lan: { Address: phrase } } }),
  ],
  ['exposed paths', () => proxyOf({ Expose: { Paths: [{ Path: secret, Other: { a: secret } }] } })],
  ['what is no socket of a service', () => service({ SocketPath: phrase })],
  [
    'what is no address of a sidecar',
    () =>
      proxyOf({
        LocalServiceAddress: phrase,
        LocalServiceSocketPath: phrase,
        Upstreams: [
          {
            DestinationName: 'b',
            LocalBindAddress: phrase,
            LocalBindSocketPath: phrase,
            LocalBindSocketMode: phrase,
          },
        ],
      }),
  ],
  [
    'what is no address of a node',
    () =>
      JSON.stringify(
        redactNode(Node.parse({ Node: 'a', Address: phrase, TaggedAddresses: { lan: phrase } })),
      ),
  ],
  ['the option protocol', () => option({ protocol: secret })],
  ['the option address', () => option({ envoy_gateway_bind_addresses: { a: { address: secret } } })],
  ['an option of any other name', () => option({ custom: { deep: [secret] } })],
  ['clusters of Envoy', () => option({ envoy_extra_static_clusters_json: secret })],
  [
    'the path of an access log',
    () => entry('proxy-defaults', { AccessLogs: { Enabled: true, Path: secret } }),
  ],
  ['options of proxy-defaults', () => entry('proxy-defaults', { Config: { protocol: secret } })],
  ['opaque configuration', () => entry('proxy-defaults', { Opaque: { key: secret } })],
  [
    'the rewrite of a router',
    () => entry('service-router', { Routes: [{ Destination: { Service: 'b', PrefixRewrite: secret } }] }),
  ],
  ['the filter of a subset', () => entry('service-resolver', { Subsets: { v1: { Filter: secret } } })],
  ['the protocol of service-defaults', () => entry('service-defaults', { Protocol: secret })],
  ['a description', () => entry('service-intentions', { Sources: [{ Name: 'a', Description: secret }] })],
  ['metadata of an entry', () => entry('mesh', { Meta: { note: secret, version: secret } })],
  [
    'files and SNI of a terminating gateway',
    () => entry('terminating-gateway', { Services: [{ Name: 'a', KeyFile: secret, SNI: secret }] }),
  ],
  [
    'arguments of an Envoy extension',
    () => entry('service-defaults', { EnvoyExtensions: [{ Name: 'lua', Arguments: { Script: secret } }] }),
  ],
  ['values under a key that looks like a secret', () => option({ [`key:${secret}`]: {}, protocol: 'http' })],
])('withholds %s', (_, redacted) => {
  const text = redacted();
  expect(text).not.toContain(secret);
  expect(text).toContain('<withheld>');
});

const keySecrets = [
  'AKIAQ3EGRCANARY77XZB',
  'hvs.CAESIJlWhs7Gq2QmV0cXk',
  'password=hunter2',
  'c4a17d00'.repeat(4),
];

it.each<[string, (keys: object) => string]>([
  ['metadata of a service', (keys) => service({ Meta: keys })],
  ['metadata of a node', (keys) => JSON.stringify(redactNode(Node.parse({ Node: 'a', Meta: keys })))],
  ['metadata of an entry', (keys) => entry('mesh', { Meta: keys })],
  ['options of a proxy', (keys) => option(keys)],
  ['options within options', (keys) => option({ envoy_gateway_bind_addresses: keys })],
  ['options of proxy-defaults', (keys) => entry('proxy-defaults', { Config: keys })],
  ['fields of an entry that the bot does not know', (keys) => entry('service-defaults', { Opaque: keys })],
])('withholds keys that look like secrets, with what is under them: %s', (_, redacted) => {
  // Empty values are kept, so a key alone could show.
  const text = redacted(Object.fromEntries(keySecrets.map((key) => [key, ''])));
  expect(keySecrets.filter((key) => text.includes(key))).toEqual([]);
  expect(text).toContain('"<withheld>":"<withheld>"');
});

it('notes each withheld key, without its text', () => {
  const { withheld } = redactEntry({
    Kind: 'mesh',
    Meta: Object.fromEntries(keySecrets.map((key) => [key, ''])),
  });
  expect(withheld).toEqual(keySecrets.map(() => '/Meta/<withheld>'));
});

it('keeps the names of options, however long', () => {
  const names = [
    'envoy_gateway_remote_tcp_keepalive_interval',
    'envoy_opentelemetry_collector_tracing_sampling_rate_2',
    'consul.hashicorp.com/mesh-gateway-wan-address-source',
    'EnforcingConsecutiveGatewayFailurePercent',
    'k8s-service-name',
  ];
  const text = option(Object.fromEntries(names.map((key) => [key, 'x'])));
  expect(names.filter((key) => !text.includes(key))).toEqual([]);
});

it('keeps what checks read', () => {
  expect(
    option({ protocol: 'http', local_connect_timeout_ms: 5000, bind_address: '10.0.0.1' }),
  ).not.toContain('withheld');
  for (const address of [
    '10.0.0.1',
    'fe80::1%eth0',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    'lb-1.example.com',
    'k8s_node',
    '0.0.0.0',
  ])
    expect(service({ Address: address, SocketPath: '/run/app/web-1.sock' })).not.toContain('withheld');
  expect(service({ Meta: { version: '1.20.1+ent', 'external-source': 'kubernetes' } })).not.toContain(
    'withheld',
  );
  expect(
    entry('service-intentions', {
      Sources: [{ Name: '*', Peer: 'east', Action: 'allow', Permissions: [{ HTTP: { PathPrefix: '/v1' } }] }],
    }),
  ).not.toContain('withheld');
  expect(
    entry('service-resolver', { ConnectTimeout: '15s', Redirect: { Service: 'b', Peer: 'east' } }),
  ).not.toContain('withheld');
});
