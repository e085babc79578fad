import type { Consul } from './consul';

/**
 * The clusters of the demo: `prod-east` has several kinds of problems, `prod-west` is its healthy peer, and
 * `staging` is fine as far as the bot's token lets it see.
 */

/** Rules for what the bot reads, and no more. */
export const botRules = `
acl = "read"
mesh = "read"
peering = "read"
agent_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
query_prefix "" { policy = "read" }
service_prefix "" { policy = "read" intentions = "read" }
`;

/** Too little: one service, and nothing about peerings, the mesh or ACLs. */
export const weakRules = `
agent_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
service "web" { policy = "read" }
`;

/** For requests for peering tokens. */
export const peeringRules = 'peering = "write"\n';

const gatewayRules = `
service "mesh-gateway" { policy = "write" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
mesh = "write"
peering = "read"
`;

/** Passes for as long as the demo runs. */
const passing = { TTL: '24h', Status: 'passing' };

const gateway = (id: string, wan: string, port: number, check: object | undefined): object => ({
  ID: id,
  Kind: 'mesh-gateway',
  Name: 'mesh-gateway',
  Address: '127.0.0.1',
  Port: port,
  // Addresses of RFC 5737, which belong to nobody.
  TaggedAddresses: { lan: { Address: '127.0.0.1', Port: port }, wan: { Address: wan, Port: 443 } },
  ...(check ? { Check: check } : {}),
});

const service = (name: string, port: number, upstreams: readonly object[] = []): object => ({
  Name: name,
  Port: port,
  Check: passing,
  Connect: { SidecarService: { Port: port + 10_000, Check: passing, Proxy: { Upstreams: upstreams } } },
});

const register = (consul: Consul, what: object): Promise<unknown> =>
  consul.call('PUT', '/v1/agent/service/register?replace-existing-checks=true', what);

const write = (consul: Consul, entry: object): Promise<unknown> => consul.call('PUT', '/v1/config', entry);

const exportTo = (consul: Consul, peer: string, services: readonly string[]): Promise<unknown> =>
  write(consul, {
    Kind: 'exported-services',
    Name: 'default',
    Services: services.map((name) => ({ Name: name, Consumers: [{ Peer: peer }] })),
  });

const allow = (consul: Consul, destination: string, source: string, peer: string): Promise<unknown> =>
  write(consul, {
    Kind: 'service-intentions',
    Name: destination,
    Sources: [{ Name: source, Peer: peer, Action: 'allow' }],
  });

/** The token that a cluster's gateways would run with; the accessor is what clusters.yml names. */
export const gatewayToken = async (consul: Consul): Promise<Readonly<Record<string, string>>> => {
  const { accessor } = await consul.tokenWith('mesh-gateway', gatewayRules);
  return { gateway: 'mesh-gateway', accessor };
};

/** A cluster in good order, which exports `api` and `billing`. */
export const setWest = async (consul: Consul): Promise<void> => {
  await register(consul, gateway('mesh-gateway', '198.51.100.10', 8443, passing));
  await register(consul, service('api', 9090));
  await register(consul, service('billing', 9091));
  await exportTo(consul, 'east', ['api', 'billing']);
  await allow(consul, 'api', 'web', 'east');
  await allow(consul, 'billing', 'web', 'east');
};

/** Its peer, with four small mistakes. */
export const setEast = async (consul: Consul): Promise<void> => {
  await register(consul, gateway('mesh-gateway-1', '192.0.2.10', 8443, passing));
  await register(consul, gateway('mesh-gateway-2', '192.0.2.11', 8444, undefined));
  await register(consul, service('orders', 9092));
  await register(
    consul,
    service('web', 9093, [
      // Only the peer offers it, and the upstream does not say so.
      { DestinationName: 'api', LocalBindPort: 9191 },
      { DestinationName: 'billing', DestinationPeer: 'west', LocalBindPort: 9192 },
    ]),
  );
  // The token that the sidecar of web would run with.
  await consul.call('PUT', '/v1/acl/token', {
    Description: 'web',
    ServiceIdentities: [{ ServiceName: 'web' }],
  });
  await write(consul, { Kind: 'proxy-defaults', Name: 'global', MeshGateway: { Mode: 'none' } });
  await exportTo(consul, 'wset', ['orders']);
  await allow(consul, 'orders', 'api', 'west');
  // A peering that was never completed.
  await consul.call('POST', '/v1/peering/token', { PeerName: 'lab' });
};

export const setStaging = async (consul: Consul): Promise<void> => {
  await register(consul, gateway('mesh-gateway', '203.0.113.10', 8443, passing));
  await register(consul, service('web', 9090));
};

/** Peers two clusters: the acceptor knows the other as `dialerName`, and the other way round. */
export const peerUp = async (
  acceptor: Consul,
  dialerName: string,
  dialer: Consul,
  acceptorName: string,
): Promise<void> => {
  const { PeeringToken } = await acceptor.call<{ PeeringToken: string }>('POST', '/v1/peering/token', {
    PeerName: dialerName,
  });
  await dialer.call('POST', '/v1/peering/establish', { PeerName: acceptorName, PeeringToken });
};
