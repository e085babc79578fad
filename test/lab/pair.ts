import { type ConsulAgent, type ConsulOptions, startConsul } from './consul';
import { waitFor } from './process';

/** One cluster of a peered pair. */
interface PairSide {
  readonly agent: ConsulAgent;
  /** The name of the peering with the other cluster. */
  readonly peer: string;
  /** The token of its mesh gateway: the three grants of the specification and `peering:read`, no more. */
  readonly gatewayToken: { readonly accessor: string; readonly secret: string };
}

/** The ports that the pair's services register. */
interface PairPorts {
  readonly eastGateway: number;
  readonly westGateway: number;
  readonly api: number;
  readonly apiSidecar: number;
  readonly webSidecar: number;
  /** The local address of the upstream of `web` to `api`. */
  readonly upstream: number;
}

const unusedPorts: PairPorts = {
  eastGateway: 8443,
  westGateway: 8443,
  api: 9090,
  apiSidecar: 21_000,
  webSidecar: 21_000,
  upstream: 9191,
};

export interface PairOptions extends Pick<ConsulOptions, 'acl' | 'config' | 'version' | 'asInProduction'> {
  /** Real ports, for a pair with Envoys: gateways are then reached on loopback. */
  readonly ports?: PairPorts;
}

/**
 * Two peered clusters in good order. East accepts and exports `api`; west dials and imports it: `web` has an
 * upstream with `destination_peer`. Both have a mesh gateway and sidecars, all passing. Registered only: no
 * Envoy runs.
 */
export interface PeeredPair {
  readonly east: PairSide;
  readonly west: PairSide;
  readonly stop: () => Promise<void>;
}

export const startPeeredPair = async (options: PairOptions = {}): Promise<PeeredPair> => {
  const { ports = unusedPorts, ...agents } = options;
  const [eastAgent, westAgent] = await Promise.all([
    startConsul({ ...agents, datacenter: 'east' }),
    startConsul({ ...agents, datacenter: 'west' }),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([eastAgent.stop(), westAgent.stop()]);
  };
  try {
    // Addresses of RFC 5737: routable to look at, so that nothing is said about private or loopback ranges.
    const wan = (address: string): string => (options.ports ? '127.0.0.1' : address);
    const [eastGateway, westGateway] = await Promise.all([
      registerGateway(eastAgent, wan('192.0.2.10'), ports.eastGateway),
      registerGateway(westAgent, wan('198.51.100.10'), ports.westGateway),
      registerExporter(eastAgent, ports),
      registerImporter(westAgent, ports),
    ]);
    await peer(eastAgent, 'west', westAgent, 'east');
    await waitFor('api to be replicated', async () => {
      const exported = (await readPeering(eastAgent, 'west')).StreamStatus?.ExportedServices ?? [];
      const imported = (await readPeering(westAgent, 'east')).StreamStatus?.ImportedServices ?? [];
      return exported.includes('api') && imported.includes('api');
    });
    return {
      east: { agent: eastAgent, peer: 'west', gatewayToken: eastGateway },
      west: { agent: westAgent, peer: 'east', gatewayToken: westGateway },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** A check that passes until somebody says otherwise: `PUT /v1/agent/check/fail/service:<id>`. */
export const passing = { TTL: '24h', Status: 'passing' };

/** Rules of a mesh gateway's token for peering. */
const gatewayRules = `
service "mesh-gateway" { policy = "write" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
mesh = "write"
peering = "read"
`;

const registerGateway = async (
  agent: ConsulAgent,
  wan: string,
  port: number,
): Promise<PairSide['gatewayToken']> => {
  const token = agent.token ? await agent.tokenWith(gatewayRules) : { accessor: '', secret: '' };
  const service = {
    Kind: 'mesh-gateway',
    Name: 'mesh-gateway',
    Address: '127.0.0.1',
    Port: port,
    TaggedAddresses: { lan: { Address: '127.0.0.1', Port: port }, wan: { Address: wan, Port: port } },
    Check: passing,
  };
  await agent.call('PUT', '/v1/agent/service/register', service, token.secret);
  return token;
};

const registerExporter = async (agent: ConsulAgent, ports: PairPorts): Promise<void> => {
  await agent.call('PUT', '/v1/agent/service/register', {
    Name: 'api',
    Port: ports.api,
    Check: passing,
    Connect: { SidecarService: { Port: ports.apiSidecar, Check: passing } },
  });
  await Promise.all([
    agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
    }),
    agent.call('PUT', '/v1/config', {
      Kind: 'service-intentions',
      Name: 'api',
      Sources: [{ Name: 'web', Peer: 'west', Action: 'allow' }],
    }),
  ]);
};

const registerImporter = async (agent: ConsulAgent, ports: PairPorts): Promise<void> => {
  // The token that a sidecar of `web` would use.
  if (agent.token) {
    await agent.call('PUT', '/v1/acl/token', { ServiceIdentities: [{ ServiceName: 'web' }] });
  }
  await agent.call('PUT', '/v1/agent/service/register', {
    Name: 'web',
    Port: 9090,
    Check: passing,
    Connect: {
      SidecarService: {
        Port: ports.webSidecar,
        Check: passing,
        Proxy: {
          Upstreams: [{ DestinationName: 'api', DestinationPeer: 'east', LocalBindPort: ports.upstream }],
        },
      },
    },
  });
};

interface LabPeering {
  readonly ID: string;
  readonly State: string;
  readonly PeerCAPems?: readonly string[] | null;
  readonly StreamStatus?: {
    readonly ImportedServices?: readonly string[] | null;
    readonly ExportedServices?: readonly string[] | null;
  };
}

export const readPeering = (agent: ConsulAgent, name: string): Promise<LabPeering> =>
  agent.call('GET', `/v1/peering/${name}`);

/** Resolves once a secondary of a WAN federation has the trust domain of its primary; it begins with one of its own. */
export const federated = async (primary: ConsulAgent, secondary: ConsulAgent): Promise<void> => {
  const trustDomain = async ({ call }: ConsulAgent): Promise<string> =>
    (await call<{ TrustDomain: string }>('GET', '/v1/connect/ca/roots')).TrustDomain;
  await waitFor('the federation', async () => {
    const names = await secondary.call<string[]>('GET', '/v1/catalog/datacenters');
    return names.length === 2 && (await trustDomain(primary)) === (await trustDomain(secondary));
  });
};

/**
 * Peers two clusters, and waits until both say ACTIVE.
 *
 * @param dialerName what the acceptor calls the dialer
 * @param acceptorName what the dialer calls the acceptor
 */
export const peer = async (
  acceptor: ConsulAgent,
  dialerName: string,
  dialer: ConsulAgent,
  acceptorName: string,
): Promise<void> => {
  const { PeeringToken } = await acceptor.call<{ PeeringToken: string }>('POST', '/v1/peering/token', {
    PeerName: dialerName,
  });
  await dialer.call('POST', '/v1/peering/establish', { PeerName: acceptorName, PeeringToken });
  for (const [agent, name] of [
    [acceptor, dialerName],
    [dialer, acceptorName],
  ] as const) {
    await waitFor(
      `peering ${name} of ${agent.datacenter}`,
      async () => (await readPeering(agent, name)).State === 'ACTIVE',
    );
  }
};
