import type { Finding, Report } from '../../report/report';
import { clip, code, prose, sentence, showInvisible } from '../escape';
import { findingCount, kindsOf, notVisibleOf, type Kind, type NotVisible } from '../findings';
import { count, few, severityIcon, statusIcon } from '../words';

/** One line of the answer: a finding, many findings of one check, or data that was not visible. */
export interface AnswerLine {
  readonly text: string;
  /** Number of findings that it stands for. */
  readonly findings: number;
}

/** Maximum lines that can be read at a glance; with more, findings of one check share a line. */
const maxLines = 25;

/** Maximum findings of one check that get a line each; the largest that gives few enough lines is used. */
const groupings = [5, 3, 1] as const;

/**
 * Formats the message of a finding, with the subject in bold if the message starts with it. If the message does not
 * name its subject, the subject is put in front.
 */
export const headline = ({ subject, message }: Pick<Finding, 'subject' | 'message'>, max: number): string => {
  const { kind, name } = subject;
  // A name can be longer than the sentence around it.
  const short = name.length > 60 ? clip(showInvisible(name), 60) : name;
  const text = name === short ? message : message.replaceAll(name, () => short);
  const start = [`${kind} "${short}"`, `"${short}"`, `${kind}/${short}`, `${kind} ${short}`, short].find(
    (head) => text.startsWith(head) && !/^[\p{L}\p{N}_-]/u.test(text.slice(head.length)),
  );
  if (name.trim() === '') return sentence(text, max);
  if (start !== undefined && name === name.trim()) {
    return `*${sentence(start, 150)}*${sentence(text.slice(start.length), max)}`;
  }
  // The name of an upstream has two parts, which a sentence may name separately.
  return short.split(' → ').every((part) => text.includes(part))
    ? sentence(text, max)
    : `*${prose(kind, 40)}* ${code(short, 60)}: ${sentence(text, max)}`;
};

/** Names the checks that fail because of a finding: `also fails exported-services-defined`. */
const alsoFails = (kind: Kind, finding: Finding): string => {
  const checks = new Set(kind.effects.get(finding)?.map(({ check }) => check));
  checks.delete(kind.result.id);
  return checks.size === 0 ? '' : ` · also fails ${few([...checks], 3, (check) => code(check, 60))}`;
};

const findingLine = (kind: Kind, finding: Finding): AnswerLine => ({
  text: `${severityIcon[kind.severity]} ${headline(finding, 300)} · ${code(kind.result.id, 60)}${alsoFails(kind, finding)}`,
  findings: 1,
});

const groupLine = ({ result, severity, findings }: Kind): AnswerLine => {
  const names = few(
    findings.map((finding) => finding.subject.name),
    3,
    (name) => code(name, 40),
  );
  return {
    text: `${severityIcon[severity]} *${count(findings.length, 'finding')}:* ${names} · expected: ${prose(result.title, 150)} · ${code(result.id, 60)}`,
    findings: findings.length,
  };
};

const notVisibleLine = ({ reason, results }: NotVisible): AnswerLine => {
  const ids = few(
    results.map((result) => result.id),
    3,
    (id) => code(id, 60),
  );
  return { text: `${statusIcon.unknown} *not visible:* ${sentence(reason, 300)} · ${ids}`, findings: 0 };
};

/**
 * Returns the lines of the answer in at most `room` characters: errors, then warnings, then data that was not visible.
 * A last line counts what does not fit, so that the findings of all lines add up to all errors and warnings.
 */
export const answerLines = (report: Report, room: number): readonly AnswerLine[] => {
  const kinds = kindsOf(report).filter((kind) => kind.severity !== 'info');
  const notVisible = notVisibleOf(report).map(notVisibleLine);
  const length = (lines: readonly AnswerLine[]): number =>
    lines.reduce((sum, line) => sum + line.text.length + 1, 0);
  const lines = (perCheck: number): readonly AnswerLine[] => [
    ...kinds.flatMap((kind) =>
      kind.findings.length > perCheck
        ? [groupLine(kind)]
        : kind.findings.map((finding) => findingLine(kind, finding)),
    ),
    ...notVisible,
  ];
  // Counted before rendering, so that ten thousand findings are not rendered unnecessarily.
  const lineCount = (perCheck: number): number =>
    kinds.reduce(
      (sum, kind) => sum + (kind.findings.length > perCheck ? 1 : kind.findings.length),
      notVisible.length,
    );
  for (const perCheck of groupings.filter((max) => lineCount(max) <= maxLines)) {
    const all = lines(perCheck);
    if (length(all) <= room) return all;
  }
  const shown: AnswerLine[] = [];
  const all = lines(1);
  let left = room - 100;
  for (const line of all) {
    if (line.text.length + 1 > left) break;
    left -= line.text.length + 1;
    shown.push(line);
  }
  if (shown.length === all.length) return all;
  const rest = findingCount(kinds) - shown.reduce((sum, line) => sum + line.findings, 0);
  const text = `… and ${count(all.length - shown.length, 'more line')} with ${count(rest, 'finding')}`;
  return [...shown, { text, findings: rest }];
};
