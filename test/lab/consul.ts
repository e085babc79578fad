import { randomUUID } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { binary, describeWith } from './binaries';
import {
  type CommandResult,
  freePorts,
  type Managed,
  runCommand,
  startManaged,
  temporaryFolder,
  waitFor,
} from './process';

/**
 * Both ends of what the tests run on: 1.14.11, the last release of the first minor version with cluster peering, and 1.20.6.
 */
export type EndOfRange = 'oldest' | 'newest';

/** `usual` is 1.20.1, on which facts about Consul were measured. */
export type ConsulVersion = EndOfRange | 'usual';
const binaryOf = { usual: 'consul', oldest: 'consul-oldest', newest: 'consul-newest' } as const;

/**
 * `describe` for tests of the checks on real clusters: once on each end of the range. All others, such as those of the state
 * lab, run on the usual version.
 */
export const describeOnVersions = (title: string, body: (version: EndOfRange) => void): void => {
  for (const version of ['newest', 'oldest'] as const) {
    describeWith([binaryOf[version]], `${title}, on the ${version} Consul`, () => body(version));
  }
};

export interface ConsulOptions {
  /** Default `dc1`. */
  readonly datacenter?: string;
  readonly nodeName?: string;
  /** The default policy of the ACL system, or no ACL system. Default `deny`. */
  readonly acl?: 'deny' | 'allow' | 'off';
  /** Joins this agent's cluster as a client agent (of the same datacenter, with the same token). */
  readonly clientOf?: ConsulAgent;
  /** Default `usual`. */
  readonly version?: ConsulVersion;
  /**
   * Runs as in production instead of in development mode, which indents every answer: a measurement would count that. The
   * server then keeps its data on disk.
   */
  readonly asInProduction?: boolean;
  /** Merged into the agent's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

interface LabAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; the text itself where it is none. */
  readonly body: T;
}

/** A real Consul agent on 127.0.0.1. */
export interface ConsulAgent {
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  readonly version: ConsulVersion;
  readonly datacenter: string;
  readonly nodeName: string;
  /** The initial management token; empty where ACLs are off. */
  readonly token: string;
  readonly grpcPort: number;
  readonly grpcTlsPort: number;
  readonly serfLanPort: number;
  /** For the `consul` command. */
  readonly env: Readonly<Record<string, string>>;
  /** Any answer, whatever its status. The token defaults to the management token; `''` sends none. */
  readonly request: <T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ) => Promise<LabAnswer<T>>;
  /** The body of a 2xx answer. @throws on any other, with its body. */
  readonly call: <T = unknown>(method: string, path: string, body?: unknown, token?: string) => Promise<T>;
  /** A new token with these rules. */
  readonly tokenWith: (rules: string) => Promise<{ readonly accessor: string; readonly secret: string }>;
  /** Runs the real `consul` command against this agent. */
  readonly run: (args: readonly string[], stdin?: string) => Promise<CommandResult>;
  /** Runs shell text in which `consul` is the real command, such as a remediation as it stands. */
  readonly shell: (script: string) => Promise<CommandResult>;
  /** Kills a client agent and starts it again; what is registered with it stays. Servers keep nothing. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a real Consul agent, in development mode (in memory) unless told otherwise, with free ports and waits until it has a leader,
 * its ACL system and, where the mesh is on, its CA.
 */
export const startConsul = async (options: ConsulOptions = {}): Promise<ConsulAgent> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Another test may have taken a port between our look and the server's bind.
      if (attempt === 5 || !/address already in use|Failed to start Consul/iu.test(String(error)))
        throw error;
    }
  }
};

const startOnce = async (options: ConsulOptions): Promise<ConsulAgent> => {
  const folder = await temporaryFolder('consul');
  const [http = 0, grpc = 0, grpcTls = 0, dns = 0, serfLan = 0, serfWan = 0, server = 0] = await freePorts(7);
  const acl = options.acl ?? 'deny';
  const version = options.version ?? options.clientOf?.version ?? 'usual';
  const datacenter = options.clientOf?.datacenter ?? options.datacenter ?? 'dc1';
  const nodeName = options.nodeName ?? (options.clientOf ? `client-${http}` : `${datacenter}-server`);
  const token = acl === 'off' ? '' : (options.clientOf?.token ?? randomUUID());
  const base = {
    datacenter,
    node_name: nodeName,
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    ports: { http, grpc, grpc_tls: grpcTls, dns, serf_lan: serfLan, serf_wan: serfWan, server },
    log_level: 'warn',
    disable_update_check: true,
    ...(options.clientOf && {
      server: false,
      retry_join: [`127.0.0.1:${options.clientOf.serfLanPort}`],
      data_dir: join(folder.path, 'data'),
    }),
    ...(options.asInProduction && {
      server: true,
      bootstrap_expect: 1,
      connect: { enabled: true },
      data_dir: join(folder.path, 'data'),
      performance: { raft_multiplier: 1 },
    }),
    ...(token && {
      acl: { enabled: true, default_policy: acl, tokens: { initial_management: token, agent: token } },
    }),
  };
  const file = join(folder.path, 'agent.json');
  await writeFile(file, JSON.stringify(merge(base, options.config ?? {})), { mode: 0o600 });
  await mkdir(join(folder.path, 'bin'));
  const program = binary(binaryOf[version]);
  await symlink(program, join(folder.path, 'bin', 'consul'));
  const mode = options.clientOf || options.asInProduction ? [] : ['-dev'];
  const launch = (): Managed =>
    startManaged(program, ['agent', ...mode, `-config-file=${file}`], {
      folder: folder.path,
      env: { PATH: process.env['PATH'], HOME: folder.path },
    });
  const agentProcess = launch();
  const agent = agentOf({
    agentProcess,
    launch,
    ready: (started) => ready(agent, started, options),
    folder: folder.path,
    removeFolder: folder.remove,
    facts: {
      address: `http://127.0.0.1:${http}`,
      version,
      datacenter,
      nodeName,
      token,
      grpcPort: grpc,
      grpcTlsPort: grpcTls,
      serfLanPort: serfLan,
    },
  });
  try {
    await ready(agent, agentProcess, options);
    return agent;
  } catch (error) {
    await agent.stop();
    throw error;
  }
};

const merge = (base: object, over: Readonly<Record<string, unknown>>): object => {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    const both = typeof old === 'object' && typeof value === 'object' && !Array.isArray(value);
    merged[key] = both ? merge(old as object, value as Record<string, unknown>) : value;
  }
  return merged;
};

const ready = async (agent: ConsulAgent, agentProcess: Managed, options: ConsulOptions): Promise<void> => {
  const connectOff = (options.config?.['connect'] as { enabled?: boolean } | undefined)?.enabled === false;
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a leader', async () => (await agent.call('GET', '/v1/status/leader')) !== ''],
    ['the token', async () => !agent.token || (await agent.call('GET', '/v1/acl/token/self'))],
    [
      'its node',
      async () => (await agent.call<unknown[]>('GET', `/v1/health/node/${agent.nodeName}`)).length,
    ],
    ['the mesh CA', async () => connectOff || (await agent.call('GET', '/v1/connect/ca/roots'))],
  ];
  for (const [what, ask] of steps) {
    await waitFor(`${what} of ${agent.nodeName}`, ask, { timeoutMs: 30_000, whileRunning: agentProcess });
  }
};

interface Parts {
  readonly agentProcess: Managed;
  readonly launch: () => Managed;
  readonly ready: (started: Managed) => Promise<void>;
  readonly folder: string;
  readonly removeFolder: () => void;
  readonly facts: Pick<
    ConsulAgent,
    'address' | 'version' | 'datacenter' | 'nodeName' | 'token' | 'grpcPort' | 'grpcTlsPort' | 'serfLanPort'
  >;
}

const agentOf = (parts: Parts): ConsulAgent => {
  const { folder, removeFolder, facts } = parts;
  let { agentProcess } = parts;
  const { address, token: own } = facts;
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    CONSUL_HTTP_ADDR: address,
    ...(own ? { CONSUL_HTTP_TOKEN: own } : {}),
  };

  const request: ConsulAgent['request'] = async (method, path, body, token = own) => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: token ? { 'X-Consul-Token': token } : {},
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: parsed(await response.text()) as never,
    };
  };

  const call: ConsulAgent['call'] = async <T>(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ) => {
    const answer = await request<T>(method, path, body, token);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  };

  const tokenWith: ConsulAgent['tokenWith'] = async (rules) => {
    const name = `lab-${randomUUID()}`;
    await call('PUT', '/v1/acl/policy', { Name: name, Rules: rules });
    const token = await call<{ AccessorID: string; SecretID: string }>('PUT', '/v1/acl/token', {
      Policies: [{ Name: name }],
    });
    return { accessor: token.AccessorID, secret: token.SecretID };
  };

  return {
    ...facts,
    env,
    request,
    call,
    tokenWith,
    run: (args, stdin) => runCommand(binary(binaryOf[facts.version]), args, env, stdin),
    // In the agent's own folder, as scripts may write files.
    shell: (script) => runCommand('sh', ['-c', script], env, '', folder),
    restart: async () => {
      await agentProcess.end('SIGKILL');
      agentProcess = parts.launch();
      await parts.ready(agentProcess);
    },
    stop: async () => {
      await agentProcess.end('SIGKILL');
      removeFolder();
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};
