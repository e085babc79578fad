import { z } from 'zod';
import { probeOutcomes } from '../probe/probe-outcome';

/** Sections about addresses that Consul hands out, as the bot reached them. */

const uses = [
  /** A server of a peer, which this cluster dials. */
  'peer-server',
  /** A mesh gateway of a peer, which sidecars here call. */
  'peer-gateway',
  /** A mesh gateway of this cluster, at the address for peers. */
  'gateway',
  /** The gRPC TLS port of a server of this cluster. */
  'server',
] as const;
export type ProbeUse = (typeof uses)[number];

/** Reasons why a second vantage point says nothing about an address. */
const secondReasons = [
  /** No worker with its name takes jobs. */
  'absent',
  'late',
  /** The clusters file there does not name the vantage point for this cluster. */
  'not-configured',
  /** Consul did not answer it. */
  'unreadable',
  /** It probed others: Consul does not hand out this one there, or there was no time left. */
  'not-probed',
] as const;
export type SecondReason = (typeof secondReasons)[number];

const ms = z.number().int().nonnegative().optional();

export const Probe = z
  .object({
    use: z.enum(uses),
    /** `host:port`, as Consul hands it out. */
    address: z.string(),
    /** The answer of Consul that holds it. */
    at: z.object({ endpoint: z.string(), path: z.string() }).readonly(),
    /** Name of the peering, for addresses of a peer. */
    peer: z.string().optional(),
    /** The trust domain that was expected; empty if it is not known. */
    expectedTrustDomain: z.string(),
    outcome: z.enum(probeOutcomes),
    /** IP addresses. */
    resolved: z.array(z.string()).readonly(),
    connectMs: ms,
    handshakeMs: ms,
    /** Present if a handshake was completed. Nothing in it was verified. */
    certificate: z.object({ trustDomain: z.string(), notAfter: z.string() }).readonly().optional(),
    /** The second vantage point, where the settings name one, and the outcome there, or the reason why there is none. */
    second: z
      .object({
        from: z.string(),
        outcome: z.enum(probeOutcomes).optional(),
        reason: z.enum(secondReasons).optional(),
      })
      .readonly()
      .optional(),
  })
  .readonly();
export interface Probe extends z.infer<typeof Probe> {}

/** The outcome at an address, as another vantage point says it. Nothing else of a probe there is used. */
export const AddressOutcome = z
  .object({ address: z.string().max(300), outcome: z.enum(probeOutcomes) })
  .readonly();
export interface AddressOutcome extends z.infer<typeof AddressOutcome> {}
