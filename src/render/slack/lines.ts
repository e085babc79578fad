import type { Finding, Report } from '../../report/report';
import { clip, code, prose, sentence, visible } from '../escape';
import { findingCount, kindsOf, notVisibleOf, type Kind, type NotVisible } from '../findings';
import { count, few, severityIcon, statusIcon } from '../words';

/** One line of the answer: a finding, many findings of one check, or something that could not be seen. */
export interface Line {
  readonly text: string;
  /** How many findings it stands for. */
  readonly findings: number;
}

/** Lines that are read at a glance; where there would be more, findings of one check share a line. */
const maxLines = 25;

/** From how many findings on a check is one line with a count, the widest that gives few enough lines. */
const groupings = [5, 3, 1] as const;

/**
 * The sentence of a finding with its subject in bold, where it starts with it, as it should. A sentence that
 * does not name its subject at all gets it in front.
 */
export const headline = ({ subject, message }: Pick<Finding, 'subject' | 'message'>, max: number): string => {
  const { kind, name } = subject;
  // A name may be longer than the sentence around it.
  const short = name.length > 60 ? clip(visible(name), 60) : name;
  const text = name === short ? message : message.replaceAll(name, () => short);
  const start = [`${kind} "${short}"`, `"${short}"`, `${kind}/${short}`, `${kind} ${short}`, short].find(
    (head) => text.startsWith(head) && !/^[\p{L}\p{N}_-]/u.test(text.slice(head.length)),
  );
  if (name.trim() === '') return sentence(text, max);
  if (start !== undefined && name === name.trim()) {
    return `*${sentence(start, 150)}*${sentence(text.slice(start.length), max)}`;
  }
  // The name of an upstream is made of two, and a sentence may name them apart.
  return short.split(' → ').every((part) => text.includes(part))
    ? sentence(text, max)
    : `*${prose(kind, 40)}* ${code(short, 60)}: ${sentence(text, max)}`;
};

const findingLine = (kind: Kind, finding: Finding): Line => ({
  text: `${severityIcon[kind.severity]} ${headline(finding, 300)} · ${code(kind.result.id, 60)}`,
  findings: 1,
});

const groupLine = ({ result, severity, findings }: Kind): Line => {
  const names = few(
    findings.map((finding) => finding.subject.name),
    3,
    (name) => code(name, 40),
  );
  return {
    text: `${severityIcon[severity]} *${count(findings.length, 'finding')}* against “${prose(result.title, 150)}”: ${names} · ${code(result.id, 60)}`,
    findings: findings.length,
  };
};

const unseenLine = ({ reason, results }: NotVisible): Line => {
  const ids = few(
    results.map((result) => result.id),
    3,
    (id) => code(id, 60),
  );
  return { text: `${statusIcon.unknown} *could not see:* ${sentence(reason, 300)} · ${ids}`, findings: 0 };
};

/**
 * The lines of the answer, errors before warnings before what could not be seen, within `room` characters. What
 * does not fit is counted in a last line: the findings of all lines together are all errors and warnings that count.
 */
export const answerLines = (report: Report, room: number): readonly Line[] => {
  const kinds = kindsOf(report).filter((kind) => kind.severity !== 'info');
  const unseen = notVisibleOf(report).map(unseenLine);
  const length = (lines: readonly Line[]): number =>
    lines.reduce((sum, line) => sum + line.text.length + 1, 0);
  const lines = (perCheck: number): readonly Line[] => [
    ...kinds.flatMap((kind) =>
      kind.findings.length > perCheck
        ? [groupLine(kind)]
        : kind.findings.map((finding) => findingLine(kind, finding)),
    ),
    ...unseen,
  ];
  // Counted before they are made, so that ten thousand findings are not written out to be thrown away.
  const lineCount = (perCheck: number): number =>
    kinds.reduce(
      (sum, kind) => sum + (kind.findings.length > perCheck ? 1 : kind.findings.length),
      unseen.length,
    );
  for (const perCheck of groupings.filter((max) => lineCount(max) <= maxLines)) {
    const all = lines(perCheck);
    if (length(all) <= room) return all;
  }
  const shown: Line[] = [];
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
