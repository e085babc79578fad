import { z } from 'zod';

/** A peering as its cluster saw it when the check ran. Reports of older versions have the first two fields only. */
export const PeerSummary = z.object({
  name: z.string(),
  /** Consul's own word, such as `ACTIVE`. */
  state: z.string(),
  /** When the other side was last heard of (ISO 8601); absent if never, or if the peering has no stream. */
  lastHeardAt: z.string().optional(),
  /** Number of services; absent if the peering has no stream. */
  importedServices: z.number().optional(),
  exportedServices: z.number().optional(),
  /** When the last CA certificate of the peer ends (ISO 8601); absent if there is none. */
  caExpiresAt: z.string().optional(),
  /** Paths between services over this peering, in both directions, by state. */
  paths: z.object({ pass: z.number(), fail: z.number(), unknown: z.number() }).optional(),
});
export type PeerSummary = Readonly<z.infer<typeof PeerSummary>>;
