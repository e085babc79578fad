import type { Button, ContainerBlock, KnownBlock } from '@slack/types';
import type { Evidence, Finding, Muted, Remediation } from '../../report/report';
import { clip, code, codeBlock, link, plain, prose, sentence, visible } from '../escape';
import type { Kind } from '../findings';
import { count, inJson, mutedIcon, severityIcon } from '../words';
import { context, mention, moment, section, sectionWithButton } from './blocks';
import { headline } from './lines';
import { limits, packLines, textLength } from './limits';

/** All about one finding: what, how the bot knows, why it matters, what to paste, where it is written. */

type Child = ContainerBlock['child_blocks'][number];

export interface FindingPart {
  readonly blocks: readonly KnownBlock[];
  readonly findings: number;
  /** False where something had to be cut or left out: the file then holds it. */
  readonly whole: boolean;
}

export interface FindingOptions {
  /** Why a check matters, from its declaration. */
  readonly rationale: (checkId: string) => string | undefined;
  /** `rich`: collapsible containers, which only messages take and not every workspace; `basic`: sections. */
  readonly blocks: 'rich' | 'basic';
  readonly collapsed: boolean;
  /** Characters of text that one finding may take. */
  readonly room: number;
  /** Makes the button beside a finding of a check; none by default. */
  readonly button?: (checkId: string, finding: Finding) => Button | undefined;
}

const max = { message: 500, place: 120, evidence: 6, value: 600, hostileValue: 240, line: 1_500 } as const;

const evidenceLine = ({ endpoint, path, value }: Evidence): { text: string; whole: boolean } => {
  const json = visible(inJson(value));
  const place = path === '' ? '' : ` → ${code(path, max.place)}`;
  const upTo = (length: number) => ({
    text: `${code(endpoint, max.place)}${place} = ${code(json, length)}`,
    whole: Math.max(visible(endpoint).length, visible(path).length) <= max.place && json.length <= length,
  });
  // A value that needs little escaping may be longer than one that needs much.
  const long = upTo(max.value);
  return long.text.length <= max.line ? long : upTo(max.hostileValue);
};

const language: Record<Remediation['language'], string> = {
  hcl: 'HCL',
  shell: 'command',
  yaml: 'Kubernetes',
};

/** Who answers for it that a finding does not count, until when and why. */
const mutedLine = ({ by, until, reason }: Muted): string =>
  `${mutedIcon} muted by ${mention(by) || prose(by, 40)} until ${moment(until)}: ${prose(reason, 300)}`;

/** The icon of a finding, by what it counts as. */
const iconOf = (kind: Kind, { muted }: Finding): string =>
  muted === undefined ? severityIcon[kind.severity] : mutedIcon;

/** A snippet to paste, or where it is when it cannot be shown letter for letter. */
const mend = ({ title, language: kind, code: snippet }: Remediation): { text: string; whole: boolean } => {
  const label = `*Mend:* ${prose(title, 120)} (${language[kind]})`;
  const block = codeBlock(snippet, limits.text - label.length - 1);
  return block === undefined
    ? { text: `${label}: in the file, as it cannot be shown here letter for letter`, whole: false }
    : { text: `${label}\n${block}`, whole: true };
};

const container = (title: string, blocks: readonly Child[], collapsed: boolean): ContainerBlock => ({
  type: 'container',
  title: { type: 'plain_text', text: title, emoji: true },
  child_blocks: [...blocks],
  width: 'full',
  is_collapsible: true,
  default_collapsed: collapsed,
});

/** The blocks that fit, in order, with one place left over. A long one that does not fit does not stop short ones. */
const asMuchAsFits = (blocks: readonly Child[], room: number): readonly Child[] => {
  const kept: Child[] = [];
  for (const block of blocks) {
    const fits = textLength([...kept, block]) <= room && kept.length < limits.containerChildren - 1;
    if (fits) kept.push(block);
  }
  return kept;
};

const children = (
  kind: Kind,
  finding: Finding,
  options: FindingOptions,
): { child: Child; whole: boolean }[] => {
  const shown = finding.evidence.slice(0, max.evidence).map(evidenceLine);
  const left = finding.evidence.length - shown.length;
  const evidence = packLines([
    ...shown.map(({ text }, index) => `${index === 0 ? '*Seen:* ' : ''}${text}`),
    ...(left > 0 ? [`… and ${count(left, 'more fact')} in the file`] : []),
  ]);
  const rationale = options.rationale(kind.result.id);
  // A container's title names the finding; where there is none, the first line does.
  const headed = headline(finding, max.message);
  const first =
    options.blocks === 'rich' ? headed : `${iconOf(kind, finding)} ${headed} · ${code(kind.result.id, 60)}`;
  return [
    {
      child: sectionWithButton(first, options.button?.(kind.result.id, finding)),
      whole: visible(finding.message).length <= max.message && finding.subject.name.length <= 60,
    },
    ...(finding.muted === undefined ? [] : [{ child: context(mutedLine(finding.muted)), whole: true }]),
    ...evidence.map((text) => ({
      child: section(text),
      whole: left === 0 && shown.every(({ whole }) => whole),
    })),
    ...(rationale === undefined
      ? []
      : [{ child: section(`*Why it matters:* ${sentence(rationale, max.message)}`), whole: true }]),
    ...finding.remediation.map((item) => {
      const { text, whole } = mend(item);
      return { child: section(text), whole };
    }),
    ...(finding.docs === ''
      ? []
      : [
          {
            child: context(
              link(finding.docs, finding.docs.includes('/tech-specs') ? 'Specification' : 'Documentation'),
            ),
            whole: true,
          },
        ]),
  ];
};

/** The blocks of one finding: at most a container's children, and `options.room` characters. */
export const renderFinding = (kind: Kind, finding: Finding, options: FindingOptions): FindingPart => {
  const icon = iconOf(kind, finding);
  const { kind: what, name } = finding.subject;
  const subject = name.startsWith(what) ? name : `${clip(what, 20)} ${name}`;
  const title = `${icon} ${plain(kind.result.id, 60)} · ${plain(subject, 80)}`;
  const all = children(kind, finding, options);
  const blocks = all.map(({ child }) => child);
  const note = context('The rest of this finding is in the file.');
  const room = options.room - title.length;
  const complete = blocks.length <= limits.containerChildren && textLength(blocks) <= room;
  const kept = complete ? blocks : [...asMuchAsFits(blocks, room - textLength(note)), note];
  return {
    blocks:
      options.blocks === 'rich'
        ? [container(title, kept, options.collapsed)]
        : [...kept, { type: 'divider' }],
    findings: 1,
    whole: complete && all.every(({ whole }) => whole),
  };
};
