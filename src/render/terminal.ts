import { createColors } from 'picocolors';
import { bySeverity, isMuted, type Report, type Result } from '../report/report';
import { clip, visible } from './escape';
import { groupsOf } from './findings';
import { asIs, type Colours, findingLines, indent, labelled, type Style } from './terminal-finding';
import { displayWidth, wrap } from './width';
import { count, duration, few, tally, verdictShort } from './words';

export interface TerminalOptions {
  /** Without colour there is not one escape sequence in the output. */
  readonly colour: boolean;
  /** Columns that prose is wrapped to. Snippets are not wrapped, so that they can be pasted. */
  readonly width: number;
  /** Every finding, every snippet and every name at full length. */
  readonly verbose?: boolean;
  /** About how many characters findings may take in all; those beyond are counted. Without a bound unless given. */
  readonly room?: number;
}

const maxFindings = 10;

/** Characters. A shorter reason is read sooner than one that has to be looked for. */
const longReason = 100;

const paint = (
  c: Colours,
  result: Result,
): { readonly mark: string; readonly ink: (text: string) => string } => {
  if (result.status === 'pass') return { mark: '✓', ink: c.green };
  if (result.status === 'skip') return { mark: '–', ink: c.dim };
  if (result.status === 'unknown') return { mark: '?', ink: c.magenta };
  if (isMuted(result)) return { mark: '~', ink: c.dim };
  if (result.severity === 'error') return { mark: '✗', ink: c.red };
  return result.severity === 'warning' ? { mark: '!', ink: c.yellow } : { mark: 'i', ink: c.cyan };
};

/** A long reason that several checks share is told once. */
const whySkipped = ({ id, reason }: Result, style: Style): string => {
  if (style.reasons.has(reason)) return 'for the same reason';
  if (reason.length > longReason) style.reasons.set(reason, id);
  return style.show(reason, 400);
};

const titleLines = (result: Result, style: Style): string[] => {
  const { mark, ink } = paint(style.c, result);
  const title = style.show(result.title, 200);
  if (result.status === 'pass') return labelled(`  ${mark} `, title, style.width, asIs, ink);
  if (result.status === 'skip')
    return labelled(`  ${mark} `, `${title}: ${whySkipped(result, style)}`, style.width, ink, ink);
  const id = style.show(result.id, 60);
  const room = style.width - displayWidth(id) - 6;
  // Ids are short; one that leaves no room beside it goes below.
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

/** Why it was not seen. What hides one thing often hides many: it is said once, and referred to from then on. */
const unseenLines = ({ id, status, reason }: Result, style: Style): string[] => {
  if (reason === '' || status === 'skip') return [];
  const first = style.reasons.get(reason);
  if (first === undefined) style.reasons.set(reason, id);
  const why = first === undefined ? `: ${style.show(reason, 600)}` : `, as for ${style.show(first, 60)}`;
  return labelled(indent, `could not see${why}`, style.width);
};

const resultLines = (result: Result, style: Style): string[] => {
  const lines = titleLines(result, style);
  lines.push(...unseenLines(result, style));
  const worstFirst = [...result.findings].sort(
    (a, b) =>
      Number(a.muted !== undefined) - Number(b.muted !== undefined) || bySeverity(a.severity, b.severity),
  );
  let shown = 0;
  for (const finding of style.verbose ? worstFirst : worstFirst.slice(0, maxFindings)) {
    if (style.left <= 0) break;
    for (const line of findingLines(finding, style)) {
      style.left -= line.length + 1;
      lines.push(line);
    }
    shown += 1;
  }
  const left = result.findings.length - shown;
  if (left > 0) {
    const where = style.verbose ? 'peering-bot check with --format json has them' : '--verbose shows them';
    lines.push(...labelled(indent, `… and ${count(left, 'more finding')}: ${where}`, style.width));
  }
  return lines;
};

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
    peers.length === 0 ? 'no peering seen' : `peers: ${listed}`,
    peer === null ? '' : `only towards ${show(peer, 60)}`,
  ].filter((part) => part !== '');
  const [first = '', ...more] = wrap([show(cluster.name, 60), ...rest].join('  '), style.width);
  const name = show(cluster.name, 60);
  return [first.startsWith(name) ? `${c.bold(name)}${first.slice(name.length)}` : first, ...more];
};

/** The report for a terminal, or without colour for a file. Nothing in it can move the cursor or hide text. */
export const renderTerminal = (report: Report, options: TerminalOptions): string => {
  const c = createColors(options.colour);
  const { width, verbose = false, room = Infinity } = options;
  const show = (text: string, max: number): string => (verbose ? visible(text) : clip(visible(text), max));
  const style: Style = { c, width, verbose, show, left: room, reasons: new Map() };
  const words = tally(report.summary).map((part) => part.words);
  const last = `${verdictShort[report.verdict]}: ${words.join(', ') || 'nothing was checked'} (${duration(report.durationMs)})`;
  const ink = { ready: c.green, warnings: c.yellow, 'not-ready': c.red, unknown: c.magenta }[report.verdict];
  return `${[
    ...headLines(report, style),
    ...[...groupsOf(report)].flatMap(([group, results]) => [
      '',
      c.bold(show(group, 60)),
      ...results.flatMap((result) => resultLines(result, style)),
    ]),
    '',
    ...report.notes.flatMap((note) => labelled('note  ', show(note, 600), style.width)),
    ...wrap(last, style.width).map(ink),
  ].join('\n')}\n`;
};
