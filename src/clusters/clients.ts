import { isDeepStrictEqual } from 'node:util';
import type { ClusterConfig } from '../config/config';
import { type Connection, connectionOf } from '../config/connection';
import type { Environment } from '../config/secret';
import { type ConsulClient, type ConsulClientOptions, createConsulClient } from '../consul/client';

/** A client that is in use until `release` is called. */
export type Lease =
  | { readonly ok: true; readonly client: ConsulClient; readonly release: () => void }
  | { readonly ok: false; readonly message: string };

interface Entry {
  readonly connection: Connection;
  readonly client: ConsulClient;
  users: number;
  retired: boolean;
}

/**
 * So many clients that nobody uses are kept for whoever comes next. A digest of a thousand clusters would else
 * leave a thousand clients with a dozen idle connections each.
 */
const mostIdle = 32;

/**
 * One client a cluster for all jobs of this process, so that its limit of connections holds. Token and
 * certificates are read each time; where they changed, a new client takes over, and the old one ends with its
 * last user.
 *
 * @param purpose `write` hands out clients with the `peering_token`, which only the jobs about those may hold.
 */
export const createClients = (
  environment: Environment,
  onRequest?: ConsulClientOptions['onRequest'],
  purpose: 'read' | 'write' = 'read',
): {
  readonly lease: (cluster: ClusterConfig) => Lease;
  readonly close: () => void;
} => {
  const entries = new Map<string, Entry>();
  const retire = (entry: Entry): void => {
    entry.retired = true;
    if (entry.users === 0) entry.client.close();
  };
  /** Notes that nobody uses it now, as the last of those; closes the one that is unused for longest. */
  const rest = (name: string, entry: Entry): void => {
    entries.delete(name);
    entries.set(name, entry);
    const idle = [...entries].filter(([, { users }]) => users === 0);
    for (const [oldest, { client }] of idle.slice(0, Math.max(0, idle.length - mostIdle))) {
      entries.delete(oldest);
      client.close();
    }
  };
  return {
    lease: (cluster) => {
      const connection = connectionOf(cluster, environment, purpose);
      if (!connection.ok) return connection;
      let entry = entries.get(cluster.name);
      if (entry === undefined || !isDeepStrictEqual(entry.connection, connection.value)) {
        if (entry) retire(entry);
        const options = { ...connection.value, ...(onRequest === undefined ? {} : { onRequest }) };
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
      return {
        ok: true,
        client: leased.client,
        release: () => {
          leased.users -= 1;
          if (leased.users > 0) return;
          if (leased.retired) leased.client.close();
          else rest(cluster.name, leased);
        },
      };
    },
    close: () => {
      for (const entry of entries.values()) entry.client.close();
      entries.clear();
    },
  };
};
