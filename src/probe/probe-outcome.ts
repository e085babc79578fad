/** Outcomes of a probe, the best first. */
export const probeOutcomes = [
  /** The handshake was completed. */
  'tls',
  /** Something accepts connections, but no handshake was completed. */
  'connected',
  'refused',
  'timeout',
  'unreachable',
  /** The name has no address. */
  'unresolved',
  /** Never connected to: the address, or each address of the name, is one of those that are refused. */
  'forbidden',
] as const;
export type ProbeOutcome = (typeof probeOutcomes)[number];
