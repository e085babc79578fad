import type { ConsulError } from '../answer';
import type { SendRequest, CallOptions } from '../send-request';
import { GeneratedToken, list, Peering, PeeringState } from '../wire';

/** Tells that a write may have succeeded although it failed. */
export const mayHaveSucceeded = ({ kind, cause }: ConsulError): boolean =>
  kind === 'unreachable'
    ? !(['refused', 'dns', 'tls', 'plain-http'] as readonly unknown[]).includes(cause)
    : ['timeout', 'server', 'malformed', 'too-large'].includes(kind) && cause !== 'bad-name';

/**
 * Endpoints of peerings. Reads go to the leader. Writes are sent once and never retried: a failure of kind
 * `timeout`, `server`, `malformed` or `unreachable` (but for the causes `refused`, `dns`, `tls` and `plain-http`,
 * with which nothing was sent) leaves the outcome unknown. Read the peering again to find out.
 */
export const peeringEndpoints = (ask: SendRequest) => ({
  /** If peering is disabled, an agent retries by itself and takes 2 to 12 s to report it (measured on 1.20.1). */
  peerings: (call?: CallOptions) =>
    ask({ route: '/v1/peerings', schema: list(Peering), patience: 1.5 }, call),

  peering: (name: string, call?: CallOptions) =>
    ask({ route: '/v1/peering/:name', names: { name }, schema: Peering }, call),

  /** A peering with its index. Has the time limit of `peerings`, for the same reason. */
  peeringState: (name: string, call?: CallOptions) =>
    ask({ route: '/v1/peering/:name', names: { name }, schema: PeeringState, patience: 1.5 }, call),

  /**
   * Generates a peering token, which makes an unused one for the same peer invalid. Creates the peering (PENDING) if there is
   * none. The token is a secret: it is in the value, and in no error.
   *
   * @param meta kept on a peering that is created, ignored on one that exists.
   * @param serverExternalAddresses `host:port`, which the dialer uses instead of the addresses of the servers or mesh
   * gateways. Consul takes any text (measured on 1.20.1).
   */
  generatePeeringToken: (
    peer: string,
    options: CallOptions & {
      readonly meta?: Readonly<Record<string, string>>;
      readonly serverExternalAddresses?: readonly string[] | undefined;
    } = {},
  ) =>
    ask(
      {
        method: 'POST',
        route: '/v1/peering/token',
        body: {
          PeerName: peer,
          Meta: options.meta,
          ServerExternalAddresses: options.serverExternalAddresses,
        },
        schema: GeneratedToken,
        write: true,
        secretAnswer: true,
      },
      options,
    ),

  /** Dials the cluster that made the token, and waits for it: up to about 15 s. */
  establishPeering: (
    peer: string,
    peeringToken: string,
    options: CallOptions & { readonly meta?: Readonly<Record<string, string>> } = {},
  ) =>
    ask<undefined>(
      {
        method: 'POST',
        route: '/v1/peering/establish',
        body: { PeerName: peer, PeeringToken: peeringToken, Meta: options.meta },
        write: true,
        secretAnswer: true,
        secrets: [peeringToken],
      },
      options,
    ),

  /** Marks the peering for deletion. Succeeds if there is none. */
  deletePeering: (name: string, call?: CallOptions) =>
    ask<undefined>({ method: 'DELETE', route: '/v1/peering/:name', names: { name }, write: true }, call),
});
