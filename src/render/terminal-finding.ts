import type { createColors } from 'picocolors';
import type { Cause } from '../report/causes';
import type { Finding, Remediation } from '../report/report';
import { showable, showInvisible } from './escape';
import { stateChangeWords } from './state-change-words';
import { displayWidth, wrap } from './width';
import { count, few, inJson, minuteOf, mutedWords, overrideWords } from './words';

/** Renders one finding for a terminal, with helpers that the rest of the report uses too. */

export type Colours = ReturnType<typeof createColors>;

export interface Style {
  readonly c: Colours;
  /** Columns that prose is wrapped to. */
  readonly width: number;
  readonly verbose: boolean;
  /** Characters left for findings. */
  left: number;
  /** The check at which each reason was first written, so that later checks refer to it. */
  readonly reasons: Map<string, string>;
  /** The cause of each finding that follows from another. */
  readonly causes: ReadonlyMap<Finding, Cause>;
  /** Makes hidden characters of the report visible, and clips the text unless verbose. */
  readonly show: (text: string, max: number) => string;
}

export const asIs = (text: string): string => text;

/** Wraps text beside a label. Colours are applied after wrapping, so that they do not count as width. */
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

/** Writes a name with a text: on one line if both fit there, else each on lines of its own. */
export const headed = (name: string, text: string, width: number, nameInk = asIs, ink = asIs): string[] =>
  displayWidth(name) + 2 + displayWidth(text) <= width
    ? [`${nameInk(name)}  ${ink(text)}`]
    : [...wrap(name, width).map(nameInk), ...wrap(text, width).map(ink)];

export const indent = '      ';

/** Writes a snippet unchanged and at the left margin: an indented heredoc would not end at its marker. */
const snippet = ({ title, language, code }: Remediation, style: Style): string[] => {
  const exact = showable(code);
  const name = `${style.show(title, 200)} (${language}${exact ? '' : ', do not paste as is: hidden characters are shown as symbols'})`;
  const lines = code.replace(/\n+$/, '').split('\n');
  return [
    ...labelled(`${indent}fix       `, name, style.width),
    '',
    ...lines.map((line) => (exact ? line : line.split('\t').map(showInvisible).join('\t'))),
    '',
  ];
};

/** Returns the message of a finding, with its subject in front if the message does not name it. */
const subjectAnd = ({ subject, message }: Finding, { show }: Style): string =>
  subject.name.split(' → ').every((part) => message.includes(part))
    ? show(message, 600)
    : `${show(subject.kind, 40)} ${show(subject.name, 200)}: ${show(message, 600)}`;

export const evidenceLines = ({ evidence }: Pick<Finding, 'evidence'>, { c, show, width }: Style): string[] =>
  evidence.flatMap(({ endpoint, path, value }, index) => {
    const at = path === '' ? '' : `${show(path, 200)} = `;
    const label = `${indent}${index === 0 ? 'evidence' : '        '}  `;
    return labelled(label, `${show(endpoint, 200)}  ${at}${show(inJson(value), 400)}`, width, c.dim);
  });

/** Says what changed since the last run without the finding. */
const changedLines = ({ changed }: Pick<Finding, 'changed'>, { show, width }: Style): string[] => {
  if (changed === undefined) return [];
  const { since, changes, more } = changed;
  const when = `since ${show(minuteOf(since), 40)}`;
  if (changes.length === 0) return labelled(`${indent}new       `, when, width);
  return [
    ...changes.flatMap((change, index) =>
      labelled(
        `${indent}${index === 0 ? 'changed ' : '        '}  `,
        `${index === 0 ? `${when}: ` : ''}${show(stateChangeWords(change), 400)}`,
        width,
      ),
    ),
    ...(more > 0 ? [`${indent}          … and ${count(more, 'more change')}`] : []),
  ];
};

/** Shows commands, which need nothing but a shell; snippets for other tools are only named unless verbose. */
const snippetLines = ({ remediation }: Finding, style: Style): string[] => {
  const commands = remediation.filter(({ language }) => language === 'shell');
  const shown = style.verbose ? remediation : commands.length > 0 ? commands : remediation.slice(0, 1);
  const others = remediation.filter((item) => !shown.includes(item));
  const names = few(others, 3, ({ title, language }) => `${style.show(title, 120)} (${language})`);
  return [
    ...shown.flatMap((item) => snippet(item, style)),
    ...(others.length === 0
      ? []
      : labelled(
          `${indent}also      `,
          `${names}: run with --verbose to see ${others.length === 1 ? 'it' : 'them'}`,
          style.width,
        )),
  ];
};

/** Writes the message, evidence, fixes and documentation of a finding; without fixes if it follows from another. */
export const findingLines = (finding: Finding, style: Style): string[] => {
  const cause = style.causes.get(finding);
  return cause === undefined ? ownLines(finding, style) : followingLines(finding, cause, style);
};

/** Writes a finding that follows from another one, which has the fix. */
const followingLines = (finding: Finding, { check, finding: cause }: Cause, style: Style): string[] => [
  ...labelled(indent, subjectAnd(finding, style), style.width),
  ...labelled(
    indent,
    `follows from ${style.show(check, 60)} (${style.show(cause.subject.name, 200)}): the fix there fixes this too`,
    style.width,
    style.c.dim,
  ),
  ...(style.verbose ? evidenceLines(finding, style) : []),
];

const ownLines = (finding: Finding, style: Style): string[] => [
  ...labelled(indent, subjectAnd(finding, style), style.width),
  ...(finding.muted === undefined
    ? []
    : labelled(indent, style.show(mutedWords(finding.muted), 600), style.width, style.c.dim)),
  ...(finding.override === undefined
    ? []
    : labelled(indent, style.show(overrideWords(finding.override), 600), style.width, style.c.dim)),
  ...evidenceLines(finding, style),
  ...changedLines(finding, style),
  ...snippetLines(finding, style),
  // Not wrapped, because a broken link cannot be opened.
  ...(finding.docs === '' ? [] : [`${indent}docs      ${style.c.dim(style.show(finding.docs, 300))}`]),
];
