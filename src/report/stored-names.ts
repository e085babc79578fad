// oxlint-disable plain-english/words -- field names that version 0.1.0 stored
import type { DigestBaseline, DigestRow, KnownIssue } from './digest-row';
import type { TrackedCluster } from './track-changes';

/** Reads data that version 0.1.0 stored under other field names. Data of this version passes unchanged. */

type Stored = Readonly<Record<string, unknown>>;
type Names = Readonly<Record<string, string>>;

const rename = (stored: Stored, names: Names): Stored =>
  Object.fromEntries(Object.entries(stored).map(([name, value]) => [names[name] ?? name, value]));

const issueNames: Names = { lost: 'hidden' };
const rowNames: Names = {
  first: 'isFirst',
  appeared: 'added',
  lost: 'hidden',
  newlyLost: 'newlyHidden',
  silenced: 'newlyMuted',
  news: 'addedIssues',
  mended: 'resolvedIssues',
  hushed: 'newlyMutedIssues',
};
const trackNames: Names = { told: 'reported', seen: 'observed', held: 'streak' };

/** Returns the row of a digest under its names of today. */
export const readStoredRow = (stored: Stored): DigestRow => rename(stored, rowNames) as unknown as DigestRow;

/** Returns the baseline of a digest under its names of today. */
export const readStoredBaseline = ({ verdict, issues }: DigestBaseline): DigestBaseline => ({
  verdict,
  issues: issues.map((issue) => rename({ ...issue }, issueNames) as unknown as KnownIssue),
});

/** Returns what a subscription tracks under its names of today. */
export const readStoredTracking = (stored: Stored): TrackedCluster => {
  const { poll, verdict, issues } = rename(stored, { look: 'poll' }) as unknown as TrackedCluster;
  return {
    poll,
    verdict: rename({ ...verdict }, trackNames) as unknown as TrackedCluster['verdict'],
    issues: Object.fromEntries(
      Object.entries(issues).map(([key, track]) => [
        key,
        rename({ ...track }, trackNames) as unknown as typeof track,
      ]),
    ),
  };
};
