import { distance } from 'fastest-levenshtein';

/**
 * Returns the candidate with the fewest edits from a name, if there are few enough to call the name a misspelling
 * (2, or a third of its length). Undefined if there is none, or if the name is a candidate. Ignores case.
 */
export const findNearestName = (name: string, candidates: readonly string[]): string | undefined => {
  if (candidates.includes(name)) return undefined;
  const maxEdits = Math.max(2, Math.floor(name.length / 3));
  const [nearest] = candidates
    .filter((candidate) => Math.abs(candidate.length - name.length) <= maxEdits)
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= maxEdits && edits < candidate.length)
    .sort((a, b) => a.edits - b.edits);
  return nearest?.candidate;
};
