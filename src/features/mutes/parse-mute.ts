import { parseDuration } from '../../config/duration';
import { matchesGlob } from '../../config/match-glob';
import { didYouMean } from '../../config/suggest-name';
import { failure, type Result, success } from '../../result';
import { maxMuteMs } from './mutes.store';

/** Parsers of the words after `/peering mute CLUSTER` and `/peering unmute CLUSTER`. */

/** Minimum duration of a mute in ms: a shorter one could end before the next check. */
const shortestMs = 5 * 60_000;

/** Maximum characters of a reason. */
const maxReason = 300;

interface Target {
  /** A check's id, or a glob that some check matches. */
  readonly check: string;
  /** The subject of the finding; null: everything that the check finds. */
  readonly subject: string | null;
}

/** Quotes a word of the request. */
export const quoteWord = (word: string): string => `"${word.slice(0, 60)}"`;

/** Reads the id of a check, or a glob that some check matches. */
export const readCheck = (word: string, checkIds: readonly string[]): Result<string> => {
  if (checkIds.some((id) => matchesGlob(word, id))) return success(word);
  return failure(
    /[*?]/.test(word)
      ? `no check matches ${quoteWord(word)}`
      : `${quoteWord(word)} is not a check${didYouMean(word, checkIds)}`,
  );
};

/** Joins the words of a subject. Names of upstreams contain an arrow, which people type as `->`. */
const readSubject = (words: readonly string[]): string | null =>
  words.length === 0 ? null : words.join(' ').replaceAll(' -> ', ' → ');

/**
 * Reads `CHECK [SUBJECT] for 7d REASON`. The subject needs quotes only if it contains ` for 7d ` itself. A failure
 * says what is wrong, and what was expected.
 */
export const parseMute = (
  words: readonly string[],
  checkIds: readonly string[],
): Result<Target & { readonly forMs: number; readonly reason: string }> => {
  const [first = '', ...rest] = words;
  const check = readCheck(first, checkIds);
  if (!check.ok) return check;
  const isFor = (word: string): boolean => word.toLowerCase() === 'for';
  const timed = rest.findIndex((word, at) => isFor(word) && parseDuration(rest[at + 1] ?? '') !== undefined);
  const at = timed === -1 ? rest.findIndex(isFor) : timed;
  if (at === -1) return failure('the duration is missing: add one such as "for 7d"');
  const forMs = parseDuration(rest[at + 1] ?? '');
  if (forMs === undefined) {
    return failure(`${quoteWord(rest[at + 1] ?? '')} is not a duration: use one such as 12h, 7d or 2w`);
  }
  const reason = rest
    .slice(at + 2)
    .join(' ')
    .trim();
  const problem = durationProblem(forMs) ?? reasonProblem(reason);
  if (problem !== undefined) return failure(problem);
  return success({ check: check.value, subject: readSubject(rest.slice(0, at)), forMs, reason });
};

/** Explains what is wrong with a duration in ms; undefined if nothing is. */
export const durationProblem = (forMs: number): string | undefined =>
  forMs < shortestMs || forMs > maxMuteMs ? `a mute lasts from 5m to ${maxMuteMs / 86_400_000}d` : undefined;

/** Explains what is wrong with a trimmed reason; undefined if nothing is. */
export const reasonProblem = (reason: string): string | undefined => {
  if (reason === '') return 'the reason is missing: readers of the report need to know why this is muted';
  return reason.length > maxReason
    ? `the reason has ${reason.length} characters: use at most ${maxReason}`
    : undefined;
};

/** Reads `CHECK [SUBJECT]`. The check need not exist any more: its mutes can still be ended. */
export const parseUnmute = (words: readonly string[]): Target => {
  const [check = '', ...rest] = words;
  return { check, subject: readSubject(rest) };
};
