import { createServer, get, type Server } from 'node:http';
import type { OverlayChange } from '../../../src/checks/overlay';
import type { GatewayTokenRef } from '../../../src/config/config';
import { type ConsulAgent, startConsul } from '../consul';
import { type Envoy, startEnvoy } from '../envoy';
import { peer, readPeering } from '../pair';
import { isFree, waitFor } from '../process';
import { type BotAnswer, type ConfiguredCluster, checkCluster, checkClusterWith } from './engine';
import { type Paste, startPaste } from './paste';
import type { End } from './row';

/**
 * Two peered clusters with Envoys that run on the least privilege, and the ways in which rows change them. Base
 * state: `api` in east is exported, and an intention allows `web` of west, which has an upstream to it. Each side
 * has a mesh gateway. Proxies are checked by TCP, as with `consul connect envoy -register`, so that the death of an
 * Envoy shows within a second.
 */

interface ServeOptions {
  /** Registers no sidecar. */
  readonly plain?: boolean;
  /** Registers the sidecar and starts no Envoy for it. */
  readonly noEnvoy?: boolean;
  /** Merged into the sidecar's `Proxy`. */
  readonly proxy?: object;
}

export interface Upstream {
  readonly DestinationName: string;
  readonly DestinationPeer?: string;
  readonly DestinationType?: string;
  readonly Datacenter?: string;
  readonly MeshGateway?: { readonly Mode: string };
  readonly Config?: object;
}

interface PodOptions {
  /** Kubernetes finds all containers of the pod ready. */
  readonly ready: boolean;
  /** Merged into the sidecar's `Proxy`. */
  readonly proxy?: object;
}

interface GatewayOptions {
  readonly kind?: 'mesh-gateway' | 'api-gateway' | 'ingress-gateway' | 'terminating-gateway';
  /** Service name and id; the kind by default. */
  readonly name?: string;
  readonly id?: string;
  /** The token's rules; by default what this kind needs. */
  readonly rules?: string;
  /** The token may grant too little to get a configuration. */
  readonly weak?: boolean;
  /** The secret of a token that exists. */
  readonly token?: string;
  /** The address handed to peers. Default 127.0.0.1. */
  readonly wan?: string;
  readonly wanPort?: number;
  readonly noCheck?: boolean;
  readonly noEnvoy?: boolean;
  readonly proxy?: object;
  /** Registers it with a client agent, which can be started again: agents keep what was hidden from a token. */
  readonly onClient?: boolean;
}

export interface Side {
  readonly end: End;
  readonly agent: ConsulAgent;
  readonly call: ConsulAgent['call'];
  /** Writes config entries, in this order. */
  readonly write: (...entries: readonly object[]) => Promise<void>;
  readonly remove: (kind: string, name: string) => Promise<void>;
  readonly register: (definition: object, token?: string) => Promise<void>;
  readonly deregister: (id: string) => Promise<void>;
  /** Registers a service with an application that answers `name@end`, a sidecar and its Envoy. */
  readonly serve: (name: string, options?: ServeOptions) => Promise<void>;
  /**
   * Serves as `serve` does, with the registrations of consul-k8s (endpoints controller of 1.0 and later): on a node
   * without an agent, and with the readiness of the pod as the one check of the service and of its sidecar.
   */
  readonly pod: (name: string, options: PodOptions) => Promise<void>;
  /** A service outside the mesh, on a node without an agent, with an application that answers `name@end`. */
  readonly external: (name: string) => Promise<void>;
  /** Stops the application of a service until the next reset. */
  readonly stopApplication: (name: string) => Promise<void>;
  /** Registers a gateway and starts its Envoy. */
  readonly gateway: (options?: GatewayOptions) => Promise<{ accessor: string; secret: string }>;
  /** A new token with these rules. */
  readonly token: (rules: string) => Promise<{ accessor: string; secret: string }>;
  /** Starts an Envoy on a token that grants too little. Where it gets no configuration it is left off. */
  readonly startWeak: (id: string, token: string) => Promise<void>;
  /**
   * Restarts an Envoy with the same token, and the client agent that it is registered with.
   *
   * @param granted the token has been given what it lacked, so that a slow start is waited for
   */
  readonly restart: (id: string, granted?: boolean) => Promise<void>;
  readonly kill: (id: string) => Promise<void>;
  /** Names the token of the mesh gateway to the bot. */
  readonly nameGatewayToken: (accessor: string | undefined) => void;
}

export interface Lab {
  readonly east: Side;
  readonly west: Side;
  /** A free port that keeps its number, by name. */
  readonly port: (name: string) => number;
  /** Gives `web` in west these upstreams, on the ports `upstream`, `upstream-2`, … */
  readonly web: (...upstreams: readonly Upstream[]) => Promise<void>;
  /** Writes the `exported-services` entry of east: consumers by service. */
  readonly export: (services: Readonly<Record<string, readonly string[]>>) => Promise<void>;
  /** Writes the intentions of a service in east. */
  readonly intend: (service: string, ...sources: readonly object[]) => Promise<void>;
  /** Peers the clusters again. East calls west by this name. */
  readonly repeer: (eastCalls?: string, westCalls?: string) => Promise<void>;
  /** Peers the clusters once more: east calls this peering west-2, and west calls it east-2. */
  readonly peerTwice: () => Promise<void>;
  /** The answer to a request: `status body`, or the error. */
  readonly ask: (port: string, path: string, host?: string) => Promise<string>;
  /** The states of the instances of a service of east that west gets. */
  readonly discover: (service: string) => Promise<readonly string[]>;
  readonly check: (end: End, alone: boolean) => Promise<BotAnswer>;
  /** Checks the cluster as it would be with the changes, which are not made. */
  readonly checkWith: (end: End, alone: boolean, changes: readonly OverlayChange[]) => Promise<BotAnswer>;
  /** Runs a snippet in a shell at one cluster, as an operator would. @throws where it fails. */
  readonly paste: (end: End, script: string) => Promise<void>;
  /** Restarts all Envoys, so that none lives on what it has cached. */
  readonly refresh: () => Promise<void>;
  /** Ends with the row. */
  readonly onReset: (work: () => Promise<unknown>) => void;
  /** Puts both clusters into the base state, and waits until traffic flows. */
  readonly reset: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Gateways that listen where their config entries say, so that nobody can tell by the registered port. */
const listensElsewhere: ReadonlySet<string> = new Set(['api-gateway', 'ingress-gateway']);

const seeAll = 'service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }\n';

/** Rules that a mesh gateway needs for peering, by the name of the grant. */
export const gatewayGrants: Readonly<
  Record<'service-write' | 'service-read' | 'mesh-write' | 'node-read', string>
> = {
  'service-write': 'service "mesh-gateway" { policy = "write" }',
  'service-read': 'service_prefix "" { policy = "read" }',
  'mesh-write': 'mesh = "write"',
  'node-read': 'node_prefix "" { policy = "read" }',
};

/** The rules of a mesh gateway without one of its grants, or with all. */
export const gatewayRules = (without?: keyof typeof gatewayGrants): string =>
  Object.entries(gatewayGrants)
    .filter(([grant]) => grant !== without)
    .map(([, rule]) => rule)
    .join('\n');

const rulesOf = (kind: string, name: string): string =>
  kind === 'mesh-gateway'
    ? gatewayRules()
    : `service "${name}" { policy = "write" }\nmesh = "read"\n${seeAll}`;

/** As the README tells operators to make it. */
const botRules = `
acl = "read"
agent_prefix "" { policy = "read" }
mesh = "read"
node_prefix "" { policy = "read" }
peering = "read"
query_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
`;

/** In an order in which they can be deleted. */
const entryKinds = [
  'http-route',
  'tcp-route',
  'api-gateway',
  'ingress-gateway',
  'terminating-gateway',
  'service-intentions',
  'jwt-provider',
  'service-router',
  'service-splitter',
  'service-resolver',
  'service-defaults',
  'proxy-defaults',
  'mesh',
  'exported-services',
];

/** Replaces the registration of the sidecar of api in east by one without a check. */
export const registerApiSidecar = ({ east, port }: Lab, proxy: object = {}): Promise<void> =>
  east.register({
    Kind: 'connect-proxy',
    Name: 'api-sidecar-proxy',
    Address: '127.0.0.1',
    Port: port('api-sidecar-proxy@east'),
    Proxy: {
      DestinationServiceName: 'api',
      DestinationServiceID: 'api',
      LocalServiceAddress: '127.0.0.1',
      LocalServicePort: port('api@east'),
      ...proxy,
    },
  });

export const toApi: Upstream = { DestinationName: 'api', DestinationPeer: 'east' };
export const allowWeb = { Name: 'web', Peer: 'west', Action: 'allow' };

const baseEntries: Readonly<Record<End, readonly object[]>> = {
  east: [
    {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
    },
    { Kind: 'service-intentions', Name: 'api', Sources: [allowWeb] },
  ],
  west: [],
};

const names: Readonly<Record<End, { readonly service: string; readonly peer: string }>> = {
  east: { service: 'api', peer: 'west' },
  west: { service: 'web', peer: 'east' },
};

interface ManagedSide extends Side {
  readonly cluster: () => ConfiguredCluster;
  /** Tells the bot what this cluster calls the other. */
  readonly callPeer: (...names: readonly string[]) => void;
  readonly reset: () => Promise<void>;
  readonly refresh: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly sidecar: (name: string, proxy?: object) => Promise<void>;
  readonly paste: Paste;
}

const listen = async (port: number, body: string): Promise<Server> => {
  const server = createServer((_, response) => response.end(body));
  server.keepAliveTimeout = 1000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
};

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

type Ports = (name: string) => number;

interface RunningProxy {
  /** Its token may grant too little to get a configuration. */
  readonly weak: boolean;
  /** That it is registered with. */
  readonly agent: ConsulAgent;
  /** That it is registered on, where that is not the agent's. */
  readonly node: string | undefined;
  readonly token: string;
  envoy?: Envoy | undefined;
}

interface StartOptions {
  readonly weak?: boolean | undefined;
  /** The agent that it is registered with. Default: that of the cluster. */
  readonly at?: ConsulAgent | undefined;
  readonly node?: string | undefined;
}

export interface LabOptions {
  /** Real Envoys, or listeners that stand for them: enough for what clusters say, not for traffic. Default `envoys`. */
  readonly proxies?: 'envoys' | 'listeners';
  /** Peered twice in the base state too: to end a peering and to make it again takes Consul half a minute each time. */
  readonly twice?: boolean;
  /** Stands between the lab and an agent. */
  readonly wrap?: (agent: ConsulAgent, end: End) => ConsulAgent;
}

/** Answers TCP checks in place of an Envoy. */
const startListener = async (port: number): Promise<Envoy> => {
  const server = await listen(port, '');
  return { running: () => server.listening, stop: () => close(server) };
};

const startSide = async (
  end: End,
  port: Ports,
  { proxies = 'envoys', wrap = (agent) => agent }: LabOptions,
): Promise<ManagedSide> => {
  const agent = wrap(await startConsul({ datacenter: end }), end);
  const { call } = agent;
  const base = names[end];
  let peers: readonly string[] = [base.peer];
  const paste = await startPaste(agent);
  const bot = await agent.tokenWith(botRules);
  const ownGateway = await agent.tokenWith(gatewayRules());
  const applications = new Map<string, Server>();
  const identities = new Map<string, string>();
  /** Envoys by the id of their proxy; those that did not start, or were killed, among them. */
  const envoys = new Map<string, RunningProxy>();
  let client: ConsulAgent | undefined;
  const baseProxies = [`${base.service}-sidecar-proxy`, 'mesh-gateway'];
  let gatewayTokens: readonly GatewayTokenRef[] = [];

  const identity = async (service: string): Promise<string> => {
    const known = identities.get(service);
    if (known) return known;
    const { SecretID } = await call<{ SecretID: string }>('PUT', '/v1/acl/token', {
      ServiceIdentities: [{ ServiceName: service }],
    });
    identities.set(service, SecretID);
    return SecretID;
  };

  const write: Side['write'] = async (...entries) => {
    for (const entry of entries) await call('PUT', '/v1/config', entry);
  };
  const register: Side['register'] = async (definition, token) => {
    await call('PUT', '/v1/agent/service/register?replace-existing-checks=true', definition, token);
  };
  const deregister: Side['deregister'] = async (id) => {
    await call('PUT', `/v1/agent/service/deregister/${id}`);
  };
  const nameGatewayToken: Side['nameGatewayToken'] = (accessor) => {
    gatewayTokens = accessor === undefined ? [] : [{ gateway: 'mesh-gateway', accessor }];
  };

  const pending = new Map<string, Promise<void>>();
  /** One start or stop of a proxy at a time: a row that fails leaves starts behind, and their Envoys share its port. */
  const inOrder = (id: string, work: () => Promise<void>): Promise<void> => {
    const last = (pending.get(id) ?? Promise.resolve()).catch(() => undefined).then(work);
    pending.set(id, last);
    return last;
  };
  const stopProxy = async (id: string): Promise<void> => {
    const known = envoys.get(id);
    await known?.envoy?.stop();
    if (known) known.envoy = undefined;
  };
  const kill: Side['kill'] = (id) => inOrder(id, () => stopProxy(id));
  const startProxy = async (
    id: string,
    token: string,
    { weak = false, at = agent, node }: StartOptions,
  ): Promise<void> => {
    await stopProxy(id);
    const started: RunningProxy = { agent: at, node, token, weak };
    envoys.set(id, started);
    try {
      started.envoy =
        proxies === 'envoys'
          ? await startEnvoy(at, id, token, { readyMs: weak ? 4000 : 30_000, node })
          : await startListener(port(`${id}@${end}`));
    } catch (error) {
      if (!weak) throw error;
    }
  };
  const start = (id: string, token: string, options: StartOptions = {}): Promise<void> =>
    inOrder(id, () => startProxy(id, token, options));
  const restart: Side['restart'] = async (id, granted = false) => {
    const known = envoys.get(id);
    if (known && known.agent !== agent) await known.agent.restart();
    await start(id, known?.token ?? agent.token, {
      weak: known?.weak && !granted,
      at: known?.agent,
      node: known?.node,
    });
  };
  /** With nothing cached: an agent goes on using the certificate of a gateway, whatever token asked for it. */
  const clientAgent = async (): Promise<ConsulAgent> => {
    if (client) await client.restart();
    else client = await startConsul({ clientOf: agent, nodeName: `${end}-client` });
    return client;
  };

  const application = async (name: string): Promise<void> => {
    if (!applications.has(name))
      applications.set(name, await listen(port(`${name}@${end}`), `${name}@${end}`));
  };
  const stopApplication: Side['stopApplication'] = async (name) => {
    const server = applications.get(name);
    applications.delete(name);
    if (server) await close(server);
  };
  const registerApplication = async (name: string): Promise<void> => {
    await application(name);
    const own = port(`${name}@${end}`);
    await register(
      {
        Name: name,
        Address: '127.0.0.1',
        Port: own,
        Check: { Name: 'HTTP', HTTP: `http://127.0.0.1:${own}/`, Interval: '1s', Status: 'passing' },
      },
      await identity(name),
    );
  };
  const sidecar: ManagedSide['sidecar'] = async (name, proxy = {}) => {
    const own = port(`${name}-sidecar-proxy@${end}`);
    await register(
      {
        Kind: 'connect-proxy',
        Name: `${name}-sidecar-proxy`,
        Address: '127.0.0.1',
        Port: own,
        Proxy: {
          DestinationServiceName: name,
          DestinationServiceID: name,
          LocalServiceAddress: '127.0.0.1',
          LocalServicePort: port(`${name}@${end}`),
          ...proxy,
        },
        Checks: [
          { Name: 'Listening', TCP: `127.0.0.1:${own}`, Interval: '1s', Status: 'passing' },
          { Name: 'Alias', AliasService: name },
        ],
      },
      await identity(name),
    );
  };
  const serve: Side['serve'] = async (name, { plain, noEnvoy, proxy } = {}) => {
    await registerApplication(name);
    if (plain) return;
    await sidecar(name, proxy);
    if (!noEnvoy) await start(`${name}-sidecar-proxy`, await identity(name));
  };

  const pod: Side['pod'] = async (name, { ready, proxy = {} }) => {
    await application(name);
    const proxyId = `${name}-sidecar-proxy`;
    const node = `${name}-virtual`;
    const onPod = async (Service: { readonly ID: string; readonly [field: string]: unknown }) => {
      await call('PUT', '/v1/catalog/register', {
        Node: node,
        Address: '127.0.0.1',
        NodeMeta: { 'synthetic-node': 'true' },
        Service: { Address: '127.0.0.1', ...Service },
        Check: {
          CheckID: `default/${Service.ID}`,
          Name: 'Kubernetes Readiness Check',
          Type: 'kubernetes-readiness',
          ServiceID: Service.ID,
          Status: ready ? 'passing' : 'critical',
        },
      });
    };
    const LocalServicePort = port(`${name}@${end}`);
    await onPod({ ID: name, Service: name, Port: LocalServicePort });
    await onPod({
      Kind: 'connect-proxy',
      ID: proxyId,
      Service: proxyId,
      Port: port(`${proxyId}@${end}`),
      Proxy: {
        DestinationServiceName: name,
        DestinationServiceID: name,
        LocalServiceAddress: '127.0.0.1',
        LocalServicePort,
        ...proxy,
      },
    });
    await start(proxyId, await identity(name), { node });
  };

  const external: Side['external'] = async (name) => {
    await application(name);
    await call('PUT', '/v1/catalog/register', {
      Node: `${name}-outside`,
      Address: '127.0.0.1',
      NodeMeta: { 'external-node': 'true' },
      Service: { Service: name, Address: '127.0.0.1', Port: port(`${name}@${end}`) },
    });
  };

  const gateway: Side['gateway'] = async (options = {}) => {
    const kind = options.kind ?? 'mesh-gateway';
    const name = options.name ?? kind;
    const id = options.id ?? name;
    const own = port(`${id}@${end}`);
    const token = options.token
      ? { accessor: '', secret: options.token }
      : await agent.tokenWith(options.rules ?? rulesOf(kind, name));
    const check = { Name: 'Listening', TCP: `127.0.0.1:${own}`, Interval: '1s', Status: 'passing' };
    const definition = {
      Kind: kind,
      ID: id,
      Name: name,
      Address: '127.0.0.1',
      Port: own,
      TaggedAddresses: {
        lan: { Address: '127.0.0.1', Port: own },
        wan: { Address: options.wan ?? '127.0.0.1', Port: options.wanPort ?? own },
      },
      Proxy: { Config: { connect_timeout_ms: 2000 }, ...options.proxy },
      ...(options.noCheck || listensElsewhere.has(kind) ? {} : { Check: check }),
    };
    // With too weak a token it could not register itself: an operator has done it.
    const at = options.onClient ? await clientAgent() : agent;
    const path = '/v1/agent/service/register?replace-existing-checks=true';
    const done = await at.request('PUT', path, definition, token.secret);
    if (done.status >= 300) await at.call('PUT', path, definition);
    if (!options.noEnvoy) await start(id, token.secret, { weak: options.weak, at });
    return token;
  };

  const registerBase = async (): Promise<void> => {
    await registerApplication(base.service);
    await sidecar(base.service, end === 'west' ? { Upstreams: upstreams(port, [toApi]) } : {});
    await gateway({ token: ownGateway.secret, noEnvoy: true });
    nameGatewayToken(ownGateway.accessor);
  };
  const baseToken = async (id: string): Promise<string> =>
    id === 'mesh-gateway' ? ownGateway.secret : identity(base.service);
  const startBase = async (): Promise<void> => {
    await Promise.all(
      baseProxies.map(async (id) => {
        const known = envoys.get(id);
        const token = await baseToken(id);
        const runs = known?.agent === agent && known.token === token && known.envoy?.running();
        if (!runs) await start(id, token);
      }),
    );
  };

  const restoreEntries = async (): Promise<void> => {
    const pass = async (): Promise<boolean> => {
      let clean = true;
      for (const kind of entryKinds) {
        const entries = await call<{ Kind: string; Name?: string; Namespace?: string }[]>(
          'GET',
          `/v1/config/${kind}`,
        );
        for (const { Name = 'mesh' } of entries) {
          if (
            !(baseEntries[end] as { Kind: string; Name: string }[]).some(
              (one) => one.Kind === kind && one.Name === Name,
            )
          ) {
            const done = await agent.request('DELETE', `/v1/config/${kind}/${encodeURIComponent(Name)}`);
            clean &&= done.status < 300;
          }
        }
      }
      return clean;
    };
    const chains = await Promise.all(
      ['service-router', 'service-splitter', 'service-resolver'].map((kind) =>
        call<unknown[]>('GET', `/v1/config/${kind}`),
      ),
    );
    // Consul refuses to give exported names new targets, even by a deletion.
    if (chains.flat().length > 0) {
      await call('DELETE', '/v1/config/exported-services/default');
      await waitFor('the entries of a row to be gone', pass);
    }
    await write(...baseEntries[end]);
    await waitFor('the entries of a row to be gone', pass);
  };
  const restoreCatalog = async (): Promise<void> => {
    const agents: readonly (string | undefined)[] = [agent.nodeName, client?.nodeName];
    for (const { Node } of await call<{ Node: string }[]>('GET', '/v1/catalog/nodes')) {
      if (!agents.includes(Node)) await call('PUT', '/v1/catalog/deregister', { Node });
    }
    for (const id of Object.keys((await client?.call<object>('GET', '/v1/agent/services')) ?? {})) {
      await client?.call('PUT', `/v1/agent/service/deregister/${id}`);
    }
    await call('PUT', '/v1/agent/maintenance?enable=false');
    for (const id of Object.keys(await call<object>('GET', '/v1/agent/services'))) {
      if (id === base.service || baseProxies.includes(id)) {
        await call('PUT', `/v1/agent/service/maintenance/${id}?enable=false`);
      } else {
        await deregister(id);
      }
    }
    for (const { ID } of await call<{ ID: string }[]>('GET', '/v1/query')) {
      await call('DELETE', `/v1/query/${ID}`);
    }
  };

  const side: ManagedSide = {
    end,
    agent,
    call,
    write,
    remove: async (kind, name) => {
      await call('DELETE', `/v1/config/${kind}/${name}`);
    },
    register,
    deregister,
    serve,
    pod,
    external,
    stopApplication,
    gateway,
    token: agent.tokenWith,
    startWeak: (id, token) => start(id, token, { weak: true }),
    restart,
    kill,
    nameGatewayToken,
    sidecar,
    cluster: () => ({ agent, token: bot.secret, gatewayTokens, peers }),
    callPeer: (...names) => {
      peers = names;
    },
    paste,
    reset: async () => {
      paste.end();
      await Promise.all(
        [...pending.keys()]
          .filter((id) => !baseProxies.includes(id))
          .map(async (id) => {
            await kill(id);
            envoys.delete(id);
          }),
      );
      await restoreEntries();
      await restoreCatalog();
      await registerBase();
      await startBase();
    },
    refresh: async () => {
      await Promise.all([...envoys].filter(([, { envoy }]) => envoy?.running()).map(([id]) => restart(id)));
    },
    stop: async () => {
      paste.stop();
      await Promise.all([...pending.keys()].map(kill));
      await Promise.all([...applications.keys()].map(stopApplication));
      await client?.stop();
      await agent.stop();
    },
  };
  await write(...baseEntries[end]);
  await registerBase();
  await startBase();
  return side;
};

const upstreams = (port: Ports, list: readonly Upstream[]): readonly object[] =>
  list.map((upstream, index) => ({
    ...upstream,
    LocalBindPort: port(index === 0 ? 'upstream' : `upstream-${index + 1}`),
  }));

const ask = (port: number, path: string, host?: string): Promise<string> =>
  new Promise((resolve) => {
    const headers = host === undefined ? {} : { host };
    const to = { host: '127.0.0.1', port, path, headers, agent: false, timeout: 1500 };
    const request = get(to, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('error', (error) => resolve(error.message));
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (error) => resolve(error.message));
  });

export const flowing = (body = 'api@east'): string => `200 ${body}`;

/** Maximum names of ports in a file of states. */
const portsOfLab = 200;

/**
 * First of the ports of a lab, all of which are free now: below those that other tests take, and others for each
 * process that runs at the same time.
 */
const findFreeBlock = async (): Promise<number> => {
  const blocks = 55;
  for (let tried = 0; tried < blocks; tried++) {
    const first = 10_000 + portsOfLab * ((process.pid + tried) % blocks);
    const free = await Promise.all(Array.from({ length: portsOfLab }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${portsOfLab} free ports in a row between 10000 and 21000 for the lab`);
};

export const startLab = async (options: LabOptions = {}): Promise<Lab> => {
  const first = await findFreeBlock();
  const ports = new Map<string, number>();
  const port: Ports = (name) => {
    const known = ports.get(name) ?? first + ports.size;
    if (known >= first + portsOfLab) throw new Error(`more than ${portsOfLab} ports in a lab`);
    ports.set(name, known);
    return known;
  };
  const [east, west] = await Promise.all([
    startSide('east', port, options),
    startSide('west', port, options),
  ]);
  const sides = { east, west };
  let afterwards: (() => Promise<unknown>)[] = [];

  const repeer: Lab['repeer'] = async (eastCalls = 'west', westCalls = 'east') => {
    const clear = async ({ call, agent }: Side): Promise<void> => {
      const list = () => call<{ Name: string }[]>('GET', '/v1/peerings');
      for (const { Name } of await list()) await agent.request('DELETE', `/v1/peering/${Name}`);
      await waitFor('old peerings to be gone', async () => (await list()).length === 0, {
        timeoutMs: 30_000,
      });
    };
    await Promise.all([clear(east), clear(west)]);
    await peer(east.agent, eastCalls, west.agent, westCalls);
    if (options.twice) await peer(east.agent, 'west-2', west.agent, 'east-2');
    east.callPeer(eastCalls);
    west.callPeer(westCalls);
  };
  const peerTwice: Lab['peerTwice'] = async () => {
    if (!options.twice) await peer(east.agent, 'west-2', west.agent, 'east-2');
    east.callPeer('west', 'west-2');
    west.callPeer('east', 'east-2');
  };
  const isPeered = async (): Promise<boolean> => {
    const only = async ({ call }: Side, name: string) => {
      const list = await call<{ Name: string; State: string; ID: string; PeerID?: string }[]>(
        'GET',
        '/v1/peerings',
      );
      const names = options.twice ? [name, `${name}-2`] : [name];
      const isWhole =
        list.length === names.length &&
        list.every(({ Name, State }) => names.includes(Name) && State === 'ACTIVE');
      return isWhole ? list.find(({ Name }) => Name === name) : undefined;
    };
    const [ours, theirs] = await Promise.all([only(east, 'west'), only(west, 'east')]);
    return ours !== undefined && theirs?.PeerID === ours.ID;
  };
  const asks: Lab['ask'] = (name, path, host) => ask(port(name), path, host);
  const flows = async (): Promise<boolean> => (await asks('upstream', '/')) === flowing();
  const refresh = async (): Promise<void> => {
    await Promise.all([east.refresh(), west.refresh()]);
  };

  const waitForTraffic = async (): Promise<void> => {
    try {
      await waitFor('traffic in the base state', flows, { timeoutMs: 1500 });
    } catch {
      // Envoy ejects an endpoint that failed for 30 s: a new one has nothing ejected.
      await refresh();
      // After rows with dead applications it has taken more than 30 s.
      await waitFor('traffic in the base state', flows, { timeoutMs: 120_000 });
    }
  };
  const reset: Lab['reset'] = async () => {
    for (const work of afterwards.splice(0)) await work();
    await Promise.all([east.reset(), west.reset()]);
    if (!(await isPeered())) await repeer();
    if (options.proxies !== 'listeners') await waitForTraffic();
    await waitFor('api alone to be replicated', async () => {
      const { StreamStatus } = await readPeering(west.agent, 'east');
      return StreamStatus?.ImportedServices?.join() === 'api';
    });
  };

  const configured = (end: End, alone: boolean) =>
    [sides[end].cluster(), alone ? undefined : sides[end === 'east' ? 'west' : 'east'].cluster()] as const;
  const lab: Lab = {
    east,
    west,
    port,
    web: async (...list) => west.sidecar('web', { Upstreams: upstreams(port, list) }),
    export: (services) =>
      east.write({
        Kind: 'exported-services',
        Name: 'default',
        Services: Object.entries(services).map(([Name, peers]) => ({
          Name,
          Consumers: peers.map((Peer) => ({ Peer })),
        })),
      }),
    intend: (service, ...sources) =>
      east.write({ Kind: 'service-intentions', Name: service, Sources: sources }),
    repeer,
    peerTwice,
    ask: asks,
    discover: async (service) => {
      const rows = await west.call<{ Checks: { Status: string }[] }[]>(
        'GET',
        `/v1/health/service/${service}?peer=east`,
      );
      return rows.flatMap(({ Checks }) => Checks.map(({ Status }) => Status));
    },
    check: (end, alone) => checkCluster(...configured(end, alone)),
    checkWith: (end, alone, changes) => checkClusterWith(changes, ...configured(end, alone)),
    paste: (end, script) => sides[end].paste.run(script),
    refresh,
    onReset: (work) => {
      afterwards = [...afterwards, work];
    },
    reset,
    stop: async () => {
      for (const work of afterwards.splice(0)) await work();
      await Promise.all([east.stop(), west.stop()]);
    },
  };
  try {
    await reset();
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
};
