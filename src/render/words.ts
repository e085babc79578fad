import { countCauses } from '../report/causes';
import type {
  Json,
  Muted,
  Report,
  Severity,
  SeverityOverride,
  Status,
  Summary,
  Verdict,
} from '../report/report';

/** Words, icons and number formats that all renderers share. */

/** `10000` → `10,000`. */
export const grouped = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** `1 error`, `2 errors`, `10,000 errors`. */
export const count = (value: number, one: string, many = `${one}s`): string =>
  `${grouped(value)} ${value === 1 ? one : many}`;

/** Formats a duration in ms: `40 ms`, `0.4 s`, `42 s`, `2 min 5 s`. */
export const duration = (ms: number): string => {
  if (ms < 100) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${grouped(Math.floor(seconds / 60))} min ${seconds % 60} s`;
};

/** Formats a value as JSON on one line, with a space after each comma and colon, so that it can be read and wrapped. */
export const inJson = (value: Json): string =>
  // Line breaks in strings are escaped, so all others are between parts.
  JSON.stringify(value, null, 1)
    .replace(/([[{])\n */g, '$1')
    .replace(/\n *([\]}])/g, '$1')
    .replace(/\n */g, ' ');

/** Lists the first few items and counts the rest: `a, b` or `a, b, c and 54 more`. */
export const few = <T>(items: readonly T[], max: number, show: (item: T) => string): string => {
  const shown = items.slice(0, max).map(show).join(', ');
  return items.length > max ? `${shown} and ${grouped(items.length - max)} more` : shown;
};

export const severityIcon: Record<Severity, string> = { error: '❌', warning: '⚠️', info: 'ℹ️' };

export const mutedIcon = '🔕';

export const statusIcon: Record<Exclude<Status, 'fail'>, string> = { pass: '✅', skip: '➖', unknown: '❔' };

export const verdictIcon: Record<Verdict, string> = {
  ready: '🟢',
  warnings: '🟡',
  'not-ready': '🔴',
  unknown: '⚪',
};

/**
 * The verdict of a cluster, with one of its peers or with all (null): `prod-west is ready for peering with east`. The
 * names must already be escaped.
 */
export const verdictPhrase = (verdict: Verdict, cluster: string, peer: string | null): string => {
  if (verdict === 'unknown')
    return `${cluster} status unknown${peer === null ? '' : ` for peering with ${peer}`}`;
  const ready = verdict === 'not-ready' ? 'is not ready' : 'is ready';
  return `${cluster} ${ready} for peering${peer === null ? '' : ` with ${peer}`}`;
};

/** The verdict in one or two words, for the last line at a terminal. */
export const verdictShort: Record<Verdict, string> = {
  ready: 'ready',
  warnings: 'ready',
  'not-ready': 'not ready',
  unknown: 'status unknown',
};

/** `27 checks could not be evaluated`. */
export const unknownWords = (checks: number): string => `${count(checks, 'check')} could not be evaluated`;

/** The summary as people read it: a mistake that fails several checks counts once, where its cause is. */
export const causeSummary = (report: Report): Summary => ({
  ...report.summary,
  errors: countCauses(report, 'error'),
  warnings: countCauses(report, 'warning'),
});

/** Counts of what decides a verdict: `2 errors, 1 warning`. */
const grounds = (report: Report): string => {
  const { verdict, summary } = report;
  const { errors, warnings } = causeSummary(report);
  return [
    errors > 0 ? count(errors, 'error') : '',
    warnings > 0 ? count(warnings, 'warning') : '',
    verdict === 'unknown' ? unknownWords(summary.unknown) : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
};

/**
 * The verdict with its reasons: `prod-west is not ready for peering with east: 2 errors, 1 warning`. The names must
 * already be escaped.
 */
export const verdictSentence = (report: Report, cluster: string, peer: string | null): string => {
  const because = grounds(report);
  return `${verdictPhrase(report.verdict, cluster, peer)}${because === '' ? '' : `: ${because}`}`;
};

/** The mute of a finding as plain text; nothing is escaped. */
export const mutedWords = ({ by, until, reason, configuredAt }: Muted): string =>
  `muted by ${by} until ${minuteOf(until)}${configuredAt === undefined ? '' : ` (${configuredAt})`}: ${reason}`;

/** Says which severity the clusters file replaced, who did that, until when and why. */
export const overrideWords = ({ was, by, until, reason, configuredAt }: SeverityOverride): string =>
  `severity changed from ${was} by ${by}${until === null ? '' : ` until ${minuteOf(until)}`} (${configuredAt}): ${reason}`;

/** `2026-11-27 13:20 UTC`. */
export const minuteOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** The counts that are not zero, in reading order. */
export const tally = (summary: Summary): readonly { readonly icon: string; readonly words: string }[] =>
  [
    { n: summary.errors, icon: severityIcon.error, words: count(summary.errors, 'error') },
    { n: summary.warnings, icon: severityIcon.warning, words: count(summary.warnings, 'warning') },
    { n: summary.unknown, icon: statusIcon.unknown, words: `${grouped(summary.unknown)} unknown` },
    { n: summary.passed, icon: statusIcon.pass, words: `${grouped(summary.passed)} passed` },
    {
      n: summary.skipped,
      icon: statusIcon.skip,
      words: `${grouped(summary.skipped)} ${summary.skipped === 1 ? 'does' : 'do'} not apply`,
    },
    { n: summary.muted, icon: mutedIcon, words: `${grouped(summary.muted)} muted` },
  ].filter(({ n }) => n > 0);
