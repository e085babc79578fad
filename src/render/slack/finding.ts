import type { Button, ContainerBlock, KnownBlock } from '@slack/types';
import type {
  Evidence,
  Finding,
  FindingChanges,
  Muted,
  Remediation,
  SeverityOverride,
} from '../../report/report';
import { clip, code, codeBlock, link, plain, prose, sentence, showInvisible } from '../escape';
import type { Kind } from '../findings';
import { stateChangeWords } from '../state-change-words';
import { count, grouped, inJson, mutedIcon, severityIcon } from '../words';
import { context, mention, moment, section, sectionWithButton } from './blocks';
import { headline } from './lines';
import { limits, packLines, textLength } from './limits';

/** Renders one finding: the problem, its evidence, why it matters, how to fix it, and its documentation. */

type Child = ContainerBlock['child_blocks'][number];

export interface FindingPart {
  readonly blocks: readonly KnownBlock[];
  readonly findings: number;
  /** False if something was cut or left out, so that the full report is attached as a file. */
  readonly whole: boolean;
}

export interface FindingOptions {
  /** Returns the rationale of a check. */
  readonly rationale: (checkId: string) => string | undefined;
  /** `rich`: collapsible containers, which only messages and not all workspaces support; `basic`: sections. */
  readonly blocks: 'rich' | 'basic';
  readonly collapsed: boolean;
  /** Maximum characters for one finding. */
  readonly room: number;
  /** Makes the button beside a finding of a check; none by default. */
  readonly button?: (checkId: string, finding: Finding) => Button | undefined;
}

const max = {
  message: 500,
  location: 120,
  evidence: 6,
  effects: 5,
  value: 600,
  hostileValue: 240,
  line: 1_500,
  change: 300,
} as const;

const evidenceLine = ({ endpoint, path, value }: Evidence): { text: string; whole: boolean } => {
  const json = showInvisible(inJson(value));
  const at = path === '' ? '' : ` → ${code(path, max.location)}`;
  const upTo = (length: number) => ({
    text: `${code(endpoint, max.location)}${at} = ${code(json, length)}`,
    whole:
      Math.max(showInvisible(endpoint).length, showInvisible(path).length) <= max.location &&
      json.length <= length,
  });
  // A value that needs little escaping can be longer than one that needs a lot.
  const long = upTo(max.value);
  return long.text.length <= max.line ? long : upTo(max.hostileValue);
};

const language: Record<Remediation['language'], string> = {
  hcl: 'HCL',
  shell: 'command',
  yaml: 'Kubernetes',
};

const mutedLine = ({ by, until, reason, configuredAt }: Muted): string =>
  `${mutedIcon} muted by ${mention(by) || prose(by, 40)} until ${moment(until)}${
    configuredAt === undefined ? '' : ` (${prose(configuredAt, 80)})`
  }: ${prose(reason, 300)}`;

const overrideLine = ({ was, by, until, reason, configuredAt }: SeverityOverride): string =>
  `⚙️ severity changed from ${was} by ${mention(by) || prose(by, 40)}${until === null ? '' : ` until ${moment(until)}`} (${prose(configuredAt, 80)}): ${prose(reason, 300)}`;

/** Says what changed since the last run without the finding, in at most a few lines. */
const changedText = ({ since, changes, more }: FindingChanges): { text: string; whole: boolean } => {
  const when = moment(since, '{date_short_pretty} {time}');
  const lines = changes.map((change) => prose(stateChangeWords(change), max.change));
  const left = more > 0 ? [`… and ${count(more, 'more change')}`] : [];
  return {
    text: [`*Changed since ${when}:* ${lines[0] ?? ''}`, ...lines.slice(1), ...left].join('\n'),
    whole:
      more === 0 && changes.every((change) => showInvisible(stateChangeWords(change)).length <= max.change),
  };
};

/** Returns the icon of a finding, by its severity or because it is muted. */
const iconOf = (kind: Kind, { muted }: Finding): string =>
  muted === undefined ? severityIcon[kind.severity] : mutedIcon;

/** Renders a fix, or points to the file if Slack cannot show the snippet exactly. */
const fix = ({ title, language: kind, code: snippet }: Remediation): { text: string; whole: boolean } => {
  const label = `*Fix:* ${prose(title, 120)} (${language[kind]})`;
  const block = codeBlock(snippet, limits.text - label.length - 1);
  return block === undefined
    ? { text: `${label}: see the attached file, since Slack cannot show this text exactly`, whole: false }
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

/** Selects the blocks that fit, in order, and leaves room for one more. A long block does not exclude shorter ones. */
const blocksThatFit = (blocks: readonly Child[], room: number): readonly Child[] => {
  const kept: Child[] = [];
  for (const block of blocks) {
    const fits = textLength([...kept, block]) <= room && kept.length < limits.containerChildren - 1;
    if (fits) kept.push(block);
  }
  return kept;
};

const changedParts = ({ changed }: Finding): { child: Child; whole: boolean }[] => {
  if (changed === undefined) return [];
  if (changed.changes.length === 0)
    return [{ child: context(`new since the run of ${moment(changed.since)}`), whole: changed.more === 0 }];
  const { text, whole } = changedText(changed);
  return [{ child: section(text), whole }];
};

const children = (
  kind: Kind,
  finding: Finding,
  options: FindingOptions,
): { child: Child; whole: boolean }[] => {
  const shown = finding.evidence.slice(0, max.evidence).map(evidenceLine);
  const left = finding.evidence.length - shown.length;
  const evidence = packLines([
    ...shown.map(({ text }, index) => `${index === 0 ? '*Evidence:* ' : ''}${text}`),
    ...(left > 0 ? [`… and ${grouped(left)} more in the attached file`] : []),
  ]);
  const rationale = options.rationale(kind.result.id);
  // The title of a container names the check and the subject; without one, the first line does.
  const headed = headline(finding, max.message);
  const first =
    options.blocks === 'rich' ? headed : `${iconOf(kind, finding)} ${headed} · ${code(kind.result.id, 60)}`;
  return [
    {
      child: sectionWithButton(first, options.button?.(kind.result.id, finding)),
      whole: showInvisible(finding.message).length <= max.message && finding.subject.name.length <= 60,
    },
    ...(finding.muted === undefined ? [] : [{ child: context(mutedLine(finding.muted)), whole: true }]),
    ...(finding.override === undefined
      ? []
      : [{ child: context(overrideLine(finding.override)), whole: true }]),
    ...evidence.map((text) => ({
      child: section(text),
      whole: left === 0 && shown.every(({ whole }) => whole),
    })),
    ...changedParts(finding),
    ...(rationale === undefined
      ? []
      : [{ child: section(`*Why it matters:* ${sentence(rationale, max.message)}`), whole: true }]),
    ...finding.remediation.map((item) => {
      const { text, whole } = fix(item);
      return { child: section(text), whole };
    }),
    ...(kind.effects.get(finding) ?? []).slice(0, max.effects).map(({ check, finding: effect }) => ({
      child: context(`↳ also fails ${code(check, 60)}: ${sentence(effect.message, 300)}`),
      whole: showInvisible(effect.message).length <= 300,
    })),
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

/** Renders one finding in at most `options.room` characters and as many blocks as a container takes. */
export const renderFinding = (kind: Kind, finding: Finding, options: FindingOptions): FindingPart => {
  const icon = iconOf(kind, finding);
  const { kind: what, name } = finding.subject;
  const subject = name.startsWith(what) ? name : `${clip(what, 20)} ${name}`;
  const title = `${icon} ${plain(kind.result.id, 60)} · ${plain(subject, 80)}`;
  const all = children(kind, finding, options);
  const blocks = all.map(({ child }) => child);
  const note = context('The attached file has the rest of this finding.');
  const room = options.room - title.length;
  const complete = blocks.length <= limits.containerChildren && textLength(blocks) <= room;
  const kept = complete ? blocks : [...blocksThatFit(blocks, room - textLength(note)), note];
  return {
    blocks:
      options.blocks === 'rich'
        ? [container(title, kept, options.collapsed)]
        : [...kept, { type: 'divider' }],
    findings: 1,
    whole: complete && all.every(({ whole }) => whole),
  };
};
