import type { Connection } from '../config/connection';
import { createSendRequest, type RequestObservation } from './send-request';
import { defaultClientLimits, type ClientLimits } from './send-with-retries';
import { aclEndpoints } from './endpoints/acls';
import { catalogEndpoints } from './endpoints/catalog';
import { clusterEndpoints } from './endpoints/cluster';
import { kvEndpoints } from './endpoints/kv';
import { peeringEndpoints } from './endpoints/peerings';
import { createTransport } from './transport';

/** A connection with its secrets, and options for tests and metrics. */
export interface ConsulClientOptions extends Connection {
  readonly limits?: Partial<ClientLimits>;
  /** Called after every request. The observation holds no names and no secrets. */
  readonly onRequest?: (observed: RequestObservation) => void;
  /** Random numbers for the pauses between retries; from 0 to below 1. */
  readonly random?: () => number;
}

export type ConsulClient = ReturnType<typeof createConsulClient>;

/** Returns only the origin of an address: credentials or a path in it go nowhere. */
const endpointOf = (address: string): { readonly origin: string; readonly socketPath: string | undefined } =>
  address.startsWith('unix://')
    ? { origin: 'http://localhost', socketPath: address.slice('unix://'.length) }
    : { origin: new URL(address).origin, socketPath: undefined };

/**
 * Creates a client for the HTTP API of one cluster, with one method for each endpoint. Methods return an `Answer`; none
 * rejects, whatever the cluster, the network or the caller's signal does. Create one client for each cluster, because it
 * holds the connections, and close it at the end.
 */
export const createConsulClient = (options: ConsulClientOptions) => {
  const limits = { ...defaultClientLimits, ...options.limits };
  const { origin, socketPath } = endpointOf(options.address);
  const { token, tls, proxy, settingNames } = options;
  const transport = createTransport({
    origin,
    socketPath,
    tls,
    proxy,
    settingNames,
    connections: limits.connections,
    silentMs: limits.silentMs,
    answerBytes: limits.answerBytes,
    token,
  });
  const ask = createSendRequest({ random: Math.random, ...options, origin, limits, transport });
  return {
    /** True if the client sends a token of its own; `anonymous` is not one. */
    sendsToken: token !== undefined && token !== 'anonymous',
    ...clusterEndpoints(ask),
    ...catalogEndpoints(ask),
    ...peeringEndpoints(ask),
    ...aclEndpoints(ask),
    ...kvEndpoints(ask),
    /** Closes all connections, also those in use. */
    close: transport.close,
  };
};
