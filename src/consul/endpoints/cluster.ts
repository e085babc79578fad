import { z } from 'zod';
import type { Answer } from '../answer';
import type { SendRequest, CallOptions } from '../send-request';
import {
  AgentSelf,
  CaRoots,
  type ConfigEntry,
  type ConfigEntryKind,
  configEntries,
  DiscoveryChain,
  Leader,
  list,
  PreparedQuery,
  ResolvedExport,
  Tenant,
} from '../wire';

/** Pairs each kind with the schema of its entries. */
const schemas: { readonly [K in ConfigEntryKind]: z.ZodType<ConfigEntry<K>> } = configEntries;

/** Endpoints of the agent, the servers, and the configuration of the whole cluster. */
export const clusterEndpoints = (ask: SendRequest) => ({
  agentSelf: (call?: CallOptions) => ask({ route: '/v1/agent/self', schema: AgentSelf }, call),

  /** `host:port` of the leader, empty where there is none. */
  leader: (call?: CallOptions) => ask({ route: '/v1/status/leader', schema: Leader }, call),

  /** The datacenters that are federated with this one, and itself. Every token may read them. */
  datacenters: (call?: CallOptions) =>
    ask({ route: '/v1/catalog/datacenters', schema: list(z.string()) }, call),

  caRoots: (call?: CallOptions) => ask({ route: '/v1/connect/ca/roots', schema: CaRoots }, call),

  /** All config entries of a kind; entries that the token may not read are left out. */
  configEntries: <K extends ConfigEntryKind>(
    kind: K,
    call?: CallOptions,
  ): Promise<Answer<readonly ConfigEntry<K>[]>> =>
    ask(
      {
        route: '/v1/config/:kind',
        names: { kind },
        schema: list(schemas[kind]),
      },
      call,
    ),

  /**
   * Writes a config entry only if it still has this index (0: it does not exist). Returns false if it was written meanwhile.
   * Sent once: a failure leaves the outcome unknown in the cases of `peeringEndpoints`.
   */
  writeConfigEntry: (entry: object, index: number, call?: CallOptions) =>
    ask(
      {
        method: 'PUT',
        route: '/v1/config',
        query: { cas: String(index) },
        body: entry,
        schema: z.boolean(),
        write: true,
      },
      call,
    ),

  /** Exported services and their consumers, wildcards resolved (1.17.3 or later; `mesh:read` or `operator:read`). */
  exportedServices: (call?: CallOptions) =>
    ask({ route: '/v1/exported-services', schema: list(ResolvedExport) }, call),

  /**
   * The discovery chain that Consul compiles for a sidecar, with what its upstream sets; empty where it sets nothing.
   * `datacenter` is where an upstream looks for services that no entry redirects.
   */
  discoveryChain: (
    service: string,
    { protocol, datacenter }: { readonly protocol: string; readonly datacenter: string },
    call?: CallOptions,
  ) =>
    ask(
      {
        method: 'POST',
        route: '/v1/discovery-chain/:service',
        names: { service },
        query: { 'compile-dc': datacenter || undefined },
        body: protocol === '' ? {} : { OverrideProtocol: protocol },
        schema: DiscoveryChain,
      },
      call,
    ),

  preparedQueries: (call?: CallOptions) => ask({ route: '/v1/query', schema: list(PreparedQuery) }, call),

  /** Enterprise; `not-found` with cause `endpoint-unknown` on Consul CE. */
  namespaces: (call?: CallOptions) => ask({ route: '/v1/namespaces', schema: list(Tenant) }, call),

  /** Enterprise; `not-found` with cause `endpoint-unknown` on Consul CE. */
  partitions: (call?: CallOptions) => ask({ route: '/v1/partitions', schema: list(Tenant) }, call),
});
