import type { AgentService } from '../consul/wire';
import { withheldValue } from './snapshot';

/**
 * Withholds free-form values, which may hold secrets: a collector's key in an Envoy option, a password in metadata.
 * This happens where a snapshot is made, so that no evidence, report or file ever holds them. Keys are kept. Values
 * are kept for the keys below, which Consul or Envoy define and checks read.
 */

/** Metadata keys of nodes, services, peerings and entries that Consul, its dataplane or consul-k8s set. */
const metaKeys = new Set([
  'acls',
  'build',
  'consul-network-segment',
  'consul-version',
  'external-source',
  'grpc_port',
  'grpc_tls_port',
  'k8s-namespace',
  'k8s-service-name',
  'managed-by',
  'non_voter',
  'pod-name',
  'raft_version',
  'read_replica',
  'synthetic-node',
  'version',
]);

/** Option keys of proxies, gateways and upstreams, and of the blocks within them. */
const optionKeys = new Set([
  'address',
  'balance_inbound_connections',
  'balance_outbound_connections',
  'base_ejection_time',
  'bind_address',
  'bind_port',
  'connect_timeout_ms',
  'enforcing_consecutive_5xx',
  'envoy_dns_discovery_type',
  'envoy_gateway_bind_tagged_addresses',
  'envoy_gateway_no_default_bind',
  'envoy_gateway_remote_tcp_enable_keepalive',
  'envoy_gateway_remote_tcp_keepalive_interval',
  'envoy_gateway_remote_tcp_keepalive_probes',
  'envoy_gateway_remote_tcp_keepalive_time',
  'handshake_timeout_ms',
  'idle_timeout',
  'interval',
  'local_connect_timeout_ms',
  'local_idle_timeout_ms',
  'local_request_timeout_ms',
  'max_concurrent_requests',
  'max_connections',
  'max_ejection_percent',
  'max_failures',
  'max_inbound_connections',
  'max_pending_requests',
  'max_request_headers_kb',
  'mode',
  'port',
  'protocol',
  'tcp_keepalive_interval',
  'tcp_keepalive_probes',
  'tcp_keepalive_time',
  'xds_fetch_timeout_ms',
]);

/** Accepts numbers, switches, protocols, addresses and durations; too short for a secret key or a sentence. */
const isPlain = (value: unknown): boolean =>
  typeof value === 'string' ? /^[\w.:/[\]-]{0,64}$/.test(value) : true;

type Path = readonly (string | number)[];

/** Records each value that is withheld. */
type Note = (path: Path) => void;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Decides if a leaf is kept, by the key that it is under. */
type Keeps = (key: string, leaf: unknown) => boolean;

/** Rebuilds a tree and decides on each leaf by the key that it is under; items of a list are under the key of the list. */
const prune = (value: unknown, key: string, path: Path, keeps: Keeps, note: Note): unknown => {
  if (Array.isArray(value))
    return value.map((item, index) => prune(item, key, [...path, index], keeps, note));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, prune(inner, name, [...path, name], keeps, note)]),
    );
  }
  if (value === null || value === '' || keeps(key, value)) return value;
  note(path);
  return withheldValue;
};

const isOption: Keeps = (key, leaf) => optionKeys.has(key) && isPlain(leaf);
const isMeta: Keeps = (key, leaf) => metaKeys.has(key) && typeof leaf === 'string' && leaf.length <= 253;

/** A value without its possible secrets, and the JSON Pointers of the values that were withheld. */
export interface Redacted<T> {
  readonly value: T;
  readonly withheld: readonly string[];
}

const pointer = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const noting = <T>(redact: (note: Note) => T): Redacted<T> => {
  const withheld: string[] = [];
  const value = redact((path) => withheld.push(pointer(path)));
  return { value, withheld };
};

/** Withholds the values of unknown metadata keys. */
export const redactMeta = (meta: Readonly<Record<string, string>>): Record<string, string> =>
  prune(meta, '', [], isMeta, () => undefined) as Record<string, string>;

/** Redacts the tags, metadata and proxy options of a registration. Paths are relative to it: `/Proxy/Config/x`. */
export const redactService = (service: AgentService): Redacted<AgentService> =>
  noting((note) => {
    const { Tags, Meta, Proxy } = service;
    const config = (value: Readonly<Record<string, unknown>>, path: Path) =>
      prune(value, '', path, isOption, note) as Record<string, unknown>;
    return {
      ...service,
      // Some tools read options from tags, passwords among them: only plain words are kept.
      ...(Tags ? { Tags: prune(Tags, '', ['Tags'], (_, tag) => isPlain(tag), note) as string[] } : {}),
      Meta: prune(Meta, '', ['Meta'], isMeta, note) as Record<string, string>,
      ...(Proxy && {
        Proxy: {
          ...Proxy,
          Config: config(Proxy.Config, ['Proxy', 'Config']),
          Upstreams: Proxy.Upstreams.map((upstream, index) => ({
            ...upstream,
            Config: config(upstream.Config, ['Proxy', 'Upstreams', index, 'Config']),
          })),
        },
      }),
    };
  });

/**
 * Free-form parts of config entries: the key that holds them, and which leaves below it are kept. All else in an entry
 * is defined by Consul, and kept.
 */
const freeForm = new Map<string, Keeps>([
  ['Config', isOption],
  ['Meta', isMeta],
  // Envoy extensions: scripts, headers and credentials of external services.
  ['Arguments', () => false],
  // Values that routers and splitters set or look for.
  ['RequestHeaders', () => false],
  ['ResponseHeaders', () => false],
  ['Header', (key, leaf) => key === 'Name' || typeof leaf === 'boolean'],
  ['QueryParam', (key, leaf) => key === 'Name' || typeof leaf === 'boolean'],
  ['EnvoyListenerJSON', () => false],
  ['EnvoyClusterJSON', () => false],
  ['JSONFormat', () => false],
  ['TextFormat', () => false],
]);

/** Redacts the free-form values of a config entry. */
export const redactEntry = <T extends object>(entry: T): Redacted<T> =>
  noting((note) => {
    const walk = (value: unknown, path: Path): unknown => {
      if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
      if (!isObject(value)) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => {
          const at = [...path, key];
          const keeps = freeForm.get(key);
          return [key, keeps ? prune(inner, key, at, keeps, note) : walk(inner, at)];
        }),
      );
    };
    return walk(entry, []) as T;
  });
