/** A peering as its cluster saw it when the check ran. Reports of older versions have the first two fields only. */
export interface PeerSummary {
  readonly name: string;
  /** Consul's own word, such as `ACTIVE`. */
  readonly state: string;
  /** When the last message of the other side arrived (ISO 8601); absent if none did, or if the peering has no stream. */
  readonly lastHeardAt?: string | undefined;
  /** Number of services; absent if the peering has no stream. */
  readonly importedServices?: number | undefined;
  readonly exportedServices?: number | undefined;
  /** When the last CA certificate of the peer ends (ISO 8601); absent if there is none. */
  readonly caExpiresAt?: string | undefined;
  /** Paths between services over this peering, in both directions, by state. */
  readonly paths?: { readonly pass: number; readonly fail: number; readonly unknown: number } | undefined;
  /** Calls of services here that cross it, as far as they fit: what people can ask about. Absent if there are none. */
  readonly calls?: readonly ReportedCall[] | undefined;
}

/** A call of a service, by the name that its upstream has. */
export interface ReportedCall {
  readonly service: string;
  readonly destination: string;
}
