import type { AgentService, Node } from '../consul/wire';
import { shapes, withheldValue } from '../consul/shapes';
import { omitUndefined } from '../omit-undefined';

/**
 * Withholds free-form values, which may hold secrets: a collector's key in an Envoy option, a password in metadata.
 * This happens where a snapshot is made, so that no evidence, report or file ever holds them. Keys are kept unless
 * they look like secrets. Values are kept for the keys below, which Consul or Envoy define and checks read.
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
  // As agents spell limits that they take from service-defaults.
  'maxconcurrentrequests',
  'maxconnections',
  'maxpendingrequests',
  'mode',
  'port',
  'protocol',
  'tcp_keepalive_interval',
  'tcp_keepalive_probes',
  'tcp_keepalive_time',
  'xds_fetch_timeout_ms',
]);

const protocols = new Set(['tcp', 'http', 'http2', 'grpc', 'udp']);

/** Reasons in the status of gateways and their routes, as Consul's api package lists them (1.20). */
const statusReasons = new Set([
  'Accepted',
  'Bound',
  'FailedToBind',
  'GatewayNotFound',
  'InvalidCertificateRef',
  'InvalidCertificates',
  'InvalidDiscoveryChain',
  'InvalidJWTProviderRef',
  'InvalidJWTProviders',
  'JWTProvidersNotFound',
  'NoConflict',
  'NoUpstreamServicesTargeted',
  'ResolvedRefs',
  'RouteConflict',
]);

/** Shapes of options: numbers, switches, durations, IP addresses, and words that Consul defines. */
const optionShape =
  /^(?:\d{1,12}(?:\.\d{1,6})?(?:ns|us|ms|s|m|h|%)?|true|false|(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?|\[?[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\]?|localhost|LOGICAL_DNS|STRICT_DNS|exact_balance|local|remote|none|default)$/i;

/** Shape of a version, as Consul and Kubernetes write it. */
const versionShape = /^v?\d{1,4}(?:\.\d{1,4}){0,3}(?:[+-](?:ent|fips1402|dev|alpha|beta|rc)[.\d]{0,6})*$/;

const isOptionValue = (key: string, value: unknown): boolean =>
  typeof value !== 'string' || optionShape.test(value) || (key === 'protocol' && protocols.has(value));

type Path = readonly (string | number)[];

/** Records each value that is withheld. */
type Note = (path: Path) => void;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Decides if a leaf is kept, by the key that it is under. */
type Keeps = (key: string, leaf: unknown) => boolean;

const isKept = (leaf: unknown, key: string, keeps: Keeps): boolean =>
  leaf === null || leaf === '' || keeps(key, leaf);

/** Tells that a tree keeps all its leaves. Most do, and need no copy: a large cluster has thousands. */
const keepsAll = (value: unknown, key: string, keeps: Keeps): boolean => {
  if (Array.isArray(value)) return value.every((item) => keepsAll(item, key, keeps));
  if (!isObject(value)) return isKept(value, key, keeps);
  for (const name of Object.keys(value))
    if (!shapes.key(name) || !keepsAll(value[name], name, keeps)) return false;
  return true;
};

/** Decides on each leaf of a tree by the key that it is under; items of a list are under the key of the list. */
const prune = (value: unknown, key: string, path: Path, keeps: Keeps, note: Note): unknown =>
  keepsAll(value, key, keeps) ? value : rebuild(value, key, path, keeps, note);

/** Replaces a key and what is under it. Several in one map become one: nothing of them is left to tell them apart. */
const withheldMember = (path: Path, note: Note): readonly [string, string] => {
  note([...path, withheldValue]);
  return [withheldValue, withheldValue];
};

const rebuild = (value: unknown, key: string, path: Path, keeps: Keeps, note: Note): unknown => {
  if (Array.isArray(value))
    return value.map((item, index) => rebuild(item, key, [...path, index], keeps, note));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) =>
        shapes.key(name)
          ? [name, rebuild(inner, name, [...path, name], keeps, note)]
          : withheldMember(path, note),
      ),
    );
  }
  if (isKept(value, key, keeps)) return value;
  note(path);
  return withheldValue;
};

/** Consul reads names of options in any case. */
const isOption: Keeps = (name, leaf) => {
  const key = name.toLowerCase();
  return optionKeys.has(key) && isOptionValue(key, leaf);
};

/** Metadata that is a name by its nature, such as that of a pod. The rest are versions, ports and switches. */
const metaNames = new Set([
  'consul-network-segment',
  'external-source',
  'k8s-namespace',
  'k8s-service-name',
  'managed-by',
  'pod-name',
]);

const isMeta: Keeps = (key, leaf) =>
  metaKeys.has(key) &&
  typeof leaf === 'string' &&
  (metaNames.has(key)
    ? /^[a-z0-9][a-z0-9.-]{0,252}$/.test(leaf)
    : versionShape.test(leaf) || /^(?:true|false|-?\d{1,5}|[0-9a-f]{8})$/.test(leaf) || leaf === 'enabled');

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

/** Addresses of a node that Consul itself names. */
const nodeAddress = /^(?:lan|wan)(?:_ipv[46])?$/;

/** Fields of a registration that are addresses or sockets, by the shape that their values have. */
const addressFields = new Map<string, (value: string) => boolean>([
  ['Address', shapes.address],
  ['LocalBindAddress', shapes.address],
  ['LocalServiceAddress', shapes.address],
  ['LocalBindSocketMode', (value) => /^[0-7]{1,5}$/.test(value)],
  ['LocalBindSocketPath', shapes.socket],
  ['LocalServiceSocketPath', shapes.socket],
  ['SocketPath', shapes.socket],
  ['PeerServerAddresses', shapes.address],
]);

const isAddress: Keeps = (key, leaf) => {
  const shape = addressFields.get(key);
  return shape === undefined || typeof leaf !== 'string' || shape(leaf);
};

/** Withholds addresses and paths of sockets that are something else. */
export const redactAddresses = <T extends object>(value: T, path: Path, note: Note = () => undefined): T =>
  prune(value, '', path, isAddress, note) as T;

/** Redacts the metadata of a node, and keeps only the addresses that Consul names. */
export const redactNode = (node: Node): Node => ({
  ...redactAddresses({ ...node, Meta: {}, TaggedAddresses: {} }, []),
  Meta: redactMeta(node.Meta),
  TaggedAddresses: Object.fromEntries(
    Object.entries(node.TaggedAddresses).flatMap(([name, address]) =>
      nodeAddress.test(name) ? [[name, redactAddresses({ Address: address }, []).Address]] : [],
    ),
  ),
});

const isTag: Keeps = (_, tag) => typeof tag === 'string' && versionShape.test(tag);

/** Withholds all but switches and numbers. */
const withoutTexts = <T extends object>(value: T): T =>
  prune(
    value,
    '',
    [],
    (_, leaf) => typeof leaf !== 'string',
    () => undefined,
  ) as T;

/** Redacts the tags, metadata and proxy options of a registration. Paths are relative to it: `/Proxy/Config/x`. */
export const redactService = (service: AgentService): Redacted<AgentService> =>
  noting((note) => {
    const { Tags, Meta, Proxy } = service;
    const config = (value: Readonly<Record<string, unknown>>, path: Path) =>
      prune(value, '', path, isOption, note) as Record<string, unknown>;
    return {
      ...service,
      ...redactAddresses(
        omitUndefined({
          Address: service.Address,
          SocketPath: service.SocketPath,
          TaggedAddresses: service.TaggedAddresses,
        }),
        [],
        note,
      ),
      // Some tools read options from tags, passwords among them, and a password may be a single word.
      ...omitUndefined({ Tags: Tags ? (prune(Tags, '', ['Tags'], isTag, note) as string[]) : undefined }),
      Meta: prune(Meta, '', ['Meta'], isMeta, note) as Record<string, string>,
      ...(Proxy && {
        Proxy: {
          ...redactAddresses({ ...Proxy, Config: {}, Upstreams: [] }, ['Proxy'], note),
          // Only its presence counts.
          ...omitUndefined({ Expose: Proxy.Expose && withoutTexts(Proxy.Expose) }),
          Config: config(Proxy.Config, ['Proxy', 'Config']),
          Upstreams: Proxy.Upstreams.map((upstream, index) => ({
            ...redactAddresses({ ...upstream, Config: {} }, ['Proxy', 'Upstreams', index], note),
            Config: config(upstream.Config, ['Proxy', 'Upstreams', index, 'Config']),
          })),
        },
      }),
    };
  });

/** Arguments of Envoy extensions that tell which calls they touch, with their values. */
const extensionScopes: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['listener', new Set(['inbound', 'outbound'])],
  ['listenertype', new Set(['inbound', 'outbound'])],
  ['trafficdirection', new Set(['inbound', 'outbound'])],
  ['protocol', protocols],
]);

const isExtensionScope: Keeps = (key, leaf) =>
  typeof leaf === 'string' && extensionScopes.get(key.toLowerCase())?.has(leaf) === true;

/**
 * Free-form parts of config entries: the key that holds them, and which leaves below it are kept.
 */
const freeForm = new Map<string, Keeps>([
  ['Config', isOption],
  ['Meta', isMeta],
  // Envoy extensions: scripts, headers and credentials of external services, but for what tells which calls they touch.
  ['Arguments', isExtensionScope],
  // Values that routers and splitters set or look for.
  ['RequestHeaders', () => false],
  ['ResponseHeaders', () => false],
  ['Header', (key, leaf) => key === 'Name' || typeof leaf === 'boolean'],
  ['QueryParam', (key, leaf) => key === 'Name' || typeof leaf === 'boolean'],
  ['EnvoyListenerJSON', () => false],
  ['EnvoyClusterJSON', () => false],
  ['AccessLogs', (key, leaf) => typeof leaf === 'boolean' || (key === 'Type' && isEntryField(key, leaf))],
]);

/** Fields of config entries that hold names: of services, peers, tenants, subsets, sections and headers. */
const nameFields = new Set([
  'DefaultSubset',
  'Datacenter',
  'Datacenters',
  'Member',
  'Name',
  'Namespace',
  'Partition',
  'Peer',
  'SamenessGroup',
  'SectionName',
  'Service',
  'ServiceName',
  'ServiceSubset',
]);

/** Fields of config entries whose values are words that Consul defines. */
const wordFields = new Set([
  'Action',
  'Field',
  'Kind',
  'Methods',
  'Mode',
  'MutualTLSMode',
  'Policy',
  'Status',
  'TLSMaxVersion',
  'TLSMinVersion',
  'Type',
  'CipherSuites',
]);

/** Fields of config entries whose keys are names of subsets. */
const subsetMaps = new Set(['Subsets', 'Failover']);

const hostFields = new Set(['Hostname', 'Hostnames', 'Hosts']);
const pathFields = new Set(['PathExact', 'PathPrefix', 'Path']);

/** Keeps numbers, switches and durations, and texts of the fields that checks read or fixes repeat, by their shape. */
const isEntryField: Keeps = (key, leaf) => {
  if (typeof leaf !== 'string') return true;
  // Names in the catalog can be long and hold any character, and checks compare them.
  if (nameFields.has(key)) return leaf.length <= 4096;
  if (wordFields.has(key)) return shapes.word(leaf);
  if (key === 'Protocol') return protocols.has(leaf);
  if (key === 'Reason') return statusReasons.has(leaf);
  if (hostFields.has(key)) return leaf === '*' || /^[\w*-]+(?:\.[\w-]+)+$/.test(leaf);
  if (pathFields.has(key)) return /^\/[\w./-]{0,128}$/.test(leaf);
  return /^(?:\d{1,12}(?:\.\d{1,6})?(?:ns|us|ms|s|m|h))+$/.test(leaf);
};

/** Chains are followed by the names of subsets, which are kept whatever they look like. */
const isEntryKey = (name: string, parent: string): boolean => subsetMaps.has(parent) || shapes.key(name);

/** Tells that a part of a config entry keeps all its leaves, so that it needs no copy. */
const keepsEntry = (value: unknown, key: string): boolean => {
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) if (!keepsEntry(item, key)) return false;
    return true;
  }
  if (!isObject(value)) return isKept(value, key, isEntryField);
  for (const name of Object.keys(value)) {
    if (!isEntryKey(name, key)) return false;
    const keeps = freeForm.get(name);
    if (!(keeps ? keepsAll(value[name], name, keeps) : keepsEntry(value[name], name))) return false;
  }
  return true;
};

/** Redacts a config entry: every text that is not in a field of an allow-list, and of the shape of that field. */
export const redactEntry = <T extends object>(entry: T): Redacted<T> =>
  noting((note) => {
    const walk = (value: unknown, key: string, path: Path): unknown => {
      if (Array.isArray(value)) return value.map((item, index) => walk(item, key, [...path, index]));
      if (!isObject(value)) return prune(value, key, path, isEntryField, note);
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => {
          if (!isEntryKey(name, key)) return withheldMember(path, note);
          const at = [...path, name];
          const keeps = freeForm.get(name);
          return [name, keeps ? prune(inner, name, at, keeps, note) : walk(inner, name, at)];
        }),
      );
    };
    return keepsEntry(entry, '') ? entry : (walk(entry, '', []) as T);
  });
