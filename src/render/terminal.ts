import { createColors } from 'picocolors';
import { causesOf } from '../report/causes';
import { bySeverity, isMuted, type Report, type CheckResult } from '../report/report';
import type { ProbedAddress } from '../report/probed-address';
import { describeProbedAddress, summarizeProbes } from './probe-words';
import { clip, showInvisible } from './escape';
import { groupsOf } from './findings';
import { asIs, type Colours, findingLines, indent, labelled, type Style } from './terminal-finding';
import { displayWidth, wrap } from './width';
import { causeSummary, count, duration, few, tally, verdictShort } from './words';

export interface TerminalOptions {
  /** Without colour there is not one escape sequence in the output. */
  readonly colour: boolean;
  /** Columns that text is wrapped to. Snippets are not wrapped, so that they can be pasted. */
  readonly width: number;
  /** Every finding, every snippet and every name at full length. */
  readonly verbose?: boolean;
  /** Approximate maximum of characters for all findings; the rest is only counted. Unlimited by default. */
  readonly room?: number;
}

const maxFindings = 10;

/** Characters from which a reason is not repeated; a shorter one is easier to read again than to look up. */
const longReason = 100;

const paint = (
  c: Colours,
  result: CheckResult,
): { readonly mark: string; readonly ink: (text: string) => string } => {
  if (result.status === 'pass') return { mark: '✓', ink: c.green };
  if (result.status === 'skip') return { mark: '–', ink: c.dim };
  if (result.status === 'unknown') return { mark: '?', ink: c.magenta };
  if (isMuted(result)) return { mark: '~', ink: c.dim };
  if (result.severity === 'error') return { mark: '✗', ink: c.red };
  return result.severity === 'warning' ? { mark: '!', ink: c.yellow } : { mark: 'i', ink: c.cyan };
};

/** Writes a long reason that several checks share only once. */
const whySkipped = ({ id, reason }: CheckResult, style: Style): string => {
  const first = style.reasons.get(reason);
  if (first !== undefined) return `same reason as ${style.show(first, 60)}`;
  if (reason.length > longReason) style.reasons.set(reason, id);
  return style.show(reason, 400);
};

const titleLines = (result: CheckResult, style: Style): string[] => {
  const { mark, ink } = paint(style.c, result);
  const title = style.show(result.title, 200);
  if (result.status === 'pass') return labelled(`  ${mark} `, title, style.width, asIs, ink);
  if (result.status === 'skip')
    return labelled(`  ${mark} `, `${title}: ${whySkipped(result, style)}`, style.width, ink, ink);
  const id = style.show(result.id, 60);
  const room = style.width - displayWidth(id) - 6;
  // Ids are short; one that leaves no room for the title goes below it.
  if (room < 20) {
    return [
      ...labelled(`  ${mark} `, title, style.width, asIs, ink),
      ...labelled('    ', id, style.width, style.c.dim),
    ];
  }
  return wrap(title, room).map((line, index) => {
    if (index > 0) return `    ${line}`;
    const gap = style.width - 4 - displayWidth(line) - displayWidth(id);
    return `  ${ink(mark)} ${line}${' '.repeat(gap)}${style.c.dim(id)}`;
  });
};

/** Writes a reason once, since one missing permission often hides data from many checks; later checks refer to it. */
const notVisibleLines = ({ id, status, reason }: CheckResult, style: Style): string[] => {
  if (reason === '' || status === 'skip') return [];
  const first = style.reasons.get(reason);
  if (first === undefined) style.reasons.set(reason, id);
  const why = first === undefined ? style.show(reason, 600) : `same reason as ${style.show(first, 60)}`;
  return labelled(indent, `not visible: ${why}`, style.width);
};

function* resultLines(result: CheckResult, style: Style): Generator<string> {
  yield* titleLines(result, style);
  yield* notVisibleLines(result, style);
  const worstFirst = [...result.findings].sort(
    (a, b) =>
      Number(a.muted !== undefined) - Number(b.muted !== undefined) || bySeverity(a.severity, b.severity),
  );
  let shown = 0;
  for (const finding of style.verbose ? worstFirst : worstFirst.slice(0, maxFindings)) {
    if (style.left <= 0) break;
    for (const line of findingLines(finding, style)) {
      style.left -= line.length + 1;
      yield line;
    }
    shown += 1;
  }
  const left = result.findings.length - shown;
  if (left > 0) {
    const where = style.verbose
      ? 'run peering-bot check with --format json to see them'
      : 'run with --verbose to see them';
    yield* labelled(indent, `… and ${count(left, 'more finding')}: ${where}`, style.width);
  }
}

const headLines = ({ cluster, peer, peers }: Report, style: Style): string[] => {
  const { show, c } = style;
  const listed = few(
    peers,
    style.verbose ? peers.length : 12,
    (p) => `${show(p.name, 60)} (${show(p.state, 30)})`,
  );
  const rest = [
    cluster.consulVersion === '' ? '' : `Consul ${show(cluster.consulVersion, 60)}`,
    show(cluster.datacenter, 60),
    peers.length === 0 ? 'no peers visible' : `peers: ${listed}`,
    peer === null ? '' : `only peer ${show(peer, 60)}`,
  ].filter((part) => part !== '');
  const [first = '', ...more] = wrap([show(cluster.name, 64), ...rest].join('  '), style.width);
  const name = show(cluster.name, 64);
  return [first.startsWith(name) ? `${c.bold(name)}${first.slice(name.length)}` : first, ...more];
};

const probeLines = (probes: readonly ProbedAddress[], { verbose, show, width }: Style): readonly string[] => [
  ...labelled(
    'probes  ',
    `${summarizeProbes(probes)}${verbose ? '' : '; run with --verbose to see them'}`,
    width,
  ),
  ...(verbose
    ? probes.flatMap((probed) => labelled('probe   ', show(describeProbedAddress(probed), 600), width))
    : []),
];

/** Renders the report line by line, so that the caller can pause: a large report takes long. */
export function* terminalLines(report: Report, options: TerminalOptions): Generator<string> {
  const c = createColors(options.colour);
  const { width, verbose = false, room = Infinity } = options;
  const show = (text: string, max: number): string =>
    verbose ? showInvisible(text) : clip(showInvisible(text), max);
  const style: Style = { c, width, verbose, show, left: room, reasons: new Map(), causes: causesOf(report) };
  const words = tally(causeSummary(report)).map((part) => part.words);
  const last = `${verdictShort[report.verdict]}: ${words.join(', ') || 'no checks ran'} (${duration(report.durationMs)})`;
  const ink = { ready: c.green, warnings: c.yellow, 'not-ready': c.red, unknown: c.magenta }[report.verdict];
  yield* headLines(report, style);
  for (const [group, results] of groupsOf(report)) {
    yield '';
    yield c.bold(show(group, 60));
    for (const result of results) yield* resultLines(result, style);
  }
  yield '';
  if (report.probes && report.probes.length > 0) yield* probeLines(report.probes, style);
  for (const note of report.notes) yield* labelled('note  ', show(note, 600), style.width);
  yield* wrap(last, style.width).map(ink);
}

/** Renders the report for a terminal, or without colour for a file. Its text cannot move the cursor or hide text. */
export const renderTerminal = (report: Report, options: TerminalOptions): string =>
  `${[...terminalLines(report, options)].join('\n')}\n`;
