import type { Json, Muted, Report, Severity, Status, Summary, Verdict } from '../report/report';

/** Words and numbers that all renderers share. */

/** `10000` → `10,000`. */
export const grouped = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** `1 error`, `2 errors`, `10,000 errors`. */
export const count = (value: number, one: string, many = `${one}s`): string =>
  `${grouped(value)} ${value === 1 ? one : many}`;

/** A duration in ms as people say it: `40 ms`, `0.4 s`, `42 s`, `2 min 5 s`. */
export const duration = (ms: number): string => {
  if (ms < 100) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${grouped(Math.floor(seconds / 60))} min ${seconds % 60} s`;
};

/** A value as JSON on one line, with a space after each comma and colon, so that it is read and wrapped well. */
export const inJson = (value: Json): string =>
  // Line breaks are between parts only: those in strings are escapes.
  JSON.stringify(value, null, 1)
    .replace(/([[{])\n */g, '$1')
    .replace(/\n *([\]}])/g, '$1')
    .replace(/\n */g, ' ');

/** The first few, and how many more there are: `a, b` or `a, b, c and 54 more`. */
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

export const verdictWords: Record<Verdict, string> = {
  ready: 'is ready for peering',
  warnings: 'is ready for peering',
  'not-ready': 'is not ready for peering',
  unknown: 'cannot be judged for peering',
};

/** The verdict in a word, for the last line at a terminal. */
export const verdictShort: Record<Verdict, string> = {
  ready: 'ready',
  warnings: 'ready',
  'not-ready': 'not ready',
  unknown: 'cannot be judged',
};

/** What the verdict rests on: `2 errors, 1 warning`; for an unknown verdict also what was not seen. */
const grounds = ({ verdict, summary }: Report): string =>
  [
    summary.errors > 0 ? count(summary.errors, 'error') : '',
    summary.warnings > 0 ? count(summary.warnings, 'warning') : '',
    verdict === 'unknown' ? `${count(summary.unknown, 'check')} could not see enough` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

/**
 * The verdict as a sentence without its full stop. The names are taken as already escaped for where they go:
 * `prod-west is not ready for peering with east: 2 errors, 1 warning`.
 */
export const verdictSentence = (report: Report, cluster: string, peer: string | null): string => {
  const because = grounds(report);
  return `${cluster} ${verdictWords[report.verdict]}${peer === null ? '' : ` with ${peer}`}${because === '' ? '' : `: ${because}`}`;
};

/** Who muted it until when, and why; nothing is escaped. */
export const mutedWords = ({ by, until, reason }: Muted): string =>
  `muted by ${by} until ${until.slice(0, 16).replace('T', ' ')} UTC: ${reason}`;

/** The counts that are not zero, with their words, in the order they are read. */
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
