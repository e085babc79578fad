import { createColors } from 'picocolors';
import type { Report, Verdict } from '../report/report';
import { clip, showInvisible } from './escape';
import { jsonReport, safeJson } from './json';
import { displayWidth } from './width';
import { count, duration, verdictShort } from './words';

/** The run of one cluster of several: its report, or why there is none. */
export interface FleetRow {
  readonly cluster: string;
  /** Absent where the cluster could not be read at all, because of its configuration or because it is down. */
  readonly report?: Report | undefined;
  /** One sentence; empty where the cluster was read. */
  readonly problem: string;
  /** Time that the run took, in ms. */
  readonly tookMs: number;
}

/** Worst first; a cluster that could not be read comes before one that is ready, because its state is not known. */
const order: Readonly<Record<Verdict, number>> = { 'not-ready': 0, unknown: 1, warnings: 2, ready: 3 };

const verdictOfRow = ({ report, problem }: FleetRow): Verdict =>
  report === undefined || problem !== '' ? 'unknown' : report.verdict;

/** Sorts the worst cluster first, those of one verdict by their errors and warnings, then by name. */
const worstFirst = (rows: readonly FleetRow[]): readonly FleetRow[] =>
  rows.toSorted(
    (a, b) =>
      order[verdictOfRow(a)] - order[verdictOfRow(b)] ||
      (b.report?.summary.errors ?? 0) - (a.report?.summary.errors ?? 0) ||
      (b.report?.summary.warnings ?? 0) - (a.report?.summary.warnings ?? 0) ||
      (a.cluster < b.cluster ? -1 : 1),
  );

/** The worst verdict of all clusters. */
const fleetVerdict = (rows: readonly FleetRow[]): Verdict => {
  const [worst] = worstFirst(rows);
  return worst === undefined ? 'unknown' : verdictOfRow(worst);
};

const marks: Readonly<Record<Verdict, string>> = {
  'not-ready': '✗',
  unknown: '?',
  warnings: '!',
  ready: '✓',
};

const findingsOf = ({ report, problem }: FleetRow): string => {
  if (problem !== '' || report === undefined) return problem;
  const { errors, warnings, unknown } = report.summary;
  return [
    errors > 0 ? count(errors, 'error') : '',
    warnings > 0 ? count(warnings, 'warning') : '',
    unknown > 0 ? `${unknown} unknown` : '',
  ]
    .filter(Boolean)
    .join(', ');
};

/** Titles of the worst checks, so that the table says what is wrong and not only how much. */
const worstTitles = ({ report, problem }: FleetRow): string => {
  if (problem !== '' || report === undefined) return '';
  const failed = report.results.filter(({ status, severity }) => status === 'fail' && severity === 'error');
  const shown = failed.length > 0 ? failed : report.results.filter(({ status }) => status === 'fail');
  return shown
    .slice(0, 3)
    .map(({ id }) => id)
    .join(', ');
};

export interface FleetTextOptions {
  readonly colour: boolean;
  /** True to leave out the clusters that are ready. */
  readonly short: boolean;
}

/** Renders the table of several clusters, worst first, with a last line of totals. */
export const renderFleet = (rows: readonly FleetRow[], { colour, short }: FleetTextOptions): string => {
  const c = createColors(colour);
  const ink = { ready: c.green, warnings: c.yellow, 'not-ready': c.red, unknown: c.magenta };
  const sorted = worstFirst(rows);
  const shown = short ? sorted.filter((row) => verdictOfRow(row) !== 'ready') : sorted;
  const pad = (text: string, width: number): string =>
    `${text}${' '.repeat(Math.max(0, width - displayWidth(text)))}`;
  const cells = shown.map((row) => {
    const verdict = verdictOfRow(row);
    const worst = worstTitles(row);
    const findings = findingsOf(row);
    return {
      verdict,
      name: clip(showInvisible(row.cluster), 64),
      word: verdictShort[verdict],
      took: duration(row.tookMs),
      rest: showInvisible(worst === '' ? findings : `${findings}: ${worst}`),
    };
  });
  const width = (of: (cell: (typeof cells)[number]) => string): number =>
    Math.max(0, ...cells.map((cell) => displayWidth(of(cell))));
  const [name, word, took] = [width((x) => x.name), width((x) => x.word), width((x) => x.took)];
  const lines = cells.map((cell) =>
    `${ink[cell.verdict](marks[cell.verdict])} ${pad(cell.name, name)}  ${ink[cell.verdict](pad(cell.word, word))}  ${pad(cell.took, took)}  ${clip(cell.rest, 200)}`.trimEnd(),
  );
  const totals = (['not-ready', 'unknown', 'warnings', 'ready'] as const).flatMap((verdict) => {
    const found = rows.filter((row) => verdictOfRow(row) === verdict).length;
    const word = verdict === 'warnings' ? 'ready with warnings' : verdictShort[verdict];
    return found === 0 ? [] : [`${found} ${word}`];
  });
  return `${[...lines, ...(lines.length > 0 ? [''] : []), `${count(rows.length, 'cluster')}: ${totals.join(', ')}`].join('\n')}\n`;
};

/** The reports of several clusters, worst first. */
export interface FleetReport {
  readonly schemaVersion: 1;
  /** The worst verdict of all clusters. */
  readonly verdict: Verdict;
  readonly clusters: readonly {
    readonly cluster: string;
    readonly verdict: Verdict;
    /** Reason why the cluster could not be read; empty if it was. */
    readonly problem: string;
    readonly tookMs: number;
    readonly report: Report | null;
  }[];
}

/** Renders all reports as one JSON document. */
export const renderFleetJson = (rows: readonly FleetRow[]): string =>
  safeJson({
    schemaVersion: 1,
    verdict: fleetVerdict(rows),
    clusters: worstFirst(rows).map((row) => ({
      cluster: row.cluster,
      verdict: verdictOfRow(row),
      problem: row.problem,
      tookMs: Math.round(row.tookMs),
      report: row.report === undefined ? null : jsonReport(row.report),
    })),
  } satisfies FleetReport);
