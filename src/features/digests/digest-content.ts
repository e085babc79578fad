import type { DigestRow } from '../../report/digest-row';

/** A run of a digest, ready to be told. */
export interface DigestContent {
  readonly id: string;
  /** As typed: names, globs, `all`. */
  readonly clusters: readonly string[];
  readonly zone: string;
  /** When it was due, and when it was made; ISO 8601. */
  readonly planned: string;
  readonly at: string;
  /** Slack's id of who asked for this run; null where it was due. */
  readonly askedBy: string | null;
  /** When the digest before it was made; null for the first. */
  readonly since: string | null;
  readonly rows: readonly DigestRow[];
  /** Words that stand for no configured cluster any more. */
  readonly gone: readonly string[];
  /** How many clusters are left out, as the digest's owner may not see them. */
  readonly hidden: number;
  /** How many runs before this one were left out. */
  readonly missed: number;
  readonly onlyChanges: boolean;
  /** Whether anything changed. */
  readonly changed: boolean;
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
