// Slack's date markup, in the time zone of the person who looks.

/** @param {number} seconds @param {string} tz @param {Intl.DateTimeFormatOptions} options */
const format = (seconds, tz, options) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: tz, ...options }).format(seconds * 1000);

/** @param {number} seconds @param {string} tz */
const dayOf = (seconds, tz) => format(seconds, tz, { year: 'numeric', month: '2-digit', day: '2-digit' });

/** `today`, `yesterday`, `tomorrow`, or undefined. @param {number} seconds @param {string} tz */
const nearDay = (seconds, tz) => {
  const now = Date.now() / 1000;
  const days = /** @type {const} */ ([
    ['Today', 0],
    ['Yesterday', -86_400],
    ['Tomorrow', 86_400],
  ]);
  return days.find(([, shift]) => dayOf(now + shift, tz) === dayOf(seconds, tz))?.[0];
};

/** @param {number} seconds */
const ago = (seconds) => {
  const passed = Date.now() / 1000 - seconds;
  const units = /** @type {const} */ ([
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ]);
  const [unit, size] = units.find(([, length]) => Math.abs(passed) >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en').format(-Math.round(passed / size), unit);
};

/** @type {Record<string, (seconds: number, tz: string) => string>} */
const tokens = {
  date_num: (s, tz) => new Intl.DateTimeFormat('en-CA', { timeZone: tz }).format(s * 1000),
  date_slash: (s, tz) => dayOf(s, tz),
  date_long: (s, tz) => format(s, tz, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  date_long_full: (s, tz) => format(s, tz, { day: 'numeric', month: 'long', year: 'numeric' }),
  date: (s, tz) => format(s, tz, { day: 'numeric', month: 'long' }),
  date_short: (s, tz) => format(s, tz, { day: 'numeric', month: 'short', year: 'numeric' }),
  time: (s, tz) => format(s, tz, { hour: '2-digit', minute: '2-digit' }),
  time_secs: (s, tz) => format(s, tz, { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  ago: (s) => ago(s),
};

/**
 * Fills a template such as `{date_short_pretty} at {time}`; the fallback where it cannot.
 * @param {string} template @param {number} seconds @param {string} fallback @param {string} tz
 */
export const slackDate = (template, seconds, fallback, tz) => {
  if (!Number.isFinite(seconds)) return fallback;
  try {
    return template.replace(/\{(\w+)\}/g, (whole, name) => {
      const near = name.endsWith('_pretty') ? nearDay(seconds, tz) : undefined;
      if (near) return near;
      const token = name === 'day_divider_pretty' ? 'date_long' : name.replace(/_pretty$/, '');
      return Object.hasOwn(tokens, token) ? (tokens[token]?.(seconds, tz) ?? whole) : whole;
    });
  } catch {
    return fallback;
  }
};

/** The hour of a message. @param {string} ts @param {string} tz */
export const clock = (ts, tz) => format(Number(ts), tz, { hour: '2-digit', minute: '2-digit' });

/** In full, for a tooltip. @param {string} ts @param {string} tz */
export const moment = (ts, tz) => format(Number(ts), tz, { dateStyle: 'full', timeStyle: 'medium' });
