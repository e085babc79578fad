import { distance } from 'fastest-levenshtein';

/**
 * The candidate that a misspelt word most likely meant, or undefined where none is near: at most two fifths
 * of the letters may differ, or one of the candidates must begin with the word (from two letters on).
 */
export const findNearestName = (word: string, candidates: readonly string[]): string | undefined => {
  const typed = word.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, apart: distance(typed, candidate.toLowerCase()) }))
    .sort((a, b) => a.apart - b.apart);
  const best = ranked[0];
  if (best && best.apart <= Math.max(1, Math.floor(Math.max(typed.length, best.candidate.length) * 0.4))) {
    return best.candidate;
  }
  return typed.length >= 2
    ? candidates.find((candidate) => candidate.toLowerCase().startsWith(typed))
    : undefined;
};

/** `; did you mean "x"?` where something is near, else nothing. */
export const didYouMean = (word: string, candidates: readonly string[]): string => {
  const found = findNearestName(word, candidates);
  return found === undefined ? '' : `; did you mean "${found}"?`;
};
