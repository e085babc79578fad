import { failure, type Result, success } from '../result';

/** Hours of a week, in the zone of the group. */
export interface WeekHours {
  /** 0 is Sunday. */
  readonly days: readonly number[];
  /** Minutes since midnight, the first included. With `to` before `from`, they end on the next day. */
  readonly from: number;
  readonly to: number;
}

/** The user group that is mentioned when a cluster turns not ready. */
export interface OnCallConfig {
  readonly usergroup: string;
  /** `warning`: also when a cluster turns to warnings. */
  readonly severity: 'error' | 'warning';
  /** None: always. */
  readonly hours: readonly WeekHours[];
  readonly zone: string;
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const groups: Readonly<Record<string, readonly number[]>> = {
  daily: [0, 1, 2, 3, 4, 5, 6],
  weekdays: [1, 2, 3, 4, 5],
  weekends: [6, 0],
};

export const hoursHelp =
  'expected days and hours, such as "mon-fri 08:00-18:00", "weekends 10:00-16:00" or "daily 20:00-06:00"';

const dayAt = (name: string): number => dayNames.findIndex((day) => day === name);

/** Reads `mon-fri`, `sat,sun`, `daily`; undefined if it is none. */
const readDays = (word: string): readonly number[] | undefined => {
  if (Object.hasOwn(groups, word)) return groups[word];
  const days = word.split(',').flatMap((part): readonly number[] => {
    const [first = '', last = first, ...more] = part.split('-');
    const [from, to] = [dayAt(first), dayAt(last)];
    if (from === -1 || to === -1 || more.length > 0) return [-1];
    return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, at) => (from + at) % 7);
  });
  return days.includes(-1) ? undefined : [...new Set(days)];
};

const readClock = (text: string | undefined): number | undefined => {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text ?? '') ?? [];
  const at = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && at <= 1440 ? at : undefined;
};

/** Parses the days and hours of a group. */
export const parseWeekHours = (text: string): Result<WeekHours> => {
  const words = text.trim().toLowerCase().split(/\s+/);
  const days = readDays(words[0] ?? '');
  const clocks = (words[1] ?? '').split('-');
  const [from, to] = clocks.map(readClock);
  return words.length !== 2 ||
    days === undefined ||
    clocks.length !== 2 ||
    from === undefined ||
    to === undefined
    ? failure(hoursHelp)
    : from === to || from === 1440
      ? failure(`${hoursHelp}; the hours begin before they end`)
      : success({ days, from, to });
};

/** Tells whether a group may be mentioned at a moment (ms since the epoch). */
export const isOnCall = ({ hours, zone }: Pick<OnCallConfig, 'hours' | 'zone'>, ms: number): boolean => {
  if (hours.length === 0) return true;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  const day = dayAt(part('weekday').toLowerCase());
  const minute = Number(part('hour')) * 60 + Number(part('minute'));
  return hours.some(({ days, from, to }) =>
    from < to
      ? days.includes(day) && minute >= from && minute < to
      : (days.includes(day) && minute >= from) || (days.includes((day + 6) % 7) && minute < to),
  );
};
