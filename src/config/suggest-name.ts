import { findNearestName } from '../find-nearest-name';

/**
 * Returns the name that someone most likely meant by what they typed: the nearest one, or the first that begins with
 * it (from two letters on). Undefined if nothing is close.
 */
export const suggestName = (typed: string, candidates: readonly string[]): string | undefined => {
  const nearest = findNearestName(typed, candidates);
  if (nearest !== undefined || typed.length < 2) return nearest;
  return candidates.find((candidate) => candidate.toLowerCase().startsWith(typed.toLowerCase()));
};

/** Returns `; did you mean "x"?`, or nothing if no candidate is close. */
export const didYouMean = (typed: string, candidates: readonly string[]): string => {
  const suggestion = suggestName(typed, candidates);
  return suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
};
