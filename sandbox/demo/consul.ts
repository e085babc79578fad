import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, poll, startChild } from './child';
import type { Running } from './step';

/** A real Consul server for the demo: in memory, on loopback, with ACLs that deny by default. */

export interface Consul extends Running {
  readonly address: string;
  /** Asks its HTTP API with the management token. @throws where the answer is not 2xx. */
  readonly call: <T = unknown>(method: string, path: string, body?: unknown) => Promise<T>;
  /** The secret and the accessor of a new token with these rules. */
  readonly tokenWith: (
    name: string,
    rules: string,
  ) => Promise<{ readonly secret: string; readonly accessor: string }>;
}

const startMs = 30_000;
const attempts = 3;

interface ConsulOptions {
  readonly program: string;
  readonly datacenter: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const start = async ({ program, datacenter, folder, env }: ConsulOptions): Promise<Consul | string> => {
  const management = randomUUID();
  const [http, grpc, grpc_tls, dns, serf_lan, serf_wan, server] = await Promise.all(
    Array.from({ length: 7 }, freePort),
  );
  const own = join(folder, datacenter);
  const file = join(own, 'agent.json');
  await mkdir(own, { recursive: true });
  const config = {
    datacenter,
    node_name: `${datacenter}-server`,
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    ports: { http, grpc, grpc_tls, dns, serf_lan, serf_wan, server },
    log_level: 'warn',
    disable_update_check: true,
    acl: {
      enabled: true,
      default_policy: 'deny',
      tokens: { initial_management: management, agent: management },
    },
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const child = startChild(program, ['agent', '-dev', `-config-file=${file}`], {
    cwd: own,
    env: { PATH: env['PATH'], HOME: own },
  });
  const address = `http://127.0.0.1:${http}`;

  const call: Consul['call'] = async <T>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { 'x-consul-token': management },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };

  const up = await poll(
    async () => {
      try {
        const roots = await call<{ Roots?: readonly unknown[] }>('GET', '/v1/connect/ca/roots');
        const node = await call<readonly unknown[]>('GET', `/v1/health/node/${datacenter}-server`);
        return (roots.Roots?.length ?? 0) > 0 && node.length > 0;
      } catch {
        // Not listening yet, without a leader, or without its ACL system.
        return false;
      }
    },
    startMs,
    child.running,
  );
  if (!up) {
    await child.stop(0);
    return child.lastLines().at(-1) ?? 'it printed nothing';
  }
  return {
    address,
    call,
    tokenWith: async (name, rules) => {
      await call('PUT', '/v1/acl/policy', { Name: name, Rules: rules });
      const token = await call<{ SecretID: string; AccessorID: string }>('PUT', '/v1/acl/token', {
        Description: name,
        Policies: [{ Name: name }],
      });
      return { secret: token.SecretID, accessor: token.AccessorID };
    },
    // It holds nothing that outlives it.
    stop: () => child.stop(0),
  };
};

/** Starts a server; a line that says why where it does not come up. */
export const startConsul = async (options: ConsulOptions): Promise<Consul | string> => {
  let reason = '';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    // Another program may take a port between the check and the server's bind.
    const started = await start(options);
    if (typeof started !== 'string') return started;
    reason = started;
  }
  return reason;
};
