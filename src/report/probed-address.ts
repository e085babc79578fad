type Outcome = 'tls' | 'connected' | 'refused' | 'timeout' | 'unreachable' | 'unresolved' | 'forbidden';

/** An address that Consul hands out, as the bot reached it. Another machine may reach it or not. JSON-safe. */
export interface ProbedAddress {
  /** A server of a peer that the cluster dials, a mesh gateway of a peer, a mesh gateway or a server of the cluster itself. */
  readonly use: 'peer-server' | 'peer-gateway' | 'gateway' | 'server';
  /** `host:port`, as Consul hands it out. */
  readonly address: string;
  /** Name of the peering; null for addresses of the cluster itself. */
  readonly peer: string | null;
  /** `tls`: the handshake was completed. `connected`: something accepts connections, but no more. `forbidden`: never connected to. */
  readonly outcome: Outcome;
  /** The IP addresses of the host. */
  readonly resolved: readonly string[];
  /** Time until the connection was open, in ms. */
  readonly connectMs: number | null;
  /** Time of the handshake, in ms. */
  readonly handshakeMs: number | null;
  /** Trust domain of the certificate, which was not verified; empty if it names none. */
  readonly trustDomain: string | null;
  /** End of the certificate (ISO 8601). */
  readonly notAfter: string | null;
  /** Name of the second vantage point, and the outcome there; null if it did not say in time. Absent if the settings name none. */
  readonly second?: { readonly from: string; readonly outcome: Outcome | null } | undefined;
}
