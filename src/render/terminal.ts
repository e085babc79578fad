import { createColors } from 'picocolors';
import { bySeverity, type Finding, type Remediation, type Report, type Result } from '../report/report';
import { clip, showable, visible } from './escape';
import { groupsOf } from './findings';
import { count, duration, few, tally, verdictShort } from './words';
import { displayWidth, wrap } from './width';

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

type Colours = ReturnType<typeof createColors>;

interface Style extends Required<Omit<TerminalOptions, 'room'>> {
  readonly c: Colours;
  /** Characters that are left for findings. */
  left: number;
  /** Text from the report, made visible, and clipped unless verbose. */
  readonly show: (text: string, most: number) => string;
}

const mostFindings = 10;

const paint = (
  c: Colours,
  result: Result,
): { readonly mark: string; readonly ink: (text: string) => string } => {
  if (result.status === 'pass') return { mark: '✓', ink: c.green };
  if (result.status === 'skip') return { mark: '–', ink: c.dim };
  if (result.status === 'unknown') return { mark: '?', ink: c.magenta };
  if (result.severity === 'error') return { mark: '✗', ink: c.red };
  return result.severity === 'warning' ? { mark: '!', ink: c.yellow } : { mark: 'i', ink: c.cyan };
};

const asIs = (text: string): string => text;

/** Wrapped text beside a label: further lines are indented to it. Inks colour what was measured without them. */
const labelled = (label: string, text: string, width: number, ink = asIs, labelInk = asIs): string[] => {
  const columns = displayWidth(label);
  return wrap(text, Math.max(20, width - columns)).map(
    (line, index) => `${index === 0 ? labelInk(label) : ' '.repeat(columns)}${ink(line)}`,
  );
};

const indent = '      ';

/** A snippet at the left margin, exactly as it is: indented, a heredoc would not end where it says. */
const snippet = ({ title, language, code }: Remediation, style: Style): string[] => {
  const exact = showable(code);
  const name = `${style.show(title, 200)} (${language}${exact ? '' : ', with hidden characters shown as marks: not for pasting as it stands'})`;
  const lines = code.replace(/\n+$/, '').split('\n');
  return [
    ...labelled(`${indent}mend  `, name, style.width),
    '',
    ...lines.map((line) => (exact ? line : line.split('\t').map(visible).join('\t'))),
    '',
  ];
};

const findingLines = (finding: Finding, style: Style): string[] => {
  const { c, show, verbose } = style;
  const [first, ...others] = finding.remediation;
  return [
    ...labelled(indent, subjectAnd(finding, show), style.width),
    ...finding.evidence.flatMap(({ endpoint, path, value }, index) =>
      labelled(
        `${indent}${index === 0 ? 'seen' : '    '}  `,
        `${show(endpoint, 200)}  ${path === '' ? '' : `${show(path, 200)} = `}${show(JSON.stringify(value), 300)}`,
        style.width,
        c.dim,
      ),
    ),
    ...(verbose ? finding.remediation : first === undefined ? [] : [first]).flatMap((item) =>
      snippet(item, style),
    ),
    ...(verbose || others.length === 0
      ? []
      : labelled(
          `${indent}also  `,
          `${few(others, 3, (item) => `${show(item.title, 80)} (${item.language})`)}: --verbose shows them`,
          style.width,
        )),
    ...(finding.docs === '' ? [] : [`${indent}docs  ${c.dim(show(finding.docs, 300))}`]),
  ];
};

/** The sentence of a finding, with the subject in front where the sentence does not name it. */
const subjectAnd = ({ subject, message }: Finding, show: Style['show']): string =>
  message.includes(subject.name)
    ? show(message, 600)
    : `${show(subject.kind, 40)} ${show(subject.name, 200)}: ${show(message, 600)}`;

const titleLines = (result: Result, style: Style): string[] => {
  const { mark, ink } = paint(style.c, result);
  const title = style.show(result.title, 200);
  if (result.status === 'pass') return labelled(`  ${mark} `, title, style.width, asIs, ink);
  if (result.status === 'skip')
    return labelled(`  ${mark} `, `${title}: ${style.show(result.reason, 400)}`, style.width, ink, ink);
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

const resultLines = (result: Result, style: Style): string[] => {
  const lines = titleLines(result, style);
  if (result.reason !== '' && result.status !== 'skip') {
    lines.push(...labelled(indent, `could not see: ${style.show(result.reason, 600)}`, style.width));
  }
  const worstFirst = [...result.findings].sort((a, b) => bySeverity(a.severity, b.severity));
  let shown = 0;
  for (const finding of style.verbose ? worstFirst : worstFirst.slice(0, mostFindings)) {
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
  const verbose = options.verbose ?? false;
  const show = (text: string, most: number): string => (verbose ? visible(text) : clip(visible(text), most));
  const style: Style = { ...options, verbose, c, show, left: options.room ?? Infinity };
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
