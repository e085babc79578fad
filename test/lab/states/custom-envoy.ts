import { createServer } from 'node:http';
import { protocol, redirect, resolver } from './entries';
import { allowWeb, type Lab, toApi, type Upstream } from './lab';
import type { Expected, Row } from './row';

/**
 * Configuration of Envoy that Consul does not compute: escape hatches, and extensions. Nobody can tell from a registration or an
 * entry whether calls pass, so their hop is not visible.
 */

const type = (name: string): string => `type.googleapis.com/envoy.${name}`;

/** A listener, as an escape hatch spells it, that hands all connections to a cluster. */
const listenerTo = (cluster: string, port: number): string =>
  JSON.stringify({
    '@type': type('config.listener.v3.Listener'),
    name: 'custom:127.0.0.1',
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.tcp_proxy',
            typed_config: {
              '@type': type('extensions.filters.network.tcp_proxy.v3.TcpProxy'),
              stat_prefix: 'custom',
              cluster,
            },
          },
        ],
      },
    ],
  });

/** A cluster with one endpoint, as an escape hatch spells it, or the bootstrap, where its type is known. */
const clusterAt = (name: string, port: number, use: 'hatch' | 'bootstrap' = 'hatch'): string =>
  JSON.stringify({
    ...(use === 'hatch' && { '@type': type('config.cluster.v3.Cluster') }),
    name,
    connect_timeout: '1s',
    type: 'STATIC',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: [
            {
              endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
            },
          ],
        },
      ],
    },
  });

const upstreamWith = (Config: object): Upstream => ({ ...toApi, Config });

/** Registers the sidecar of api again, with these options. */
const apiWith = (lab: Lab, Config: object): Promise<void> => lab.east.serve('api', { proxy: { Config } });

const defaults = (Name: string, rest: object): object => ({ Kind: 'service-defaults', Name, ...rest });

/** Gives a service extensions, and a protocol. */
const extended = (Name: string, Protocol: string, ...EnvoyExtensions: readonly object[]): object =>
  defaults(Name, { Protocol, EnvoyExtensions });

const extension = (Name: string, Arguments: object, Required = false): object => ({
  Name: `builtin/${Name}`,
  Required,
  Arguments,
});

/** A script that refuses every request. */
const refusal = 'function envoy_on_request(handle) handle:respond({[":status"] = "403"}, "refused") end';

const refusing = (Listener: 'inbound' | 'outbound'): object =>
  extension('lua', { Listener, Script: refusal });

/** Exports an external HTTP service with an extension, behind a terminating gateway, which web calls. */
const exportExternal = async (lab: Lab, one: object): Promise<void> => {
  await lab.east.external('ext');
  await lab.east.write(extended('ext', 'http', one), {
    Kind: 'terminating-gateway',
    Name: 'custom-exit',
    Services: [{ Name: 'ext' }],
  });
  await lab.export({ ext: ['west'] });
  await lab.intend('ext', allowWeb);
  await lab.east.gateway({
    kind: 'terminating-gateway',
    name: 'custom-exit',
    rules: 'service_prefix "" { policy = "write" }\nnode_prefix "" { policy = "read" }',
  });
  await lab.web({ DestinationName: 'ext', DestinationPeer: 'east' });
};

const authorizing = (lab: Lab, Required: boolean): object =>
  extension(
    'ext-authz',
    { Config: { GrpcService: { Target: { URI: `127.0.0.1:${lab.port('nobody')}` } } } },
    Required,
  );

const patch = (TrafficDirection: string, rest: object, Services?: readonly object[]): object =>
  extension('property-override', {
    Patches: [
      {
        ResourceFilter: { ResourceType: 'cluster', TrafficDirection, ...(Services && { Services }) },
        ...rest,
      },
    ],
  });

const logging = (lab: Lab, Required: boolean): object =>
  extension(
    'otel-access-logging',
    { Config: { LogName: 'calls', GrpcService: { Target: { URI: `127.0.0.1:${lab.port('nobody')}` } } } },
    Required,
  );

/** Lets the application of api take 60 ms for each answer. */
const slowApi = async (lab: Lab): Promise<void> => {
  await lab.east.stopApplication('api');
  const server = createServer((_, response) => setTimeout(() => response.end('api@east'), 60));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(lab.port('api@east'), '127.0.0.1', resolve);
  });
  lab.onReset(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
};

const shortCalls = (name: string): Expected => ({
  at: 'west',
  id: 'upstream-imported',
  subject: new RegExp(`→ ${name}$`),
  severity: 'warning',
});
const shortRequests: Expected = {
  at: 'east',
  id: 'exported-services-in-mesh',
  subject: /^service api$/,
  severity: 'warning',
};

/** Sends requests of `remote` to api in east, with this router. */
const routed = async (lab: Lab, Routes: readonly object[]): Promise<void> => {
  await lab.east.write(protocol('api', 'http'));
  await lab.west.write(protocol('remote', 'http'), redirect('remote', 'api', 'east'), {
    Kind: 'service-router',
    Name: 'remote',
    Routes,
  });
  await lab.web({ DestinationName: 'remote' });
};

/** Applies changes, and restarts all Envoys: a running one keeps what it has, where it refuses what is new. */
const started = async (lab: Lab, change: Promise<unknown>): Promise<void> => {
  await change;
  await lab.refresh();
};

export const customEnvoyRows: readonly Row[] = [
  {
    name: 'envoy_listener_json of the upstream ends nowhere',
    change: (lab) =>
      lab.web(upstreamWith({ envoy_listener_json: listenerTo('nowhere', lab.port('upstream')) })),
    truth: 'blocked',
    unseen: 'upstream',
    expected: [],
  },
  {
    name: 'envoy_cluster_json of the upstream ends nowhere',
    change: (lab) => lab.web(upstreamWith({ envoy_cluster_json: clusterAt('custom', lab.port('nobody')) })),
    truth: 'blocked',
    unseen: 'upstream',
    expected: [],
  },
  {
    name: 'an override of web for api has an EnvoyListenerJSON that ends nowhere',
    change: ({ west, port }) =>
      west.write(
        defaults('web', {
          UpstreamConfig: {
            Overrides: [
              { Name: 'api', Peer: 'east', EnvoyListenerJSON: listenerTo('nowhere', port('upstream')) },
            ],
          },
        }),
      ),
    truth: 'blocked',
    unseen: 'upstream',
    expected: [],
  },
  {
    name: 'the defaults of upstreams of web have an EnvoyClusterJSON that ends nowhere',
    change: ({ west, port }) =>
      west.write(
        defaults('web', {
          UpstreamConfig: { Defaults: { EnvoyClusterJSON: clusterAt('custom', port('nobody')) } },
        }),
      ),
    truth: 'blocked',
    unseen: 'upstream',
    expected: [],
  },
  {
    name: 'envoy_listener_json of an upstream that a resolver redirects, which Consul ignores',
    change: async (lab) => {
      await lab.west.write(redirect('remote', 'api', 'east'));
      await lab.web({
        DestinationName: 'remote',
        Config: { envoy_listener_json: listenerTo('nowhere', lab.port('upstream')) },
      });
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'envoy_public_listener_json of the sidecar of api ends nowhere',
    change: (lab) =>
      apiWith(lab, {
        envoy_public_listener_json: listenerTo('nowhere', lab.port('api-sidecar-proxy@east')),
      }),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'envoy_public_listener_json of the sidecar of api ends at api',
    change: (lab) =>
      apiWith(lab, {
        envoy_public_listener_json: listenerTo('local_app', lab.port('api-sidecar-proxy@east')),
      }),
    truth: 'flows',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'envoy_local_cluster_json of the sidecar of api ends nowhere',
    change: (lab) => apiWith(lab, { envoy_local_cluster_json: clusterAt('local_app', lab.port('nobody')) }),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'envoy_local_cluster_json of proxy-defaults ends nowhere',
    change: ({ east, port }) =>
      east.write({
        Kind: 'proxy-defaults',
        Name: 'global',
        Config: { envoy_local_cluster_json: clusterAt('local_app', port('nobody')) },
      }),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'options of the bootstrap, and of tracing, replace nothing on the way of calls',
    change: async (lab) => {
      const Config = {
        envoy_extra_static_clusters_json: clusterAt('extra', lab.port('nobody'), 'bootstrap'),
        envoy_stats_flush_interval: '30s',
        envoy_listener_tracing_json: JSON.stringify({
          '@type': type(
            'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing',
          ),
          custom_tags: [{ tag: 'who', literal: { value: 'web' } }],
        }),
      };
      await lab.east.write(protocol('api', 'http'));
      await apiWith(lab, Config);
      await lab.east.gateway({ proxy: { Config } });
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a Lua script refuses the requests that api gets',
    change: ({ east }) => east.write(extended('api', 'http', refusing('inbound'))),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'a Lua script of proxy-defaults refuses the requests that api gets',
    change: ({ east }) =>
      east.write(
        { Kind: 'proxy-defaults', Name: 'global', EnvoyExtensions: [refusing('inbound')] },
        protocol('api', 'http'),
      ),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'a Lua script of api, which is tcp',
    change: (lab) => started(lab, lab.east.write(extended('api', 'tcp', refusing('inbound')))),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a Lua script refuses the requests that api itself makes',
    change: (lab) => started(lab, lab.east.write(extended('api', 'http', refusing('outbound')))),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a Lua script refuses the requests that web makes',
    change: async ({ east, west }) => {
      await east.write(protocol('api', 'http'));
      await west.write(extended('web', 'http', refusing('outbound')));
    },
    truth: 'blocked',
    unseen: 'upstream',
    expected: [],
  },
  {
    name: 'a Lua script refuses the requests that web gets',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'));
      await started(lab, lab.west.write(extended('web', 'http', refusing('inbound'))));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'api requires an authorization service, which does not run',
    change: (lab) => lab.east.write(extended('api', 'http', authorizing(lab, true))),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'api, which is tcp, requires an authorization service, which does not run',
    change: (lab) => lab.east.write(extended('api', 'tcp', authorizing(lab, true))),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'api asks an authorization service that it does not require, and that does not run',
    change: (lab) => started(lab, lab.east.write(extended('api', 'http', authorizing(lab, false)))),
    truth: 'flows',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'api requires a Wasm plugin of which the file is missing',
    change: (lab) =>
      started(
        lab,
        lab.east.write(
          extended(
            'api',
            'http',
            extension(
              'wasm',
              {
                Protocol: 'http',
                ListenerType: 'inbound',
                PluginConfig: { VmConfig: { Code: { Local: { Filename: '/missing.wasm' } } } },
              },
              true,
            ),
          ),
        ),
      ),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'a property override of api takes the address of api away',
    change: (lab) =>
      started(
        lab,
        lab.east.write(extended('api', 'tcp', patch('inbound', { Op: 'remove', Path: '/load_assignment' }))),
      ),
    truth: 'blocked',
    unseen: 'destination',
    expected: [],
  },
  {
    name: 'a property override of web takes TLS from all upstreams',
    change: (lab) =>
      started(
        lab,
        lab.west.write(
          extended('web', 'tcp', patch('outbound', { Op: 'remove', Path: '/transport_socket' })),
        ),
      ),
    truth: 'blocked',
    unseen: 'upstream',
    expected: [],
  },
  {
    name: 'a property override of web is for named upstreams, which those of peers never are',
    change: (lab) =>
      started(
        lab,
        lab.west.write(
          extended(
            'web',
            'tcp',
            patch('outbound', { Op: 'remove', Path: '/transport_socket' }, [{ Name: 'api' }]),
          ),
        ),
      ),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'api is said to be a Lambda function, and has a sidecar',
    change: (lab) =>
      started(
        lab,
        lab.east.write(
          extended(
            'api',
            'http',
            extension('aws/lambda', { ARN: 'arn:aws:lambda:us-east-1:111111111111:function:api' }, true),
          ),
        ),
      ),
    truth: 'flows',
    expected: [],
  },
  ...['builtin/aws/lambda', 'builtin/lua'].map((Name): Row => {
    const isLambda = Name === 'builtin/aws/lambda';
    return {
      name: `${Name} is an extension of an external service behind a terminating gateway`,
      change: async (lab) => {
        await exportExternal(lab, {
          Name,
          Arguments: isLambda
            ? { ARN: 'arn:aws:lambda:us-east-1:111111111111:function:ext' }
            : { Listener: 'inbound', Script: refusal },
        });
        await lab.refresh();
      },
      truth: isLambda ? 'blocked' : 'flows',
      request: { body: 'ext@east' },
      ...(isLambda && { unseen: 'destination' }),
      expected: [],
    };
  }),
  {
    name: 'api, which is http, requires access logs, of which the collector does not run',
    change: (lab) => started(lab, lab.east.write(extended('api', 'http', logging(lab, true)))),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'api, which is tcp, requires access logs, of which the collector does not run',
    change: (lab) => started(lab, lab.east.write(extended('api', 'tcp', logging(lab, true)))),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'api, which is http, has 5 ms for a request, and takes 60',
    change: async (lab) => {
      await slowApi(lab);
      await started(lab, lab.east.write(defaults('api', { Protocol: 'http', LocalRequestTimeoutMs: 5 })));
    },
    truth: 'blocked',
    expected: [shortRequests, shortCalls('api')],
    fix: { at: 'east', restart: [['east', 'api-sidecar-proxy']] },
  },
  {
    name: 'api, which is http, has 5 ms for a request by its registration, and takes 60',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'));
      await apiWith(lab, { local_request_timeout_ms: 5 });
      await slowApi(lab);
    },
    truth: 'blocked',
    expected: [shortRequests, shortCalls('api')],
  },
  {
    name: 'a resolver gives api, which is http, 5 ms for a request, and it takes 60',
    change: async (lab) => {
      await slowApi(lab);
      await started(lab, lab.east.write(protocol('api', 'http'), resolver('api', { RequestTimeout: '5ms' })));
    },
    truth: 'blocked',
    expected: [shortRequests, shortCalls('api')],
    fix: { at: 'east' },
  },
  {
    name: 'a route of the caller gives api 5 ms for a request, and it takes 60',
    change: async (lab) => {
      await slowApi(lab);
      await routed(lab, [
        {
          Match: { HTTP: { PathPrefix: '/' } },
          Destination: { Service: 'remote', RequestTimeout: '5ms' },
        },
      ]);
    },
    truth: 'blocked',
    expected: [shortCalls('remote')],
    fix: { at: 'west' },
  },
  {
    name: 'api, which is tcp, has 5 ms for a request, which counts for http alone, and takes 60',
    change: async (lab) => {
      await slowApi(lab);
      await started(lab, lab.east.write(defaults('api', { LocalRequestTimeoutMs: 5 })));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the upstream has 3 ms to connect, which some connections on one machine take',
    change: (lab) => lab.web(upstreamWith({ connect_timeout_ms: 3 })),
    truth: 'flows',
    expected: [shortCalls('api')],
  },
  {
    name: 'an override of web for api has 3 ms to connect',
    change: ({ west }) =>
      west.write(
        defaults('web', {
          UpstreamConfig: { Overrides: [{ Name: 'api', Peer: 'east', ConnectTimeoutMs: 3 }] },
        }),
      ),
    truth: 'flows',
    expected: [shortCalls('api')],
  },
  {
    name: 'a resolver that redirects has 1 ms to connect, which Consul ignores',
    change: async (lab) => {
      await lab.west.write(
        resolver('remote', { Redirect: { Service: 'api', Peer: 'east' }, ConnectTimeout: '1ms' }),
      );
      await lab.web({ DestinationName: 'remote' });
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the sidecar of api has 1 ms to connect to api on its machine',
    change: (lab) => apiWith(lab, { local_connect_timeout_ms: 1 }),
    truth: 'flows',
    expected: [],
  },
];
