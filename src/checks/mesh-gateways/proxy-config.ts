/**
 * The opaque parameters of `Proxy.Config` that Consul 1.20 takes for Envoy, from the "Gateway options",
 * "Advanced configuration" and "Escape-hatch overrides" of its Envoy documentation, `agent/xds/config/config.go`
 * and `command/connect/envoy/bootstrap_config.go`.
 */

type Kind = 'text' | 'number' | 'flag' | 'list' | 'map';

/** Options that count as the definition that the specification requires: gateway options and escape hatches. */
const gatewayOptions: Readonly<Record<string, Kind>> = {
  connect_timeout_ms: 'number',
  envoy_dns_discovery_type: 'text',
  envoy_gateway_bind_addresses: 'map',
  envoy_gateway_bind_tagged_addresses: 'flag',
  envoy_gateway_no_default_bind: 'flag',
  envoy_gateway_remote_tcp_enable_keepalive: 'flag',
  envoy_gateway_remote_tcp_keepalive_interval: 'number',
  envoy_gateway_remote_tcp_keepalive_probes: 'number',
  envoy_gateway_remote_tcp_keepalive_time: 'number',
  envoy_mesh_gateway_bind_addresses: 'map',
  envoy_mesh_gateway_bind_tagged_addresses: 'flag',
  envoy_mesh_gateway_no_default_bind: 'flag',
  envoy_bootstrap_json_tpl: 'text',
  envoy_cluster_json: 'text',
  envoy_extra_static_clusters_json: 'text',
  envoy_extra_static_listeners_json: 'text',
  envoy_extra_stats_sinks_json: 'text',
  envoy_listener_json: 'text',
  envoy_listener_tracing_json: 'text',
  envoy_local_cluster_json: 'text',
  envoy_public_listener_json: 'text',
  envoy_stats_config_json: 'text',
  envoy_tracing_json: 'text',
};

/** Other valid options: telemetry, and options of sidecars, which reach gateways through proxy-defaults. */
const otherOptions: Readonly<Record<string, Kind>> = {
  balance_inbound_connections: 'text',
  bind_address: 'text',
  bind_port: 'number',
  envoy_connect_proxy_bind_address: 'text',
  envoy_dogstatsd_url: 'text',
  envoy_hcp_metrics_bind_socket_dir: 'text',
  envoy_prometheus_bind_addr: 'text',
  envoy_ready_bind_address: 'text',
  envoy_ready_bind_port: 'number',
  envoy_stats_bind_addr: 'text',
  envoy_stats_flush_interval: 'text',
  envoy_stats_tags: 'list',
  envoy_statsd_url: 'text',
  envoy_telemetry_collector_bind_socket_dir: 'text',
  handshake_timeout_ms: 'number',
  limits: 'map',
  local_connect_timeout_ms: 'number',
  local_idle_timeout_ms: 'number',
  local_request_timeout_ms: 'number',
  max_inbound_connections: 'number',
  mesh_gateway: 'map',
  passive_health_check: 'map',
  protocol: 'text',
  xds_fetch_timeout_ms: 'number',
};

const known = new Map(Object.entries({ ...otherOptions, ...gatewayOptions }));
const defines = new Set(Object.keys(gatewayOptions));

const simple = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** Consul decodes weakly: numbers and flags may be text, and one value may stand for a list. */
const fits: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: simple,
  number: (value) => (typeof value === 'string' ? /^[+-]?\d*$/u.test(value) : simple(value)),
  flag: (value) =>
    typeof value === 'string'
      ? ['', '1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)
      : simple(value),
  list: (value) => Array.isArray(value) || typeof value === 'string',
  map: (value) => typeof value === 'object' && value !== null,
};

export interface ProxyConfigKeys {
  /** Gateway options with a valid value. */
  readonly options: readonly string[];
  /** Keys that Consul does not read for Envoy. */
  readonly unknown: readonly string[];
  /** Keys whose value cannot be decoded; Consul then uses its defaults for all keys that it had not decoded yet. */
  readonly mistyped: readonly string[];
}

/**
 * Sorts the keys of a `Proxy.Config` by how Consul treats them. Keys are compared without regard to case, as
 * Consul's decoder does.
 *
 * @param isWithheld tells whether the snapshot lacks the value of a key, so that its type is not known
 */
export const readProxyConfig = (
  config: Readonly<Record<string, unknown>>,
  isWithheld: (key: string) => boolean,
): ProxyConfigKeys => {
  const sorted = { options: [] as string[], unknown: [] as string[], mistyped: [] as string[] };
  for (const [key, value] of Object.entries(config)) {
    const name = key.toLowerCase();
    const kind = known.get(name);
    if (!kind) sorted.unknown.push(key);
    else if (!isWithheld(key) && !fits[kind](value)) sorted.mistyped.push(key);
    else if (defines.has(name)) sorted.options.push(key);
  }
  return sorted;
};
