import { CronExpressionParser } from 'cron-parser';
import { failure, type Result, success } from '../result';

/**
 * The schedule of a digest. The queue reads the expression with the same parser, so the runs come at the announced times.
 * With daylight saving time, a time that the clock skips comes later by the size of the change (02:30 becomes 03:30), and
 * of a time that comes twice, only the first counts.
 */
export interface When {
  /** Five fields. */
  readonly cron: string;
  readonly zone: string;
  /** In words, without the zone: `every weekday at 08:30`. */
  readonly words: string;
}

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const examples =
  '`daily 09:00`, `weekdays 8:30`, `mondays 09:00`, `every 6h`, or cron in quotes: `"0 9 * * 1-5"`';

/** Minimum interval in minutes: more frequent digests would be noise. */
const fewestMinutes = 5;

/** A leap day and the years around it (ms): all the ways in which two times can follow each other. */
const leapMs = 4 * 366 * 86_400_000;

const dayOf = (word: string): number | undefined => {
  const bare = word.replace(/s$/, '');
  const at = days.findIndex((day) => day === bare || (bare.length >= 3 && bare === day.slice(0, 3)));
  return at === -1 ? undefined : at;
};

/** Tells whether a quoted word is a cron expression. */
export const isCron = (word: string): boolean => word.trim().split(/\s+/).length >= 5;

/**
 * Parses a WHEN at the front of `words`, and returns the rest. `zone` must be valid. Fails, and says what was expected,
 * for a time that does not exist, an expression that never fires, or one that fires more often than every five minutes.
 */
export const parseWhen = (
  words: readonly string[],
  zone: string,
): Result<{ readonly when: When; readonly rest: readonly string[] }> => {
  const [first = '', ...after] = words;
  const lower = first.toLowerCase();
  if (isCron(first)) return cronWhen(first.trim(), zone, after);
  if (lower === 'hourly') return named('0 * * * *', zone, 'every hour', after);
  if (lower === 'every' && /^\d/.test(after[0] ?? '')) return everyWhen(after, zone);

  const [named1, ...rest1] = lower === 'every' ? after : words;
  const daysSaid = daysOf(named1 ?? '', rest1);
  if (!daysSaid) return failure(`the schedule is missing or not valid; use one such as ${examples}`);
  const { field, words: said } = daysSaid;
  const rest = daysSaid.rest[0]?.toLowerCase() === 'at' ? daysSaid.rest.slice(1) : daysSaid.rest;
  const time = timeOf(rest[0] ?? '');
  if (time === undefined) {
    const got = rest[0] === undefined ? 'the time is missing' : `${rest[0].slice(0, 20)} is not a time`;
    return failure(`${got}; use one from 00:00 to 23:59, such as ${(named1 ?? '').slice(0, 20)} 09:00`);
  }
  const clock = `${String(time.hour).padStart(2, '0')}:${String(time.minute).padStart(2, '0')}`;
  return named(`${time.minute} ${time.hour} * * ${field}`, zone, `${said} at ${clock}`, rest.slice(1));
};

const named = (
  cron: string,
  zone: string,
  words: string,
  rest: readonly string[],
): Result<{ when: When; rest: readonly string[] }> => success({ when: { cron, zone, words }, rest });

const daysOf = (
  word: string,
  rest: readonly string[],
): { field: string; words: string; rest: readonly string[] } | undefined => {
  const lower = word.toLowerCase();
  if (lower === 'daily' || lower === 'day') return { field: '*', words: 'every day', rest };
  if (lower === 'weekdays' || lower === 'weekday') return { field: '1-5', words: 'every weekday', rest };
  if (lower === 'weekends' || lower === 'weekend')
    return { field: '0,6', words: 'every Saturday and Sunday', rest };
  const chosen = new Set<number>();
  let left: readonly string[] = [word, ...rest];
  while (left[0] !== undefined) {
    const parts = left[0].toLowerCase().split(',').filter(Boolean);
    const found = parts.map(dayOf);
    const isWord = parts.length === 0 || parts.join() === 'and';
    if (!isWord && found.some((day) => day === undefined)) break;
    for (const day of found) if (day !== undefined) chosen.add(day);
    left = left.slice(1);
  }
  if (chosen.size === 0) return undefined;
  const sorted = [...chosen].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
  const names = sorted.map((day) => `${days[day]?.[0]?.toUpperCase()}${days[day]?.slice(1)}`);
  const said = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return { field: sorted.join(','), words: `every ${said}`, rest: left };
};

const timeOf = (word: string): { hour: number; minute: number } | undefined => {
  const lower = word.toLowerCase();
  if (lower === 'noon') return { hour: 12, minute: 0 };
  if (lower === 'midnight') return { hour: 0, minute: 0 };
  const match = /^(\d{1,2})(?:[:.](\d{2}))?(am|pm)?$/.exec(lower);
  if (!match) return undefined;
  const [, hours = '', minutes = '0', half] = match;
  const said = Number(hours);
  if (half !== undefined && (said < 1 || said > 12)) return undefined;
  const hour = half === undefined ? said : (said % 12) + (half === 'pm' ? 12 : 0);
  return hour > 23 || Number(minutes) > 59 ? undefined : { hour, minute: Number(minutes) };
};

const everyWhen = (
  words: readonly string[],
  zone: string,
): Result<{ when: When; rest: readonly string[] }> => {
  const [first = '', second = '', ...more] = words;
  const joined = /^\d+$/.test(first) ? `${first}${second}` : first;
  const rest = /^\d+$/.test(first) ? more : words.slice(1);
  const match = /^(\d{1,4})(m|min|minutes?|h|hours?)$/i.exec(joined);
  if (!match)
    return failure(`"every ${joined.slice(0, 20)}" is not valid; use hours or minutes, such as every 6h`);
  const count = Number(match[1]);
  const hours = match[2]?.toLowerCase().startsWith('h') === true;
  if (!hours && count < fewestMinutes)
    return failure(`every ${count}m is too often; use every ${fewestMinutes}m or more`);
  const whole = hours ? 24 : 60;
  // Only steps that divide the day or the hour come at even distances.
  const steps = Array.from({ length: whole }, (_, at) => at + 1).filter(
    (step) => whole % step === 0 && (hours || step >= fewestMinutes),
  );
  if (!steps.includes(count)) {
    const nearest = steps.reduce((best, step) =>
      Math.abs(step - count) < Math.abs(best - count) ? step : best,
    );
    const unit = hours ? 'h' : 'm';
    return failure(
      `every ${count}${unit} does not divide the ${hours ? 'day' : 'hour'} evenly; the nearest that does is every ${nearest}${unit}`,
    );
  }
  const cron = hours
    ? count === 24
      ? '0 0 * * *'
      : `0 */${count} * * *`
    : count === 60
      ? '0 * * * *'
      : `*/${count} * * * *`;
  return named(cron, zone, `every ${count} ${hours ? 'hour' : 'minute'}${count === 1 ? '' : 's'}`, rest);
};

const cronWhen = (
  cron: string,
  zone: string,
  rest: readonly string[],
): Result<{ when: When; rest: readonly string[] }> => {
  const fields = cron.split(/\s+/);
  if (fields.length !== 5)
    return failure('a cron expression has five fields: minute, hour, day, month, weekday');
  if (fields.some((field) => /\bh\b/i.test(field)))
    return failure('"H" has no fixed time; use an expression such as "0 9 * * 1-5"');
  const when = { cron: fields.join(' '), zone, words: `by cron ${fields.join(' ')}` };
  // From a fixed day: the result must not depend on the current date.
  const from = Date.UTC(2023, 11, 31);
  if (nextTimes(when, from, 1) === undefined)
    return failure('this cron expression never fires; use one such as "0 9 * * 1-5"');
  const times = timesUntil(when, from, from + leapMs, 400);
  const gap = Math.min(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
  if (gap < fewestMinutes * 60_000)
    return failure(`this runs too often; leave at least ${fewestMinutes} minutes between two runs`);
  return named(when.cron, zone, when.words, rest);
};

/** The next times (ms since the epoch) after `afterMs`, or undefined if it never fires. */
export const nextTimes = (
  { cron, zone }: Pick<When, 'cron' | 'zone'>,
  afterMs: number,
  count: number,
): readonly number[] | undefined => {
  try {
    const expression = CronExpressionParser.parse(cron, { tz: zone, currentDate: new Date(afterMs) });
    return Array.from({ length: count }, () => expression.next().getTime());
  } catch {
    return undefined;
  }
};

/** The times after a moment that come before or at another (ms since the epoch), `max` at most. */
const timesUntil = (
  { cron, zone }: Pick<When, 'cron' | 'zone'>,
  afterMs: number,
  untilMs: number,
  max: number,
): readonly number[] => {
  const times: number[] = [];
  const expression = CronExpressionParser.parse(cron, { tz: zone, currentDate: new Date(afterMs) });
  while (times.length < max) {
    const at = expression.next().getTime();
    if (at > untilMs) break;
    times.push(at);
  }
  return times;
};

/** The latest time (ms since the epoch) in the `lookBackMs` before `nowMs`, that moment itself included. */
export const lastTime = (
  when: Pick<When, 'cron' | 'zone'>,
  nowMs: number,
  lookBackMs: number,
): number | undefined =>
  timesUntil(when, nowMs - lookBackMs, nowMs, Math.ceil(lookBackMs / (fewestMinutes * 60_000))).at(-1);

/** Counts the times between two moments, both excluded, up to `max`. */
export const timesBetween = (
  when: Pick<When, 'cron' | 'zone'>,
  afterMs: number,
  beforeMs: number,
  max: number,
): number => timesUntil(when, afterMs, beforeMs - 1, max).length;
