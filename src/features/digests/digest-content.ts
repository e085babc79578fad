import type { Incident } from '../incidents';
import type { DigestRow } from '../../report/digest-row';

/** A run of a digest, ready to be rendered. */
export interface DigestContent {
  readonly id: string;
  /** As typed: names, globs, `all`. */
  readonly clusters: readonly string[];
  readonly zone: string;
  /** Planned and actual time; ISO 8601. */
  readonly planned: string;
  readonly at: string;
  /** User id of the requester; null for a scheduled run. */
  readonly requestedBy: string | null;
  /** Time of the digest before it; null for the first. */
  readonly since: string | null;
  readonly rows: readonly DigestRow[];
  /** Words that no longer match a configured cluster. */
  readonly gone: readonly string[];
  /** Number of clusters that are left out, since the digest's owner has no access to them. */
  readonly hidden: number;
  /** Number of runs before this one that were skipped. */
  readonly missed: number;
  readonly onlyChanges: boolean;
  /** True if anything changed. */
  readonly changed: boolean;
  /** The incidents that clusters are in, by cluster. */
  readonly incidents?: ReadonlyMap<string, Incident> | undefined;
  /** User groups of people on call that it mentions. */
  readonly onCall?: readonly string[];
  /** Mutes of these clusters that end soon. */
  readonly endingMutes: readonly EndingMute[];
}

export interface EndingMute {
  readonly cluster: string;
  readonly check: string;
  readonly subject: string | null;
  /** ISO 8601. */
  readonly until: string;
}
