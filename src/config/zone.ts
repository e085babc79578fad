import { didYouMean } from './suggest-name';
import { failure, type Result, success } from '../result';

/** Tells whether a word looks like a time zone, valid or not: `Europe/Berlin`, `UTC`. */
export const looksLikeZone = (word: string): boolean =>
  /^[A-Za-z_]+\/[A-Za-z0-9_+/-]+$/.test(word) || isZone(word);

const isZone = (word: string): boolean => {
  // Offsets such as +02:00 are refused: they have no daylight saving time, so the local time would shift.
  if (!/^[A-Za-z]/.test(word)) return false;
  try {
    Intl.DateTimeFormat('en', { timeZone: word });
    return true;
  } catch {
    return false;
  }
};

/** Corrects the case of a zone. Keeps the given name if the current one is another (Asia/Calcutta). */
const spelled = (word: string): string => {
  const { timeZone } = Intl.DateTimeFormat('en', { timeZone: word }).resolvedOptions();
  return timeZone.toLowerCase() === word.toLowerCase() ? timeZone : word;
};

/** Parses a time zone, in its usual spelling. A failure suggests the one that was probably meant. */
export const parseZone = (word: string): Result<string> =>
  isZone(word)
    ? success(spelled(word))
    : failure(
        `${word.slice(0, 40)} is not a time zone${didYouMean(word, Intl.supportedValuesOf('timeZone'))}`,
      );
