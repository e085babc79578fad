import type { DigestRow } from '../../report/digest-row';

/** The row of one cluster in the table of several, compared with its stored run before this one. */
export interface FleetLine extends DigestRow {
  /** The oldest stored run since which the verdict has been the same (ISO 8601); null if it is not known to have been. */
  readonly since: string | null;
  /** The newest stored run before this one (ISO 8601); null if there is none. */
  readonly lastRead: string | null;
  /** Time to read and check the cluster, or until it was known that it cannot be read (ms). */
  readonly tookMs: number;
}
