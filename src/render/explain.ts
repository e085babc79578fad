import { createColors } from 'picocolors';
import type { Finding, Severity } from '../report/report';
import { asIs, findingLines, indent, labelled, type Style } from './terminal-finding';
import { wrap } from './width';

/** A check, described for a reader at a terminal. */
export interface Explanation {
  readonly id: string;
  readonly group: string;
  /** The passing fact, and the failing one. */
  readonly title: string;
  readonly failureTitle: string;
  readonly severity: Severity;
  readonly source: string;
  /** The Consul version that introduced the requirement. */
  readonly since: string;
  readonly docs: string;
  readonly rationale: string;
  /** Inputs with their endpoints; those that only help are marked. */
  readonly reads: readonly string[];
  /** A finding of the check on an example cluster. */
  readonly example: Finding | undefined;
}

/** Renders an explanation with an example finding and its fix. */
export const renderExplanation = (
  check: Explanation,
  { colour, width }: { readonly colour: boolean; readonly width: number },
): string => {
  const c = createColors(colour);
  const style: Style = {
    c,
    width,
    verbose: true,
    show: asIs,
    left: Infinity,
    reasons: new Map(),
    causes: new Map(),
  };
  const { id, group, title, failureTitle, severity, source, since, docs, rationale, reads, example } = check;
  return `${[
    `${c.bold(id)}  ${c.dim(group)}`,
    '',
    ...labelled('passes    ', title, width),
    ...labelled('fails     ', failureTitle, width),
    ...labelled('severity  ', severity, width),
    ...labelled('source    ', `${source}, since Consul ${since}`, width),
    `docs      ${docs}`,
    '',
    ...wrap(rationale, width),
    '',
    'Reads:',
    ...reads.flatMap((line) => labelled('  - ', line.replaceAll('`', ''), width)),
    ...(example === undefined
      ? []
      : ['', 'Example:', ...findingLines(example, style).map((line) => line.replace(indent, '  '))]),
  ].join('\n')}\n`;
};
