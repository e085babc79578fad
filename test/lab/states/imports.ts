import { createServer, type ServerHttp2Session } from 'node:http2';
import {
  failover,
  mode,
  protocol,
  proxyDefaults,
  redirect,
  resolver,
  router,
  source,
  splitter,
} from './entries';
import { allowWeb, type Lab, toApi, type Upstream } from './lab';
import { waitFor } from '../process';
import type { Expected, Row } from './row';

/** Ways of calls from west to east: upstreams, discovery chains, gateway modes, routes of gateways. */

const upstream = (id: string, name: string): Expected => ({
  at: 'west',
  id,
  subject: new RegExp(`→ ${name}$`),
});
const local = (DestinationName: string, rest: Partial<Upstream> = {}): Upstream => ({
  DestinationName,
  ...rest,
});

/** Registers `orders` in west with its sidecar, dead or alive, which web calls. */
const localOrders = async (lab: Lab, alive: boolean): Promise<void> => {
  await lab.west.serve('orders');
  await lab.west.write({
    Kind: 'service-intentions',
    Name: 'orders',
    Sources: [{ Name: 'web', Action: 'allow' }],
  });
  await lab.web(local('orders'));
  if (!alive) {
    await lab.west.kill('orders-sidecar-proxy');
    await lab.west.stopApplication('orders');
  }
};

/** Waits until the catalog of west shows a critical check of a type. */
const criticalOf = ({ west }: Lab, service: string, type: string): Promise<unknown> =>
  waitFor(`the catalog to show that ${service} is critical`, async () => {
    const checks = await west.call<{ Status: string; Type: string }[]>('GET', `/v1/health/checks/${service}`);
    return checks.some(({ Status, Type }) => Status === 'critical' && Type === type);
  });

/** Lets `shop` call api from a pod of Kubernetes. */
const callFromPod = async (lab: Lab, ready: boolean): Promise<void> => {
  await lab.intend('api', allowWeb, source('shop', 'allow'));
  const LocalBindPort = lab.port('shop-upstream');
  await lab.west.pod('shop', { ready, proxy: { Upstreams: [{ ...toApi, LocalBindPort }] } });
};

export const removeWestGateway = async ({ west }: Lab): Promise<void> => {
  await west.kill('mesh-gateway');
  await west.deregister('mesh-gateway');
};

/** Lets `shop`, a transparent proxy, call api without an upstream: through the cluster that Consul gives its Envoy for that. */
const transparentShop = async (lab: Lab, UpstreamConfig: object): Promise<void> => {
  await lab.intend('api', allowWeb, source('shop', 'allow'));
  await lab.west.write({ Kind: 'service-defaults', Name: 'shop', UpstreamConfig });
  const { TrustDomain } = await lab.east.call<{ TrustDomain: string }>('GET', '/v1/connect/ca/roots');
  const listener = {
    name: 'direct',
    address: { socket_address: { address: '127.0.0.1', port_value: lab.port('shop-direct') } },
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.tcp_proxy',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
              stat_prefix: 'direct',
              cluster: `api.default.east.external.${TrustDomain}`,
            },
          },
        ],
      },
    ],
  };
  await lab.west.serve('shop', {
    proxy: {
      Mode: 'transparent',
      TransparentProxy: { OutboundListenerPort: lab.port('shop-outbound') },
      // Its own listener takes calls that the kernel redirects.
      Config: { envoy_extra_static_listeners_json: JSON.stringify(listener) },
    },
  });
};

const shopDirect = { port: 'shop-direct' };

/** Lets web call api of the peer by a name of west with a protocol of its own. */
const callByName = async (lab: Lab, name: string): Promise<void> => {
  await lab.west.write(protocol('remote', name), redirect('remote', 'api', 'east'));
  await lab.web(local('remote'));
  await lab.refresh();
};

/** Has the application of api speak HTTP/2 alone. */
const speakFrames = async (lab: Lab): Promise<void> => {
  await lab.east.stopApplication('api');
  const server = createServer((_, response) => response.end('api@east'));
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(lab.port('api@east'), '127.0.0.1', resolve));
  lab.onReset(async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  // Its check is a request of HTTP/1.
  await lab.east.register({ Name: 'api', Address: '127.0.0.1', Port: lab.port('api@east') });
};

/** Lets web call a splitter that sends this percentage of the calls to `orders` here, and the others to api of the peer. */
const splitWithOrders = async (lab: Lab, percent: number): Promise<void> => {
  await lab.west.write(
    ...['split', 'remote', 'orders'].map((name) => protocol(name, 'http')),
    redirect('remote', 'api', 'east'),
    {
      Kind: 'service-splitter',
      Name: 'split',
      Splits: [
        { Weight: 100 - percent, Service: 'remote' },
        { Weight: percent, Service: 'orders' },
      ],
    },
    { Kind: 'service-intentions', Name: 'orders', Sources: [{ Name: 'web', Action: 'allow' }] },
  );
  await lab.web(local('split'));
};

const deadLeg: Expected = upstream('failover-targets', 'split');

const tls = (TLS: object): object => ({ Kind: 'mesh', TLS });

/** Both sides say that what one offers and the other takes do not meet. */
const sidesDiffer: readonly Expected[] = [
  { at: 'west', id: 'peering-two-sided', subject: /^peering east$/ },
  { at: 'east', id: 'peering-two-sided', subject: /^peering west$/ },
];

const localMode = (Name: string): object => ({
  Kind: 'service-defaults',
  Name,
  MeshGateway: { Mode: 'local' },
});

const noLocalGateway: Expected = { at: 'west', id: 'mesh-gateway-local-registered', subject: /./ };

/** Registers `backup` in west, which web may call. */
const localBackup = async ({ west }: Lab): Promise<void> => {
  await west.serve('backup');
  await west.write({
    Kind: 'service-intentions',
    Name: 'backup',
    Sources: [{ Name: 'web', Action: 'allow' }],
  });
};

/** Lets web call `orders`, whose instances are dead, and which fails over to api of the peer: no intention allows web there. */
const failOverToDenied = async (lab: Lab, ...behind: readonly object[]): Promise<void> => {
  await localOrders(lab, false);
  if (behind.length > 0) await localBackup(lab);
  await lab.west.write(failover('orders', { Service: 'api', Peer: 'east' }, ...behind));
  await lab.intend('api', source('shop', 'allow'));
};

const deniedAtPeer: Expected = { at: 'east', id: 'intentions-allow-peer', subject: /→ api$/ };

export const importRows: readonly Row[] = [
  {
    name: 'the upstream names no peer',
    change: (lab) => lab.web(local('api')),
    truth: 'blocked',
    expected: [upstream('upstream-destination-peer', 'api')],
    fix: { at: 'west' },
  },
  {
    name: 'the upstream names a peer that is no peering',
    change: (lab) => lab.web({ ...toApi, DestinationPeer: 'esat' }),
    truth: 'blocked',
    expected: [upstream('upstream-destination-peer', 'api')],
    fix: { at: 'west' },
  },
  {
    name: 'a second upstream of the same name, at an address of its own, names no peer',
    change: (lab) => lab.web(toApi, local('api')),
    request: { port: 'upstream-2' },
    truth: 'blocked',
    expected: [upstream('upstream-destination-peer', 'api')],
    fix: { at: 'west', title: [/^First name api at east .*: write/, /^Call api at east: write/] },
  },
  {
    name: 'the upstream is limited to no connections',
    change: (lab) => lab.web({ ...toApi, Config: { limits: { max_connections: 0 } } }),
    truth: 'blocked',
    expected: [upstream('upstream-imported', 'api')],
    fix: { at: 'west' },
  },
  {
    name: 'an override of web limits api, which is http, to no waiting requests',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'));
      await lab.west.write({
        Kind: 'service-defaults',
        Name: 'web',
        UpstreamConfig: {
          Overrides: [{ Name: 'api', Peer: 'east', Limits: { MaxPendingRequests: 0, MaxConnections: 50 } }],
        },
      });
      await lab.refresh();
    },
    truth: 'blocked',
    expected: [upstream('upstream-imported', 'api')],
    fix: { at: 'west' },
  },
  {
    name: 'the defaults of shop, a transparent proxy, limit its calls to no connections',
    change: (lab) => transparentShop(lab, { Defaults: { Limits: { MaxConnections: 0 } } }),
    request: shopDirect,
    truth: 'blocked',
    expected: [upstream('upstream-imported', 'api')],
    fix: { at: 'west' },
  },
  {
    name: 'an override of shop, a transparent proxy, limits its calls of api to no waiting requests',
    change: (lab) =>
      transparentShop(lab, { Overrides: [{ Name: 'api', Peer: 'east', Limits: { MaxPendingRequests: 0 } }] }),
    request: shopDirect,
    truth: 'blocked',
    expected: [upstream('upstream-imported', 'api')],
    fix: { at: 'west' },
  },
  {
    name: 'an override of shop, a transparent proxy, replaces the limit of no connections of its defaults',
    change: (lab) =>
      transparentShop(lab, {
        Defaults: { Limits: { MaxConnections: 0 } },
        Overrides: [{ Name: 'api', Peer: 'east', Limits: { MaxPendingRequests: 5 } }],
      }),
    request: shopDirect,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'web fails its own check, and so its sidecar by its alias check',
    change: async (lab) => {
      await lab.west.stopApplication('web');
      await criticalOf(lab, 'web-sidecar-proxy', 'alias');
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the sidecar of web is in maintenance',
    change: async (lab) => {
      await lab.west.call('PUT', '/v1/agent/service/maintenance/web-sidecar-proxy?enable=true');
      await criticalOf(lab, 'web-sidecar-proxy', 'maintenance');
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the pod of shop is ready',
    change: (lab) => callFromPod(lab, true),
    request: { port: 'shop-upstream' },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the pod of shop is not ready, and its Envoy runs',
    change: (lab) => callFromPod(lab, false),
    request: { port: 'shop-upstream' },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the pod of shop is not ready, as its Envoy does not run',
    change: async (lab) => {
      await callFromPod(lab, false);
      await lab.west.kill('shop-sidecar-proxy');
    },
    request: { port: 'shop-upstream' },
    truth: 'blocked',
    expected: [],
    unseen: 'consumer',
  },
  {
    name: 'the upstream names the peer as a datacenter',
    change: async (lab) => {
      await lab.web(local('api', { Datacenter: 'east' }));
      // One that runs keeps the upstream that it had.
      await lab.west.restart('web-sidecar-proxy');
    },
    truth: 'blocked',
    expected: [upstream('upstream-destination-peer', 'api')],
    fix: { at: 'west' },
  },
  {
    name: 'the destination is misspelt',
    change: (lab) => lab.web({ ...toApi, DestinationName: 'apii' }),
    truth: 'blocked',
    expected: [upstream('upstream-imported', 'apii')],
    fix: { at: 'west' },
  },
  {
    name: 'the upstream names no peer, and a local resolver of api sets a timeout',
    change: async (lab) => {
      await lab.west.write(resolver('api', { ConnectTimeout: '7s' }));
      await lab.web(local('api'));
    },
    truth: 'blocked',
    expected: [upstream('upstream-destination-peer', 'api')],
    fix: { at: 'west' },
  },
  {
    name: 'the upstream is a prepared query that resolves to the peer',
    change: async (lab) => {
      await lab.west.call('POST', '/v1/query', {
        Name: 'api-query',
        Service: { Service: 'api', Peer: 'east' },
      });
      await lab.web(local('api-query', { DestinationType: 'prepared_query' }));
    },
    truth: 'blocked',
    expected: [upstream('upstream-prepared-query', 'api-query')],
  },
  {
    name: 'the upstream is a prepared query that fails over to the peer',
    change: async (lab) => {
      await lab.west.call('POST', '/v1/query', {
        Name: 'api-query',
        Service: { Service: 'api', Failover: { Targets: [{ Peer: 'east' }] } },
      });
      await lab.web(local('api-query', { DestinationType: 'prepared_query' }));
    },
    truth: 'blocked',
    expected: [upstream('upstream-prepared-query', 'api-query')],
  },
  {
    name: "the consumer's Envoy is dead",
    change: ({ west }) => west.kill('web-sidecar-proxy'),
    truth: 'blocked',
    expected: [{ at: 'west', id: 'envoy-proxies', subject: /^sidecar-proxy web-sidecar-proxy$/ }],
  },
  {
    name: 'a redirect names a peer that is no peering',
    change: async (lab) => {
      await lab.west.write(redirect('remote', 'api', 'cluster-02'));
      await lab.web(local('remote'));
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-destination-peer', subject: /remote/ }],
    fix: { at: 'west' },
  },
  {
    name: 'a redirect names a service that is not exported',
    change: async (lab) => {
      await lab.west.write(redirect('remote', 'apii', 'east'));
      await lab.web(local('remote'));
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-imported', subject: /remote/ }],
    fix: { at: 'west' },
  },
  {
    name: 'after a redirect, a default subset of the local resolver drops the peer',
    change: async (lab) => {
      await lab.west.write(
        redirect('remote', 'api', 'east'),
        resolver('api', { DefaultSubset: 'v1', Subsets: { v1: { Filter: 'Service.Meta.version == v1' } } }),
      );
      await lab.web(local('remote'));
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-destination-peer', subject: /remote/ }],
  },
  {
    name: 'after a redirect, a redirect of the target drops the peer',
    change: async (lab) => {
      await lab.west.write(redirect('remote', 'api', 'east'), redirect('api', 'other'));
      await lab.web(local('remote'));
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'upstream-destination-peer', subject: /remote/ }],
  },
  {
    name: 'protocol tcp on the upstream switches the splitter to the peer off',
    change: async (lab) => {
      await lab.west.write(
        protocol('api', 'http'),
        protocol('remote', 'http'),
        redirect('remote', 'api', 'east'),
        splitter('api', 'remote'),
      );
      await lab.web(local('api', { Config: { protocol: 'tcp' } }));
    },
    truth: 'blocked',
    expected: [upstream('upstream-destination-peer', 'api')],
  },
  {
    name: 'all of a splitter goes to a redirect to a service that is not exported',
    change: async (lab) => {
      await lab.west.write(
        protocol('api', 'http'),
        protocol('remote', 'http'),
        redirect('remote', 'apii', 'east'),
        splitter('api', 'remote'),
      );
      await lab.web(local('api'));
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: ['failover-targets', 'upstream-imported'], subject: /./ }],
  },
  {
    name: 'a route of a router goes to a redirect to a service that is not exported',
    change: async (lab) => {
      await localOrders(lab, true);
      await lab.west.write(
        protocol('orders', 'http'),
        protocol('remote', 'http'),
        redirect('remote', 'apii', 'east'),
        router('orders', '/far', 'remote'),
      );
    },
    request: { path: '/far' },
    truth: 'blocked',
    expected: [{ at: 'west', id: ['failover-targets', 'upstream-imported'], subject: /./ }],
  },
  {
    name: 'the only failover target left names a peer that is no peering',
    change: async (lab) => {
      await localOrders(lab, false);
      await lab.west.write(failover('orders', { Service: 'api', Peer: 'cluster-02' }));
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'failover-targets', subject: /orders/ }],
  },
  {
    name: 'the only failover target left is not exported',
    change: async (lab) => {
      await localOrders(lab, false);
      await lab.west.write(failover('orders', { Service: 'apii', Peer: 'east' }));
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'failover-targets', subject: /orders/ }],
  },
  {
    name: 'the failover target in use is denied, as local instances are dead',
    change: (lab) => failOverToDenied(lab),
    truth: 'blocked',
    expected: [deniedAtPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the failover target in use is denied, and a target behind it works',
    change: (lab) => failOverToDenied(lab, { Service: 'backup' }),
    truth: 'blocked',
    expected: [deniedAtPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the failover target in use is denied, a target behind it works, and all are http',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'));
      await lab.west.write(...['orders', 'backup', 'api'].map((name) => protocol(name, 'http')));
      await failOverToDenied(lab, { Service: 'backup' });
    },
    truth: 'blocked',
    expected: [deniedAtPeer],
  },
  {
    name: 'a resolver alone has the called name, and the target that it fails over to is denied',
    change: async (lab) => {
      await lab.west.write(failover('orders', { Service: 'api', Peer: 'east' }));
      await lab.web(local('orders'));
      await lab.intend('api', source('shop', 'allow'));
    },
    truth: 'blocked',
    expected: [deniedAtPeer],
    fix: { at: 'east' },
  },
  {
    name: 'the instances of the failover target in use are dead, and a target behind it works',
    change: async (lab) => {
      await localOrders(lab, false);
      await localBackup(lab);
      await lab.west.write(failover('orders', { Service: 'api', Peer: 'east' }, { Service: 'backup' }));
      await lab.east.stopApplication('api');
    },
    truth: 'blocked',
    expected: [
      upstream('failover-targets', 'orders'),
      { at: 'east', id: ['exported-services-exist', 'exported-services-in-mesh'], subject: /^service api$/ },
    ],
  },
  {
    name: 'local instances are dead, the first failover target is not exported, and the one behind it works',
    change: async (lab) => {
      await localOrders(lab, false);
      await localBackup(lab);
      await lab.west.write(failover('orders', { Service: 'apii', Peer: 'east' }, { Service: 'backup' }));
    },
    truth: 'flows',
    request: { body: 'backup@west' },
    expected: [{ at: 'west', id: 'failover-targets', subject: /orders/, severity: 'warning' }],
  },
  {
    name: 'local instances are dead, and the first failover target is not exported, in local mode',
    change: async (lab) => {
      await localOrders(lab, false);
      await localBackup(lab);
      await lab.west.write(
        mode('local'),
        failover('orders', { Service: 'apii', Peer: 'east' }, { Service: 'backup' }),
      );
    },
    truth: 'blocked',
    expected: [upstream('failover-targets', 'orders')],
  },
  {
    name: 'a router sends all requests to a local service, and the called name itself leads to what is not exported',
    change: async (lab) => {
      await localOrders(lab, true);
      await lab.west.write(
        protocol('orders', 'http'),
        protocol('front', 'http'),
        redirect('front', 'apii', 'east'),
        router('front', '/', 'orders'),
      );
      await lab.web(local('front'));
    },
    truth: 'flows',
    request: { body: 'orders@west' },
    expected: [],
  },
  {
    name: 'a failover target that is denied, while local instances pass',
    change: async (lab) => {
      await localOrders(lab, true);
      await lab.west.write(failover('orders', { Service: 'api', Peer: 'east' }));
      await lab.intend('api', source('shop', 'allow'));
    },
    truth: 'flows',
    request: { body: 'orders@west' },
    expected: [{ ...deniedAtPeer, severity: 'warning' }],
  },
  {
    name: 'proxy-defaults say local mode, and west has no gateway',
    change: async (lab) => {
      await lab.west.write(mode('local'));
      await removeWestGateway(lab);
    },
    truth: 'blocked',
    expected: [noLocalGateway],
    fix: { at: 'west' },
  },
  {
    name: 'the upstream says local mode, and west has no gateway',
    change: async (lab) => {
      await lab.web({ ...toApi, MeshGateway: { Mode: 'local' } });
      await removeWestGateway(lab);
    },
    truth: 'blocked',
    expected: [noLocalGateway],
    fix: { at: 'west' },
  },
  {
    name: 'an override of service-defaults says local mode, and west has no gateway',
    change: async (lab) => {
      await lab.west.write({
        Kind: 'service-defaults',
        Name: 'web',
        UpstreamConfig: { Overrides: [{ Name: 'api', Peer: 'east', MeshGateway: { Mode: 'local' } }] },
      });
      await removeWestGateway(lab);
    },
    truth: 'blocked',
    expected: [noLocalGateway],
    fix: { at: 'west' },
  },
  {
    name: 'service-defaults of web say local mode, and west has no gateway',
    change: async (lab) => {
      await lab.west.write({ Kind: 'service-defaults', Name: 'web', MeshGateway: { Mode: 'local' } });
      await removeWestGateway(lab);
    },
    truth: 'blocked',
    expected: [noLocalGateway],
    fix: { at: 'west' },
  },
  {
    name: 'a failover by a redirect to the peer in local mode, and west has no gateway',
    change: async (lab) => {
      await lab.west.write(
        redirect('rem', 'api', 'east'),
        resolver('ghost', { Failover: { '*': { Service: 'rem' } } }),
        mode('local'),
      );
      await lab.web(local('ghost'));
      await removeWestGateway(lab);
    },
    truth: 'blocked',
    expected: [noLocalGateway],
    fix: { at: 'west' },
  },
  {
    name: 'local mode, and the Envoy of the gateway of west is dead',
    change: async ({ west }) => {
      await west.write(mode('local'));
      await west.kill('mesh-gateway');
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'mesh-gateway-healthy', subject: /mesh-gateway/ }],
    fix: { at: 'west' },
  },
  {
    name: 'local mode, and the gateway of west is in maintenance',
    change: async ({ west }) => {
      await west.write(mode('local'));
      await west.call('PUT', '/v1/agent/service/maintenance/mesh-gateway?enable=true');
      await waitFor('the catalog to show it', async () => {
        const checks = await west.call<{ Status: string }[]>('GET', '/v1/health/checks/mesh-gateway');
        return checks.some(({ Status }) => Status === 'critical');
      });
      // One that runs keeps the direct way as long as it is given no other.
      await west.restart('web-sidecar-proxy');
    },
    truth: 'blocked',
    expected: [{ at: 'west', id: 'mesh-gateway-healthy', subject: /mesh-gateway/ }],
    fix: { at: 'west' },
  },
  {
    name: 'TLS versions of the two mesh entries do not meet',
    change: async (lab) => {
      await lab.east.write(tls({ Incoming: { TLSMinVersion: 'TLSv1_3' } }));
      await lab.west.write(tls({ Outgoing: { TLSMaxVersion: 'TLSv1_2' } }));
      await lab.refresh();
    },
    truth: 'blocked',
    expected: sidesDiffer,
    fix: { at: 'west' },
  },
  {
    name: 'the mesh entry of east asks for TLS 1.3, and Envoy calls with 1.2 at most where nothing is said',
    change: async (lab) => {
      await lab.east.write(tls({ Incoming: { TLSMinVersion: 'TLSv1_3' } }));
      await lab.refresh();
    },
    truth: 'blocked',
    expected: sidesDiffer,
    fix: { at: 'west' },
  },
  {
    name: 'west calls with TLS 1.3 at least, and with 1.2 at most where nothing is said',
    change: async (lab) => {
      await lab.west.write(tls({ Outgoing: { TLSMinVersion: 'TLSv1_3' } }));
      await lab.refresh();
    },
    truth: 'blocked',
    expected: sidesDiffer,
    fix: { at: 'west' },
  },
  {
    name: 'west calls with TLS 1.1 at most',
    change: async (lab) => {
      await lab.west.write(tls({ Outgoing: { TLSMaxVersion: 'TLSv1_1' } }));
      await lab.refresh();
    },
    truth: 'blocked',
    expected: sidesDiffer,
  },
  {
    name: 'api is http, and the gateway of east calls its sidecar with TLS that it does not take',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'), tls({ Incoming: { TLSMinVersion: 'TLSv1_3' } }));
      await lab.west.write(tls({ Outgoing: { TLSMaxVersion: 'TLSv1_3' } }));
      await lab.refresh();
    },
    truth: 'blocked',
    expected: sidesDiffer.toReversed(),
    fix: { at: 'east' },
  },
  ...(
    [
      ['grpc', '', 'sets nothing'],
      ['http2', '', 'sets nothing'],
      ['grpc', 'http', 'says http'],
      ['grpc', 'tcp', 'says tcp'],
    ] as const
  ).map(
    ([there, here, says]): Row => ({
      name: `api is ${there} in east, west ${says}, and the application speaks HTTP/1`,
      change: async (lab) => {
        await lab.east.write(protocol('api', there));
        if (here) await lab.west.write(protocol('api', here));
        await lab.refresh();
      },
      truth: 'blocked',
      expected: [{ ...upstream('peering-two-sided', 'api'), severity: 'warning' }],
      fix: { at: 'east', title: /serve http: write/ },
    }),
  ),
  ...['http2', 'grpc'].map(
    (name): Row => ({
      name: `west says ${name} of a name that redirects to api, which is tcp in east, and its application speaks HTTP/1`,
      change: (lab) => callByName(lab, name),
      truth: 'blocked',
      expected: [{ ...upstream('peering-two-sided', 'remote'), severity: 'warning' }],
      fix: { at: 'west', title: /declare http for remote/ },
    }),
  ),
  {
    name: 'west says http of a name that redirects to api, which is tcp in east',
    change: (lab) => callByName(lab, 'http'),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'west says grpc of a name that redirects to api, which is tcp in east, and its application speaks HTTP/2',
    change: async (lab) => {
      await speakFrames(lab);
      await callByName(lab, 'grpc');
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: "the token of the consumer's sidecar is deleted, and it has no check",
    change: async ({ west, port }) => {
      const { accessor, secret } = await west.token(
        'service "web" { policy = "write" }\nservice "web-sidecar-proxy" { policy = "write" }\nservice_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }',
      );
      await west.deregister('web-sidecar-proxy');
      await west.register(
        {
          Kind: 'connect-proxy',
          Name: 'web-sidecar-proxy',
          Address: '127.0.0.1',
          Port: port('web-sidecar-proxy@west'),
          Proxy: {
            DestinationServiceName: 'web',
            DestinationServiceID: 'web',
            Upstreams: [{ ...toApi, LocalBindPort: port('upstream') }],
          },
        },
        secret,
      );
      await west.call('DELETE', `/v1/acl/token/${accessor}`);
      await west.startWeak('web-sidecar-proxy', secret);
    },
    truth: 'blocked',
    expected: [],
    unseen: 'consumer',
  },
  {
    name: 'the upstream names the peer in another case',
    change: (lab) => lab.web({ ...toApi, DestinationPeer: 'East' }),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'the upstream names the service in another case',
    change: (lab) => lab.web({ ...toApi, DestinationName: 'API' }),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a redirect to the peer, written in another case',
    change: async (lab) => {
      await lab.west.write(redirect('Remote', 'API', 'East'));
      await lab.web(local('remote'));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a redirect to a name that a local resolver redirects to api of the peer',
    change: async (lab) => {
      await lab.west.write(redirect('remote', 'old', 'east'), redirect('old', 'api', 'east'));
      await lab.web(local('remote'));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a redirect to the peer, and an upstream that names a datacenter that does not exist',
    change: async (lab) => {
      await lab.west.write(redirect('api', 'api', 'east'));
      await lab.web(local('api', { Datacenter: 'nodc' }));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a failover to the peer in a section that nobody asks for, and mode none',
    change: async (lab) => {
      await localOrders(lab, true);
      await lab.west.write(
        resolver('orders', {
          Subsets: { v1: { Filter: 'Service.Meta.version == v1' } },
          Failover: { v1: { Targets: [{ Service: 'api', Peer: 'east' }] } },
        }),
        mode('none'),
      );
    },
    truth: 'flows',
    request: { body: 'orders@west' },
    expected: [],
  },
  {
    name: 'a failover target that is not exported, while local instances pass',
    change: async (lab) => {
      await localOrders(lab, true);
      await lab.west.write(failover('orders', { Service: 'apii', Peer: 'east' }));
    },
    truth: 'flows',
    request: { body: 'orders@west' },
    expected: [{ at: 'west', id: 'failover-targets', subject: /orders/, severity: 'warning' }],
  },
  {
    name: 'a failover target at a peer that is no peering, while local instances pass',
    change: async (lab) => {
      await localOrders(lab, true);
      await lab.west.write(failover('orders', { Service: 'api', Peer: 'cluster-02' }));
    },
    truth: 'flows',
    request: { body: 'orders@west' },
    expected: [{ at: 'west', id: 'failover-targets', subject: /orders/, severity: 'warning' }],
  },
  {
    name: 'local instances are dead, and the failover to the peer stands in',
    change: async (lab) => {
      await localOrders(lab, false);
      await lab.west.write(failover('orders', { Service: 'api', Peer: 'east' }));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a splitter and a router that resolve to the peer',
    change: async (lab) => {
      await lab.west.write(
        protocol('front', 'http'),
        protocol('split', 'http'),
        protocol('remote', 'http'),
        redirect('remote', 'api', 'east'),
        splitter('split', 'remote'),
        router('front', '/', 'split'),
      );
      await lab.web(local('front'));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a splitter shares calls between the peer and a name that nothing here has',
    change: (lab) => splitWithOrders(lab, 99),
    truth: 'blocked',
    expected: [deadLeg],
    fix: { at: 'west' },
  },
  {
    name: 'a splitter shares calls between the peer and a service here without a sidecar',
    change: async (lab) => {
      await lab.west.serve('orders', { plain: true });
      await splitWithOrders(lab, 99);
    },
    truth: 'blocked',
    expected: [deadLeg],
    fix: { at: 'west' },
  },
  {
    name: 'a splitter shares calls between the peer and a service here whose instance is critical',
    change: async (lab) => {
      await lab.west.serve('orders');
      await splitWithOrders(lab, 99);
      await lab.west.stopApplication('orders');
      await criticalOf(lab, 'orders-sidecar-proxy', 'alias');
    },
    truth: 'blocked',
    expected: [deadLeg],
    fix: { at: 'west' },
  },
  {
    name: 'a splitter shares calls between the peer and a service here that works',
    change: async (lab) => {
      await lab.west.serve('orders');
      await splitWithOrders(lab, 0.5);
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a splitter shares calls between the peer and a name here that fails over to the peer',
    change: async (lab) => {
      await lab.west.write(failover('orders', { Service: 'api', Peer: 'east' }));
      await splitWithOrders(lab, 50);
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a splitter has a leg of weight 0 to a service that is not exported',
    change: async (lab) => {
      await lab.west.write(
        ...['split', 'remote', 'idle'].map((name) => protocol(name, 'http')),
        redirect('remote', 'api', 'east'),
        redirect('idle', 'apii', 'east'),
        {
          Kind: 'service-splitter',
          Name: 'split',
          Splits: [
            { Weight: 100, Service: 'remote' },
            { Weight: 0, Service: 'idle' },
          ],
        },
      );
      await lab.web(local('split'));
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'a local service of the same name is called beside that of the peer',
    change: async (lab) => {
      await lab.west.serve('api');
      await lab.west.write({
        Kind: 'service-intentions',
        Name: 'api',
        Sources: [{ Name: 'web', Action: 'allow' }],
      });
      await lab.web(local('api'), toApi);
    },
    truth: 'flows',
    request: { body: 'api@west' },
    expected: [],
  },
  {
    name: 'local mode by proxy-defaults, with a gateway that runs',
    change: ({ west }) => west.write(mode('local')),
    truth: 'flows',
    expected: [],
  },
  {
    name: 'local mode, and a gateway with an empty Proxy.Config',
    change: async ({ west }) => {
      await west.gateway({ proxy: { Config: {} } });
      await west.write(mode('local'));
    },
    truth: 'flows',
    expected: [{ at: 'west', id: 'mesh-gateway-local-config', subject: /mesh-gateway/, severity: 'warning' }],
  },
  {
    name: 'mode none by proxy-defaults, which the specification forbids',
    change: ({ west }) => west.write(mode('none')),
    truth: 'flows',
    expected: [{ at: 'west', id: 'mesh-gateway-mode', subject: /proxy-defaults global/ }],
    fix: { at: 'west' },
  },
  {
    name: 'mode none on the upstream, which the specification forbids',
    change: (lab) => lab.web({ ...toApi, MeshGateway: { Mode: 'none' } }),
    truth: 'flows',
    expected: [{ at: 'west', id: 'mesh-gateway-mode', subject: /./ }],
    fix: { at: 'west' },
  },
  {
    name: 'local mode by proxy-defaults, overruled by the upstream, and no gateway in west',
    change: async (lab) => {
      await lab.west.write(mode('local'));
      await lab.web({ ...toApi, MeshGateway: { Mode: 'remote' } });
      await removeWestGateway(lab);
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'west, which only imports, has no gateway',
    change: removeWestGateway,
    truth: 'flows',
    expected: [],
  },
  {
    name: 'both mesh entries ask for TLS 1.3, in and out, up to 1.3',
    change: async (lab) => {
      const TLS = { TLSMinVersion: 'TLSv1_3', TLSMaxVersion: 'TLSv1_3' };
      for (const side of [lab.east, lab.west]) {
        await side.write({ Kind: 'mesh', TLS: { Incoming: TLS, Outgoing: TLS } });
      }
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'both mesh entries ask for TLS 1.2 or later',
    change: async (lab) => {
      const TLS = { TLSMinVersion: 'TLSv1_2' };
      for (const side of [lab.east, lab.west]) {
        await side.write({ Kind: 'mesh', TLS: { Incoming: TLS, Outgoing: TLS } });
      }
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'east asks for TLS 1.3, west may call with it, and api is tcp',
    change: async (lab) => {
      await lab.east.write(tls({ Incoming: { TLSMinVersion: 'TLSv1_3' } }));
      await lab.west.write(tls({ Outgoing: { TLSMaxVersion: 'TLSv1_3' } }));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'east takes TLS 1.2 at most',
    change: async (lab) => {
      await lab.east.write(tls({ Incoming: { TLSMaxVersion: 'TLSv1_2' } }));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'west says grpc of api, which is http in east: the protocol of the exporter counts',
    change: async (lab) => {
      await lab.east.write(protocol('api', 'http'));
      await lab.west.write(protocol('api', 'grpc'));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'west says http of api, and its upstream says grpc, which is tcp in east',
    change: async (lab) => {
      await lab.west.write(protocol('api', 'http'));
      await lab.web({ ...toApi, Config: { protocol: 'grpc' } });
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'api is http at both sides',
    change: async (lab) => {
      for (const side of [lab.east, lab.west]) await side.write(protocol('api', 'http'));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'proxy-defaults say http in east alone',
    change: async (lab) => {
      await lab.east.write(proxyDefaults({ Config: { protocol: 'http' } }));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'service-defaults of the target of a redirect say local, without a mesh gateway',
    change: async (lab) => {
      await removeWestGateway(lab);
      // Consul's compiler gives the target this mode; proxies get that of the upstream.
      await lab.west.write(redirect('remote', 'api', 'east'), localMode('api'));
      await lab.web(local('remote'));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
  {
    name: 'service-defaults of the service at the peer say local, without a mesh gateway',
    change: async (lab) => {
      await removeWestGateway(lab);
      await lab.west.write(localMode('api'));
      await lab.refresh();
    },
    truth: 'flows',
    expected: [],
  },
];
