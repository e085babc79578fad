import { createColors } from 'picocolors';
import { brokenHop, type Reachable, type Trace, type TraceHop } from '../report/trace';
import { clip, showInvisible } from './escape';
import { evidenceLines, findingLines, labelled, type Style } from './terminal-finding';
import { farLabel, hopGroups, hopLabel, isBehind, traceConclusion, traceSize } from './trace-words';
import { displayWidth, wrap } from './width';
import { duration } from './words';

/** Renders a trace for a terminal: a ladder of hops that stops at the first broken one. */

export interface TraceTextOptions {
  /** Without colour there is not one escape sequence in the output. */
  readonly colour: boolean;
  /** Columns that prose is wrapped to. Snippets are not wrapped. */
  readonly width: number;
}

const columns = 15;

const otherWords: Readonly<Record<Reachable, string>> = {
  yes: 'reachable',
  no: 'broken',
  unknown: 'not known',
};

const headLines = (trace: Trace, { c, show, width }: Style): readonly string[] => {
  const { consumer, destination, durationMs } = trace;
  const far = farLabel(trace);
  const names = [
    `${show(consumer.cluster, 64)}  ${show(consumer.service, 60)}`,
    '→',
    `${far === '' ? '' : `${show(far, 60)}  `}${show(destination.service, 60)}`,
  ].join('  ');
  const size = `${traceSize(trace)}, ${duration(durationMs)}`;
  const space = width - displayWidth(names) - displayWidth(size);
  return space >= 2
    ? [`${c.bold(names)}${' '.repeat(space)}${c.dim(size)}`]
    : [...wrap(names, width).map(c.bold), c.dim(size)];
};

const hopLines = (trace: Trace, hop: TraceHop, style: Style): string[] => {
  const { c, show, width } = style;
  const label = `${hopLabel(hop).padEnd(columns - 1)} `;
  if (isBehind(trace, hop)) return [c.dim(`  · ${label}not reached`)];
  const mark = { ok: c.green('✓'), broken: c.red('✗'), unknown: c.magenta('?') }[hop.status];
  const [first = '', ...more] = labelled(`    ${label}`, show(hop.detail, 600), width);
  const ink = hop.status === 'broken' ? c.red : (text: string): string => text;
  return [
    `  ${mark} ${ink(first.slice(4))}`,
    ...more.map(ink),
    ...(hop.caution === '' ? [] : labelled('    ! ', show(hop.caution, 400), width, c.yellow, c.yellow)),
    ...(hop === brokenHop(trace) ? causeLines(hop, style) : []),
  ];
};

const causeLines = ({ finding, evidence }: TraceHop, style: Style): string[] =>
  finding ? findingLines(finding, style) : evidenceLines({ evidence }, style);

/** Renders a trace as text. Hidden characters of names are shown as symbols. */
export const renderTraceText = (trace: Trace, { colour, width }: TraceTextOptions): string => {
  const c = createColors(colour);
  const show = (text: string, max: number): string => clip(showInvisible(text), max);
  const style: Style = {
    c,
    width,
    verbose: false,
    show,
    left: Infinity,
    reasons: new Map(),
    causes: new Map(),
  };
  const ink = { yes: c.green, no: c.red, unknown: c.magenta }[trace.reachable];
  return `${[
    ...headLines(trace, style),
    ...hopGroups(trace).flatMap(({ cluster, hops }) => [
      '',
      ...wrap(show(cluster, 64), width).map(c.bold),
      ...hops.flatMap((hop) => hopLines(trace, hop, style)),
    ]),
    '',
    ...trace.others.flatMap(({ path, reachable }) =>
      labelled('also  ', `${show(path, 200)}: ${otherWords[reachable]}`, width),
    ),
    ...wrap(show(traceConclusion(trace), 200), width).map(ink),
  ].join('\n')}\n`;
};
