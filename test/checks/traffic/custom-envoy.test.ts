import { changeSnapshot, type SnapshotChanges } from '../../../src/checks/examples/healthy';
import {
  exampleEntry,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { traceService } from '../../../src/checks/trace';
import { openSnapshot } from '../../../src/checks/view';
import { pathsView } from '../../../src/checks/views/paths';
import { ProxyDefaults, ServiceDefaults, type Upstream } from '../../../src/consul/wire';
import type { HopName, HopStatus } from '../../../src/paths/model';
import { rowsOf } from '../../../src/snapshot/section';
import type { SidecarInstance, Snapshot } from '../../../src/snapshot/snapshot';
import { resolver, target } from '../changes';
import { twoClusters } from '../two-clusters';
import { hidden, resultOf, run } from '../world';

const withheld = '<withheld>';

const upstream = (
  Config: Upstream['Config'],
  rest: Partial<Upstream> = {},
  sidecar: Partial<SidecarInstance> = {},
): SnapshotChanges => ({
  sidecars: [exampleSidecar([exampleUpstream({ Config, ...rest })], { failing: [], ...sidecar })],
});

const serviceDefaults = (
  ...entries: readonly { readonly Name: string; readonly [field: string]: unknown }[]
): SnapshotChanges => ({
  serviceDefaults: entries.map((entry) =>
    exampleEntry(ServiceDefaults.parse({ Kind: 'service-defaults', ...entry })),
  ),
});

const proxyDefaults = (rest: object): SnapshotChanges => ({
  proxyDefaults: [
    exampleEntry(ProxyDefaults.parse({ Kind: 'proxy-defaults', Name: 'global', Config: {}, ...rest })),
  ],
});

const extension = (name: string, Arguments: object = {}, Required = false) => ({
  Name: `builtin/${name}`,
  Required,
  Arguments,
});

const extended = (Name: string, Protocol: string, ...EnvoyExtensions: readonly object[]) =>
  serviceDefaults({ Name, Protocol, EnvoyExtensions });

const central = (UpstreamConfig: object): SnapshotChanges => serviceDefaults({ Name: 'web', UpstreamConfig });

const health = (...escapeHatches: readonly string[]): SnapshotChanges => ({
  exportedHealth: [
    exampleExportedHealth({
      name: 'billing',
      endpoint: '/v1/health/connect/billing',
      escapeHatches: escapeHatches.map((option) => ({
        proxy: 'billing-sidecar-proxy',
        option,
        path: '[0].Service.Proxy.Config',
      })),
    }),
  ],
});

const patching = (ResourceFilter: object, Required = false) =>
  extension('property-override', { Patches: [{ ResourceFilter, Op: withheld, Path: withheld }] }, Required);

const toBilling = target({ Service: 'billing', Peer: 'west' });
const redirected: SnapshotChanges = {
  ...resolver('remote', { Redirect: toBilling }),
  ...upstream({ envoy_listener_json: withheld }, { DestinationName: 'remote', DestinationPeer: '' }),
};

/** The state of the hop of the way from web in prod-east to billing in prod-west, by changes of both. */
type Row = readonly [
  name: string,
  here: SnapshotChanges,
  there: SnapshotChanges,
  hop: HopName,
  status: HopStatus,
];

const http = { Protocol: 'http' };

const rows: readonly Row[] = [
  ['envoy_listener_json', upstream({ envoy_listener_json: withheld }), {}, 'upstream', 'unknown'],
  ['envoy_cluster_json', upstream({ Envoy_Cluster_JSON: withheld }), {}, 'upstream', 'unknown'],
  [
    'an empty option',
    upstream({ envoy_listener_json: '', envoy_cluster_json: null }),
    {},
    'upstream',
    'pass',
  ],
  ['another option', upstream({ envoy_listener_tracing_json: withheld }), {}, 'upstream', 'pass'],
  ['an option that Consul ignores after a redirect', redirected, {}, 'upstream', 'pass'],
  [
    'an override for the peer',
    central({ Overrides: [{ Name: 'billing', Peer: 'west', EnvoyListenerJSON: withheld }] }),
    {},
    'upstream',
    'unknown',
  ],
  [
    'an override for another peer',
    central({ Overrides: [{ Name: 'billing', Peer: 'north', EnvoyListenerJSON: withheld }] }),
    {},
    'upstream',
    'pass',
  ],
  [
    'the defaults of upstreams',
    central({ Defaults: { EnvoyClusterJSON: withheld } }),
    {},
    'upstream',
    'unknown',
  ],
  [
    'the defaults of upstreams, which its agent has not merged',
    {
      ...central({ Defaults: { EnvoyClusterJSON: withheld } }),
      ...upstream({}, {}, { managedBy: 'agent' }),
    },
    {},
    'upstream',
    'pass',
  ],
  [
    'a sidecar that replaces its listener',
    {},
    health('envoy_public_listener_json'),
    'destination',
    'unknown',
  ],
  [
    'a sidecar that replaces its application',
    {},
    health('Envoy_Local_Cluster_JSON'),
    'destination',
    'unknown',
  ],
  [
    'an escape hatch of proxy-defaults',
    {},
    proxyDefaults({ Config: { envoy_local_cluster_json: withheld } }),
    'destination',
    'unknown',
  ],
  [
    'options of the bootstrap in proxy-defaults',
    {},
    proxyDefaults({ Config: { envoy_bootstrap_json_tpl: withheld, envoy_tracing_json: withheld } }),
    'destination',
    'pass',
  ],
  [
    'a script about what is called',
    {},
    extended('billing', 'http', extension('lua', { Listener: 'inbound' })),
    'destination',
    'unknown',
  ],
  [
    'a script about what is called, over tcp',
    {},
    extended('billing', 'tcp', extension('lua', { Listener: 'inbound' })),
    'destination',
    'pass',
  ],
  [
    'a script about what it calls itself',
    {},
    extended('billing', 'http', extension('lua', { Listener: 'outbound' })),
    'destination',
    'pass',
  ],
  [
    'a script whose scope is not readable',
    {},
    extended('billing', 'http', extension('lua', { Listener: withheld })),
    'destination',
    'unknown',
  ],
  [
    'a script of another service',
    {},
    extended('other', 'http', extension('lua', { Listener: 'inbound' })),
    'destination',
    'pass',
  ],
  [
    'a script of all proxies',
    {},
    {
      ...proxyDefaults({ EnvoyExtensions: [extension('lua', { listener: 'inbound' })] }),
      ...serviceDefaults({ Name: 'billing', ...http }),
    },
    'destination',
    'unknown',
  ],
  [
    'a script of the caller',
    extended('web', '', extension('lua', { Listener: 'outbound' })),
    serviceDefaults({ Name: 'billing', ...http }),
    'upstream',
    'unknown',
  ],
  [
    'a script of the caller, over tcp',
    extended('web', 'http', extension('lua', { Listener: 'outbound' })),
    {},
    'upstream',
    'pass',
  ],
  [
    'a script about calls of the caller',
    extended('web', 'http', extension('lua', { Listener: 'inbound' })),
    serviceDefaults({ Name: 'billing', ...http }),
    'upstream',
    'pass',
  ],
  ['an authorization', {}, extended('billing', 'tcp', extension('ext-authz')), 'destination', 'unknown'],
  [
    'an authorization of what it calls itself',
    {},
    extended('billing', 'tcp', extension('ext-authz', { ListenerType: 'outbound' })),
    'destination',
    'pass',
  ],
  [
    'a required authorization of what it calls itself',
    {},
    extended('billing', 'tcp', extension('ext-authz', { ListenerType: 'outbound' }, true)),
    'destination',
    'unknown',
  ],
  ['an authorization of the caller', extended('web', '', extension('ext-authz')), {}, 'upstream', 'pass'],
  [
    'a plugin',
    {},
    extended('billing', 'http', extension('wasm', { Protocol: 'http', ListenerType: 'inbound' })),
    'destination',
    'unknown',
  ],
  [
    'a plugin of another protocol',
    {},
    extended('billing', 'http', extension('wasm', { Protocol: 'tcp', ListenerType: 'inbound' }, true)),
    'destination',
    'pass',
  ],
  [
    'a plugin for what it calls itself',
    {},
    extended('billing', 'http', extension('wasm', { Protocol: 'http', ListenerType: 'outbound' })),
    'destination',
    'pass',
  ],
  [
    'a patch',
    {},
    extended('billing', '', patching({ TrafficDirection: 'inbound' })),
    'destination',
    'unknown',
  ],
  [
    'a patch of what it calls itself',
    {},
    extended('billing', '', patching({ TrafficDirection: 'outbound' })),
    'destination',
    'pass',
  ],
  [
    'a required patch of what it calls itself',
    {},
    extended('billing', '', patching({ TrafficDirection: 'outbound' }, true)),
    'destination',
    'unknown',
  ],
  [
    'a patch of all that the caller calls',
    extended('web', '', patching({ TrafficDirection: 'outbound' })),
    {},
    'upstream',
    'unknown',
  ],
  [
    'a patch of named services that the caller calls',
    extended('web', '', patching({ TrafficDirection: 'outbound', Services: [{ Name: withheld }] })),
    {},
    'upstream',
    'pass',
  ],
  [
    'access logs',
    {},
    extended('billing', '', extension('otel-access-logging', {}, true)),
    'destination',
    'pass',
  ],
  ['a function', {}, extended('billing', '', extension('aws/lambda', {}, true)), 'destination', 'pass'],
  [
    'a function behind a terminating gateway',
    {},
    {
      ...extended('billing', 'http', extension('aws/lambda')),
      exportedHealth: [
        exampleExportedHealth({ name: 'billing', terminatedBy: ['exit'], terminatedRows: 2, inMesh: 2 }),
      ],
    },
    'destination',
    'unknown',
  ],
  [
    'a script of a service behind a terminating gateway',
    {},
    {
      ...extended('billing', 'http', extension('lua', { Listener: 'inbound' })),
      exportedHealth: [
        exampleExportedHealth({ name: 'billing', terminatedBy: ['exit'], terminatedRows: 2, inMesh: 2 }),
      ],
    },
    'destination',
    'pass',
  ],
  [
    'an authorization of a connect-native service, which has no Envoy',
    {},
    {
      ...extended('billing', 'http', extension('ext-authz')),
      exportedHealth: [exampleExportedHealth({ name: 'billing', native: 2, inMesh: 2 })],
    },
    'destination',
    'pass',
  ],
  [
    'a limit of the rate of calls',
    {},
    extended('billing', 'http', extension('http/localratelimit', { ProxyType: withheld })),
    'destination',
    'unknown',
  ],
  [
    'a limit of the rate of calls, over tcp',
    {},
    extended('billing', 'tcp', extension('http/localratelimit')),
    'destination',
    'pass',
  ],
  [
    'a limit of the rate of calls that the caller gets itself',
    extended('web', 'http', extension('http/localratelimit')),
    serviceDefaults({ Name: 'billing', ...http }),
    'upstream',
    'pass',
  ],
  ['an unknown extension', {}, extended('billing', '', extension('new')), 'destination', 'unknown'],
  ['an unknown extension of the caller', extended('web', '', extension('new')), {}, 'upstream', 'unknown'],
];

const hopOf = (snapshot: Snapshot, name: HopName) =>
  rowsOf(openSnapshot(snapshot).read(pathsView))
    .find(({ here }) => here === 'consumer')
    ?.hops.find((hop) => hop.name === name);

describe("what decides about calls in Consul's place", () => {
  it.each(rows)('%s', (_, here, there, hop, status) => {
    const snapshot = twoClusters(here, there);
    expect(hopOf(snapshot, hop)?.status).toBe(status);
    const isReady = ['ready', 'warnings'].includes(run(snapshot).verdict);
    expect(isReady).toBe(status === 'pass');
  });

  it.each(rows.filter(([, , there, , status]) => status === 'unknown' && Object.keys(there).length === 0))(
    '%s, where the other side is not configured',
    (_, here) => {
      const alone = changeSnapshot({
        sidecars: [exampleSidecar(undefined, { failing: [] })],
        ...here,
        otherSides: [],
      });
      expect(resultOf(run(alone), 'upstream-imported').status).toBe('unknown');
    },
  );

  it('is not of the calling sidecar where an option is about the calls that it gets', () => {
    const called = proxyDefaults({ Config: { envoy_public_listener_json: withheld } });
    expect(hopOf(twoClusters(called), 'upstream')?.status).toBe('pass');
  });

  it('names it, and shows where it is set', () => {
    const hatch = hopOf(twoClusters(upstream({ envoy_listener_json: withheld })), 'upstream');
    expect(hatch?.detail).toContain('envoy_listener_json in the upstream of web-sidecar-proxy');
    expect(hatch?.evidence).toContainEqual({
      endpoint: '/v1/catalog/node-services/app-1',
      path: 'Services[1].Proxy.Upstreams[0].Config.envoy_listener_json',
      value: withheld,
    });
    const script = extended('billing', 'http', extension('lua', { Listener: 'inbound' }));
    const hop = hopOf(twoClusters({}, script), 'destination');
    expect(hop?.detail).toContain('builtin/lua in service-defaults/billing');
    expect(hop?.evidence.map(({ endpoint }) => endpoint)).toContain('/v1/config/service-defaults/billing');
  });

  it('leaves it open in a trace whether the destination can be reached', () => {
    const snapshot = twoClusters(upstream({ envoy_cluster_json: withheld }));
    const traced = traceService(snapshot, { service: 'web', destination: 'billing' });
    expect(traced.ok && traced.value.reachable).toBe('unknown');
  });

  it('is not looked for where entries are not visible', () => {
    const snapshot = twoClusters({}, { serviceDefaults: hidden() });
    expect(hopOf(snapshot, 'destination')?.status).toBe('pass');
    expect(run(snapshot).verdict).toBe('unknown');
  });
});
