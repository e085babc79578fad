import type { Connection } from '../config/connection';
import { createAsk, type Observed } from './ask';
import { defaultLimits, type Limits } from './attempts';
import { acls } from './endpoints/acls';
import { catalog } from './endpoints/catalog';
import { cluster } from './endpoints/cluster';
import { peerings } from './endpoints/peerings';
import { createTransport } from './transport';

/** A connection with its secrets read, and what tests and metrics add. */
export interface ConsulClientOptions extends Connection {
  readonly limits?: Partial<Limits>;
  /** Told of every call once it has ended. Holds no names and no secrets. */
  readonly onRequest?: (observed: Observed) => void;
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
  const limits = { ...defaultLimits, ...options.limits };
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
  const ask = createAsk({ random: Math.random, ...options, origin, limits, transport });
  return {
    /** Whether it has a token of its own to send: `anonymous` is the name of none. */
    sendsToken: token !== undefined && token !== 'anonymous',
    ...cluster(ask),
    ...catalog(ask),
    ...peerings(ask),
    ...acls(ask),
    /** Ends all connections, also those in use. */
    close: transport.close,
  };
};
