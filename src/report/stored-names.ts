// oxlint-disable plain-english/words -- field names that version 0.1.0 stored
import type { DigestBaseline, DigestRow } from './digest-row';
import type { TrackedCluster } from './track-changes';
import { omitUndefined } from '../omit-undefined';

/**
 * Reads data that version 0.1.0 stored under other field names. Data of this version passes unchanged. What is stored
 * is sealed by this bot, so that its shape is trusted, as in `expandJson`.
 */

type Names = Readonly<Record<string, string>>;

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
const rename = <T>(stored: object, names: Names): T =>
  Object.fromEntries(Object.entries(stored).map(([name, value]) => [names[name] ?? name, value])) as T;

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
export const readStoredRow = (stored: object): DigestRow => rename(stored, rowNames);

/** Returns the baseline of a digest under its names of today. */
export const readStoredBaseline = ({ verdict, issues, otherSides }: DigestBaseline): DigestBaseline => ({
  verdict,
  otherSides,
  issues: issues.map((issue) => rename(issue, issueNames)),
});

/** Returns what a subscription tracks under its names of today. */
export const readStoredTracking = (stored: object): TrackedCluster => {
  const { poll, verdict, issues, clusters } = rename<TrackedCluster>(stored, { look: 'poll' });
  return {
    poll,
    verdict: rename(verdict, trackNames),
    issues: Object.fromEntries(
      Object.entries(issues).map(([key, track]) => [key, rename<typeof track>(track, trackNames)]),
    ),
    ...omitUndefined({ clusters }),
  };
};
