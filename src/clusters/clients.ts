import { isDeepStrictEqual } from 'node:util';
import type { ClusterConfig } from '../config/config';
import { type Connection, readConnection } from '../config/connection';
import type { Environment } from '../config/secret';
import { type ConsulClient, type ConsulClientOptions, createConsulClient } from '../consul/client';
import { failure, type Result, success } from '../result';

/** A client that is in use until `release` is called. */
export interface Lease {
  readonly client: ConsulClient;
  readonly release: () => void;
}

interface Entry {
  readonly connection: Connection;
  readonly client: ConsulClient;
  users: number;
  retired: boolean;
}

/**
 * Maximum unused clients that are kept. Without it, a digest of a thousand clusters would leave a thousand clients
 * with a dozen idle connections each.
 */
const maxIdle = 32;

/**
 * Creates a pool with one client for each cluster, shared by all jobs of this process, so that its limit of
 * connections holds. Token and certificates are read at each lease; if they changed, a new client takes over, and
 * the old one is closed after its last use.
 *
 * @param purpose `write` leases clients with the `peering_token`, which only the jobs about peering tokens may hold
 */
export const createClients = (
  environment: Environment,
  onRequest?: ConsulClientOptions['onRequest'],
  purpose: 'read' | 'write' = 'read',
  limits?: ConsulClientOptions['limits'],
): {
  /** A failure says which secret or certificate cannot be read. */
  readonly lease: (cluster: ClusterConfig) => Result<Lease>;
  readonly close: () => void;
} => {
  const entries = new Map<string, Entry>();
  const retire = (entry: Entry): void => {
    entry.retired = true;
    if (entry.users === 0) entry.client.close();
  };
  /** Marks a client as the newest unused one; closes those that have been unused for longest. */
  const markUnused = (name: string, entry: Entry): void => {
    entries.delete(name);
    entries.set(name, entry);
    const idle = [...entries].filter(([, { users }]) => users === 0);
    for (const [oldest, { client }] of idle.slice(0, Math.max(0, idle.length - maxIdle))) {
      entries.delete(oldest);
      client.close();
    }
  };
  return {
    lease: (cluster) => {
      const connection = readConnection(cluster, environment, purpose);
      if (!connection.ok) return failure(connection.error);
      let entry = entries.get(cluster.name);
      if (entry === undefined || !isDeepStrictEqual(entry.connection, connection.value)) {
        if (entry) retire(entry);
        const options = { ...connection.value, ...(onRequest && { onRequest }), ...(limits && { limits }) };
        entry = {
          connection: connection.value,
          client: createConsulClient(options),
          users: 0,
          retired: false,
        };
        entries.set(cluster.name, entry);
      }
      const leased = entry;
      leased.users += 1;
      return success({
        client: leased.client,
        release: () => {
          leased.users -= 1;
          if (leased.users > 0) return;
          if (leased.retired) leased.client.close();
          else markUnused(cluster.name, leased);
        },
      });
    },
    close: () => {
      for (const entry of entries.values()) entry.client.close();
      entries.clear();
    },
  };
};
