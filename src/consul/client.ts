import type { Connection } from '../config/connection';
import { createSendRequest, type RequestObservation } from './send-request';
import { defaultClientLimits, type ClientLimits } from './send-with-retries';
import { aclEndpoints } from './endpoints/acls';
import { catalogEndpoints } from './endpoints/catalog';
import { clusterEndpoints } from './endpoints/cluster';
import { peeringEndpoints } from './endpoints/peerings';
import { createTransport } from './transport';

/** A connection with its secrets read, and what tests and metrics add. */
export interface ConsulClientOptions extends Connection {
  readonly limits?: Partial<ClientLimits>;
  /** Told of every call once it has ended. Holds no names and no secrets. */
  readonly onRequest?: (observed: RequestObservation) => void;
  /** For the pauses between retries; from 0 to below 1. */
  readonly random?: () => number;
}

export type ConsulClient = ReturnType<typeof createConsulClient>;

/** Returns only the origin of an address: credentials or a path in it go nowhere. */
const endpointOf = (address: string): { readonly origin: string; readonly socketPath: string | undefined } =>
  address.startsWith('unix://')
    ? { origin: 'http://localhost', socketPath: address.slice('unix://'.length) }
    : { origin: new URL(address).origin, socketPath: undefined };

/**
 * The HTTP API of one cluster: one method an endpoint, each answering with the parsed value or the reason why
 * there is none. No method throws or rejects for anything that a cluster, a network or a caller's signal can
 * do. Keep one client a cluster, as it holds the connections, and close it in the end.
 */
export const createConsulClient = (options: ConsulClientOptions) => {
  const limits = { ...defaultClientLimits, ...options.limits };
  const { origin, socketPath } = endpointOf(options.address);
  const { token, tls } = options;
  const transport = createTransport({
    origin,
    socketPath,
    tls,
    connections: limits.connections,
    answerBytes: limits.answerBytes,
    ...(token === undefined ? {} : { token }),
  });
  const ask = createSendRequest({ random: Math.random, ...options, origin, limits, transport });
  return {
    /** Whether it has a token of its own to send: `anonymous` is the name of none. */
    sendsToken: token !== undefined && token !== 'anonymous',
    ...clusterEndpoints(ask),
    ...catalogEndpoints(ask),
    ...peeringEndpoints(ask),
    ...aclEndpoints(ask),
    /** Ends all connections, also those in use. */
    close: transport.close,
  };
};
