import { parseDuration } from '../../config/duration';
import { parseIsoTime } from '../../config/parse-iso-time';
import { failure, type Result, success } from '../../result';

/** A stored run by its id, or the newest one at or before a time (ms since the epoch). */
export type RunChoice =
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'time'; readonly ms: number };

const units: Readonly<Record<string, string>> = {
  sec: 's',
  second: 's',
  min: 'm',
  minute: 'm',
  hour: 'h',
  day: 'd',
  week: 'w',
};

/** A unit of time in one letter, from `h`, `hour` or `hours`. */
const unitOf = (word: string): string | undefined => {
  const one = word.toLowerCase().replace(/s$/, '');
  return units[one] ?? (/^[smhdw]$/.test(one) ? one : undefined);
};

const isoTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** Parses a date or a time; without a zone it is UTC. */
const timeOf = (text: string): number | undefined => {
  if (!isoTime.test(text)) return undefined;
  const zoned = /T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes('T') ? text : `${text}Z`;
  return parseIsoTime(zoned);
};

/** Takes one WHEN from the front of the words, and returns the words that are left. */
const takeWhen = (
  words: readonly string[],
  nowMs: number,
): { readonly when: RunChoice; readonly left: readonly string[] } => {
  const [first = '', second = '', third = ''] = words;
  const unit = unitOf(second);
  const spelled =
    /^\d{1,6}$/.test(first) && unit !== undefined ? parseDuration(`${first}${unit}`) : undefined;
  if (spelled !== undefined)
    return {
      when: { kind: 'time', ms: nowMs - spelled },
      left: words.slice(third.toLowerCase() === 'ago' ? 3 : 2),
    };
  const back = parseDuration(first);
  if (back !== undefined)
    return {
      when: { kind: 'time', ms: nowMs - back },
      left: words.slice(second.toLowerCase() === 'ago' ? 2 : 1),
    };
  const clock = /^\d{2}:\d{2}(?::\d{2})?$/.test(second) ? timeOf(`${first}T${second}`) : undefined;
  if (clock !== undefined) return { when: { kind: 'time', ms: clock }, left: words.slice(2) };
  const time = timeOf(first);
  return {
    when: time === undefined ? { kind: 'run', run: first } : { kind: 'time', ms: time },
    left: words.slice(1),
  };
};

/**
 * Parses at most two WHENs: `2h`, `2 hours ago`, `2026-11-27`, `2026-11-27T13:20` (UTC), or the id of a stored run. Quotes
 * around one are ignored.
 */
export const parseWhens = (words: readonly string[], nowMs: number): Result<readonly RunChoice[]> => {
  const whens: RunChoice[] = [];
  let left: readonly string[] = words
    .flatMap((word) => word.split(/\s+/))
    .map((word) => word.replace(/^["'“”‘’]+|["'“”‘’]+$/g, ''))
    .filter((word) => word !== '');
  while (left.length > 0) {
    if (whens.length === 2)
      return failure(`expected at most two times or runs, not also "${left.join(' ').slice(0, 60)}"`);
    const taken = takeWhen(left, nowMs);
    whens.push(taken.when);
    ({ left } = taken);
  }
  return success(whens);
};
