import type { SendRequest, CallOptions } from '../send-request';
import {
  CatalogService,
  GatewayService,
  HealthCheck,
  ImportedHealth,
  list,
  MeshHealth,
  Node,
  NodeServices,
  ServiceHealth,
  ServiceNames,
} from '../wire';

export interface FilterOptions extends CallOptions {
  /** A filter expression, evaluated by Consul. Servers before 1.14 ignore it on `/v1/catalog/services`. */
  readonly filter?: string;
}

export interface ServiceOptions extends FilterOptions {
  /** Merges proxy-defaults and service-defaults into each instance. */
  readonly mergeCentralConfig?: boolean;
}

export interface HealthOptions extends ServiceOptions {
  /** Only instances without a critical or warning check. */
  readonly passing?: boolean;
}

const filtered = ({ filter }: FilterOptions) => ({ filter });

const service = ({ filter, mergeCentralConfig }: ServiceOptions) => ({
  filter,
  'merge-central-config': mergeCentralConfig ? 'true' : undefined,
});

const health = (options: HealthOptions) => ({
  ...service(options),
  passing: options.passing ? 'true' : undefined,
});

/**
 * For services that are read name by name: hundreds of small answers, each of which takes longer to decompress than to
 * transfer (0.4 ms).
 */
const unpacked = { 'Accept-Encoding': 'identity' };

/**
 * Lists of rows. Made once: they are read hundreds of times in a check, and zod goes through all of a new schema before it
 * parses with it.
 */
const lists = {
  catalogServices: list(CatalogService),
  nodes: list(Node),
  gatewayServices: list(GatewayService),
  serviceHealth: list(ServiceHealth),
  meshHealth: list(MeshHealth),
  importedHealth: list(ImportedHealth),
  checks: list(HealthCheck),
};

/** Endpoints of nodes, services and their health. Every list leaves out rows that the token may not read. */
export const catalogEndpoints = (ask: SendRequest) => ({
  /** Service names of every kind. */
  catalogServices: (options: FilterOptions = {}) =>
    ask({ route: '/v1/catalog/services', query: filtered(options), schema: ServiceNames }, options),

  /** The instances of a service; none is an empty list, never `not-found`. */
  catalogService: (name: string, options: ServiceOptions = {}) =>
    ask(
      {
        route: '/v1/catalog/service/:name',
        names: { name },
        headers: unpacked,
        query: service(options),
        schema: lists.catalogServices,
      },
      options,
    ),

  catalogNodes: (options: FilterOptions = {}) =>
    ask({ route: '/v1/catalog/nodes', query: filtered(options), schema: lists.nodes }, options),

  /** All services of a node in full; `Node: null` where the node is unknown or hidden. */
  nodeServices: (node: string, options: FilterOptions & Pick<ServiceOptions, 'mergeCentralConfig'> = {}) =>
    ask(
      {
        route: '/v1/catalog/node-services/:node',
        names: { node },
        query: service(options),
        schema: NodeServices,
      },
      options,
    ),

  /** The services that a gateway is linked to, wildcards resolved. Takes `service:read` on the gateway. */
  gatewayServices: (gateway: string, options: CallOptions = {}) =>
    ask(
      {
        route: '/v1/catalog/gateway-services/:gateway',
        names: { gateway },
        schema: lists.gatewayServices,
      },
      options,
    ),

  healthService: (name: string, options: HealthOptions = {}) =>
    ask(
      {
        route: '/v1/health/service/:name',
        names: { name },
        headers: unpacked,
        query: health(options),
        schema: lists.serviceHealth,
      },
      options,
    ),

  /** The instances of a service in the mesh, with their health: sidecars, native instances, terminating gateways. */
  healthConnect: (name: string, options: HealthOptions = {}) =>
    ask(
      {
        route: '/v1/health/connect/:name',
        names: { name },
        headers: unpacked,
        query: health(options),
        schema: lists.meshHealth,
      },
      options,
    ),

  /** The instances of a peer's service that a sidecar here would get; none is an empty list. */
  importedHealth: (name: string, peer: string, options: CallOptions = {}) =>
    ask(
      {
        route: '/v1/health/connect/:name',
        names: { name },
        headers: unpacked,
        query: { peer },
        schema: lists.importedHealth,
      },
      options,
    ),

  healthState: (state: 'any' | 'passing' | 'warning' | 'critical', options: FilterOptions = {}) =>
    ask(
      {
        route: '/v1/health/state/:state',
        names: { state },
        query: filtered(options),
        schema: lists.checks,
      },
      options,
    ),
});
