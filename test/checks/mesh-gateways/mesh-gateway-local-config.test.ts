import { exampleEntry, exampleGateway } from '../../../src/checks/examples/parts';
import { checkTable, type Changes, codesOf, resultFor, type Row } from '../check-table';
import { hidden, partial } from '../world';
import { localMode, proxyDefaults } from './changes';

const id = 'mesh-gateway-local-config';
const gateway = 'mesh-gateway mesh-gateway on gw-1';
const warned = ['warning', gateway] as const;

const config = (config: Readonly<Record<string, unknown>>): Changes => ({
  ...localMode,
  gateways: [exampleGateway({ config })],
});

/** A gateway as Consul dataplane registers it with the default values of the chart. */
const onKubernetes = (pod: string, service = 'mesh-gateway') =>
  exampleGateway({
    config: {},
    node: { Node: 'k8s-node-virtual', Meta: { 'synthetic-node': 'true' } },
    service: { ID: pod, Service: service },
  });

const defined: readonly Readonly<Record<string, unknown>>[] = [
  { connect_timeout_ms: 5000 },
  { connect_timeout_ms: '5000' },
  { connect_timeout_ms: '-5' },
  { Envoy_DNS_discovery_type: 'STRICT_DNS' },
  { envoy_mesh_gateway_no_default_bind: true },
  { envoy_mesh_gateway_no_default_bind: 'T' },
  { envoy_gateway_bind_addresses: { all: { address: '0.0.0.0', port: 8443 } } },
  { envoy_bootstrap_json_tpl: '{}' },
  { connect_timeout_ms: 5000, envoy_stats_tags: 'a' },
  { connect_timeout_ms: 5000, envoy_stats_tags: ['a'] },
];

/** Options that Consul does not know, or with a value that it cannot decode, beside one that is valid. */
const mentioned: readonly Readonly<Record<string, unknown>>[] = [
  { envoy_gatway_no_default_bind: true },
  { connect_timeout_ms: 'soon' },
  { envoy_mesh_gateway_no_default_bind: 'yes' },
  { envoy_gateway_bind_addresses: 'all' },
  { envoy_gateway_bind_addresses: null },
  { envoy_stats_tags: 5 },
  { envoy_listener_json: {} },
];

checkTable(id, [
  ['no option is defined', config({}), 'fail', warned],
  ...defined.map((options): Row => [`${JSON.stringify(options)} is defined`, config(options), 'pass']),
  ...mentioned.map(
    (options): Row => [
      `${JSON.stringify(options)} is beside a valid option`,
      config({ envoy_dns_discovery_type: 'LOGICAL_DNS', ...options }),
      'pass',
      ['info', gateway],
    ],
  ),
  [
    'an unknown and a mistyped option are beside a valid one',
    config({ envoy_dns_discovery_type: 'LOGICAL_DNS', x: 1, connect_timeout_ms: 'soon' }),
    'pass',
    ['info', gateway],
    ['info', gateway],
  ],
  ['the only option is mistyped', config({ connect_timeout_ms: 'soon' }), 'fail', warned, ['info', gateway]],
  [
    'proxy-defaults define one',
    { ...config({}), ...proxyDefaults('', { Config: { connect_timeout_ms: 1000 } }) },
    'pass',
  ],
  [
    'proxy-defaults define one of sidecars alone',
    { ...config({}), ...proxyDefaults('', { Config: { protocol: 'http' } }) },
    'fail',
    warned,
  ],
  [
    'proxy-defaults of another partition define one',
    { ...config({}), ...proxyDefaults('', { Partition: 'edge', Config: { connect_timeout_ms: 1000 } }) },
    'fail',
    warned,
  ],
  [
    'the second of two proxy-defaults is of the partition of the gateway, and defines one',
    {
      ...config({}),
      proxyDefaults: ['edge', 'default'].map((Partition) =>
        exampleEntry({
          Kind: 'proxy-defaults' as const,
          Name: 'global',
          Mode: '',
          Partition,
          Config: Partition === 'edge' ? {} : { connect_timeout_ms: 1000 },
        }),
      ),
    },
    'pass',
  ],
  [
    'the snapshot leaves out two values of proxy-defaults, the second an option',
    {
      ...config({}),
      proxyDefaults: [
        exampleEntry({ Kind: 'proxy-defaults' as const, Name: 'global', Mode: '', Config: {} }, [
          '/Config/protocol',
          '/Config/envoy_bootstrap_json_tpl/a',
        ]),
      ],
    },
    'pass',
  ],
  [
    'the registration replaces a mistyped value of proxy-defaults',
    {
      ...config({ connect_timeout_ms: 1000 }),
      ...proxyDefaults('', { Config: { connect_timeout_ms: 'soon' } }),
    },
    'pass',
  ],
  [
    'the snapshot leaves out the value of an option',
    {
      ...localMode,
      gateways: [
        { ...exampleGateway({ config: {} }), withheld: ['/Service/Proxy/Config/envoy_bootstrap_json_tpl'] },
      ],
    },
    'pass',
  ],
  [
    'the snapshot leaves out another value of the gateway',
    {
      ...localMode,
      gateways: [{ ...exampleGateway({ config: {} }), withheld: ['/Service/Meta/envoy_bootstrap_json_tpl'] }],
    },
    'fail',
    warned,
  ],
  [
    'two of three gateways define no option',
    {
      ...localMode,
      gateways: [
        exampleGateway(),
        exampleGateway({ node: { Node: 'gw-2' }, config: { connect_timeout_ms: 5000 } }),
        exampleGateway({ node: { Node: 'gw-3' } }),
      ],
    },
    'fail',
    warned,
    ['warning', 'mesh-gateway mesh-gateway on gw-3'],
  ],
  [
    'the chart of Kubernetes, by its defaults, runs two gateways without an option',
    { ...localMode, gateways: [onKubernetes('pod-1'), onKubernetes('pod-2')] },
    'pass',
    ['info', 'mesh-gateway mesh-gateway'],
  ],
  [
    'the chart of Kubernetes runs gateways of two names, and an agent a third',
    { ...localMode, gateways: [onKubernetes('pod-1'), onKubernetes('edge-1', 'edge'), exampleGateway()] },
    'fail',
    warned,
    ['info', 'mesh-gateway mesh-gateway'],
    ['info', 'mesh-gateway edge'],
  ],
  [
    'proxy-defaults define one for a gateway on Kubernetes',
    {
      ...localMode,
      gateways: [onKubernetes('pod-1')],
      ...proxyDefaults('', { Config: { connect_timeout_ms: 1000 } }),
    },
    'pass',
  ],
  ['only remote mode is used', {}, 'skip'],
  ['no gateway is registered', { ...localMode, gateways: [] }, 'skip'],
  ['modes are not visible', { sidecars: hidden() }, 'unknown'],
  ['proxy-defaults are not visible', { ...localMode, proxyDefaults: hidden() }, 'unknown'],
  ['gateways are not visible', { ...localMode, gateways: hidden() }, 'unknown'],
  // Only errors stand while other gateways are not visible.
  [
    'some gateways are not visible',
    { ...localMode, gateways: partial([exampleGateway()]) },
    'unknown',
    warned,
  ],
]);

it('mesh-gateway-local-config has a snippet for the gateway and one for all proxies, each keeping what is there', () => {
  const codes = codesOf(
    resultFor(id, { ...localMode, ...proxyDefaults('', { Config: { protocol: 'http' } }) }),
  );
  expect(codes[0]).toContain('203.0.113.7');
  expect(
    codes.some((code) => code.includes('protocol = "http"') && code.includes('connect_timeout_ms')),
  ).toBe(true);
});
