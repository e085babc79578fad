import type { createColors } from 'picocolors';
import type { Finding, Remediation } from '../report/report';
import { showable, visible } from './escape';
import { displayWidth, wrap } from './width';
import { few, inJson, mutedWords } from './words';

/** The part of the terminal's text that is about one finding, and what all parts share. */

export type Colours = ReturnType<typeof createColors>;

/** How to write, and what was written so far. */
export interface Style {
  readonly c: Colours;
  /** Columns that prose is wrapped to. */
  readonly width: number;
  readonly verbose: boolean;
  /** Characters that are left for findings. */
  left: number;
  /** The check at which a reason for not seeing something was first told. */
  readonly reasons: Map<string, string>;
  /** Text from the report, made visible, and clipped unless verbose. */
  readonly show: (text: string, max: number) => string;
}

export const asIs = (text: string): string => text;

/** Wrapped text beside a label: further lines are indented to it. Inks colour what was measured without them. */
export const labelled = (
  label: string,
  text: string,
  width: number,
  ink = asIs,
  labelInk = asIs,
): string[] => {
  const columns = displayWidth(label);
  return wrap(text, Math.max(20, width - columns)).map(
    (line, index) => `${index === 0 ? labelInk(label) : ' '.repeat(columns)}${ink(line)}`,
  );
};

export const indent = '      ';

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

/** The sentence of a finding, with the subject in front where the sentence does not name it. */
const subjectAnd = ({ subject, message }: Finding, { show }: Style): string =>
  subject.name.split(' → ').every((part) => message.includes(part))
    ? show(message, 600)
    : `${show(subject.kind, 40)} ${show(subject.name, 200)}: ${show(message, 600)}`;

const evidenceLines = ({ evidence }: Finding, { c, show, width }: Style): string[] =>
  evidence.flatMap(({ endpoint, path, value }, index) => {
    const place = path === '' ? '' : `${show(path, 200)} = `;
    const label = `${indent}${index === 0 ? 'seen' : '    '}  `;
    return labelled(label, `${show(endpoint, 200)}  ${place}${show(inJson(value), 400)}`, width, c.dim);
  });

/** Commands need nothing but a shell, so they are what is shown; the same for other tools is only named. */
const snippetLines = ({ remediation }: Finding, style: Style): string[] => {
  const commands = remediation.filter(({ language }) => language === 'shell');
  const shown = style.verbose ? remediation : commands.length > 0 ? commands : remediation.slice(0, 1);
  const others = remediation.filter((item) => !shown.includes(item));
  const names = few(others, 3, ({ title, language }) => `${style.show(title, 120)} (${language})`);
  return [
    ...shown.flatMap((item) => snippet(item, style)),
    ...(others.length === 0
      ? []
      : labelled(`${indent}also  `, `${names}: --verbose shows them`, style.width)),
  ];
};

/** What is, how it is known, what to paste, and where it is written. */
export const findingLines = (finding: Finding, style: Style): string[] => [
  ...labelled(indent, subjectAnd(finding, style), style.width),
  ...(finding.muted === undefined
    ? []
    : labelled(indent, style.show(mutedWords(finding.muted), 600), style.width, style.c.dim)),
  ...evidenceLines(finding, style),
  ...snippetLines(finding, style),
  // Not wrapped: a broken link is no link.
  ...(finding.docs === '' ? [] : [`${indent}docs  ${style.c.dim(style.show(finding.docs, 300))}`]),
];
