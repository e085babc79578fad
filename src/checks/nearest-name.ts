import { distance } from 'fastest-levenshtein';

/**
 * The candidate that a name was probably meant to be: the fewest edits apart, and few enough that a reader would
 * call it a misspelling (2, or a third of the name). Undefined where there is none, or the name is a candidate.
 */
export const nearestName = (name: string, candidates: readonly string[]): string | undefined => {
  const most = Math.max(2, Math.floor(name.length / 3));
  const [best] = candidates
    .filter((candidate) => Math.abs(candidate.length - name.length) <= most)
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= most && edits < candidate.length && candidate !== name)
    .sort((a, b) => a.edits - b.edits);
  return candidates.includes(name) ? undefined : best?.candidate;
};
