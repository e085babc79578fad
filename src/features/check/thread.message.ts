import type { KnownBlock } from '@slack/types';
import type { Report } from '../../report/report';
import { code, prose, sentence, showInvisible } from '../../render/escape';
import {
  findingCount,
  kindsOf,
  mutedKindsOf,
  notVisibleOf,
  type Kind,
  type NotVisible,
} from '../../render/findings';
import { count, few, mutedIcon, severityIcon, statusIcon } from '../../render/words';
import { context, section } from '../../render/slack/blocks';
import { renderFinding, type FindingOptions, type FindingPart } from '../../render/slack/finding';
import { muteButton } from '../mutes';
import {
  fits,
  limits,
  maxThreadMessages,
  packLines,
  packMessages,
  type Message,
  type Room,
} from '../../render/slack/limits';

/** What stands under the answer: each finding with its evidence and snippets, and what could not be seen. */

/** Findings of one check that are shown one by one; the file has the rest. */
const maxPerCheck = 3;

/** Parts that are made at most: more never fit into a thread, nor into a view. */
const maxParts = 120;

/** One reason with the checks that it blinds, all of them where their names are as short as they should be. */
const unseenLine = ({ reason, results }: NotVisible): { readonly text: string; readonly whole: boolean } => {
  const ids = results.map((result) => result.id);
  const upTo = (max: number): string =>
    `${statusIcon.unknown} ${sentence(reason, 300)} · ${few(ids, max, (id) => code(id, 40))}`;
  const text = upTo(ids.length);
  if (text.length > 2_000) return { text: upTo(6), whole: false };
  return { text, whole: showInvisible(reason).length <= 300 };
};

const unseenPart = (report: Report, room: number): FindingPart[] => {
  const unseen = notVisibleOf(report);
  if (unseen.length === 0) return [];
  const shown = unseen.slice(0, 10).map(unseenLine);
  const left = unseen.length - shown.length;
  const whole = left === 0 && shown.every((line) => line.whole);
  const lines = [
    '*Could not be seen*',
    ...shown.map(({ text }) => text),
    ...(left > 0 ? [`… and ${count(left, 'more reason')} in the file`] : []),
  ];
  return packLines(lines, Math.min(limits.text, room)).map((text) => ({
    blocks: [section(text)],
    findings: 0,
    whole,
  }));
};

const restPart = (kind: Kind): FindingPart => {
  const muted = kind.findings.every((finding) => finding.muted);
  const left = kind.findings.slice(maxPerCheck);
  const names = few(
    left.map((finding) => finding.subject.name),
    8,
    (name) => code(name, 40),
  );
  const text = `${muted ? mutedIcon : severityIcon[kind.severity]} ${count(left.length, 'more finding')} of ${code(kind.result.id, 60)}: ${names}`;
  return { blocks: [section(text)], findings: left.length, whole: false };
};

/** The parts in reading order, worst first. Where they are asked for, muted findings come last. */
export const reportParts = (
  report: Report,
  options: FindingOptions & { readonly withMuted?: true },
): readonly FindingPart[] => {
  const parts: FindingPart[] = [];
  for (const kind of [...kindsOf(report), ...(options.withMuted ? mutedKindsOf(report) : [])]) {
    if (parts.length >= maxParts) break;
    for (const finding of kind.findings.slice(0, maxPerCheck))
      parts.push(renderFinding(kind, finding, options));
    if (kind.findings.length > maxPerCheck) parts.push(restPart(kind));
  }
  return [...parts, ...unseenPart(report, options.room)];
};

/** Parts from the start that fit, and whether all did. One block and 200 characters are kept free for a last word. */
export const partsWithin = (
  parts: readonly FindingPart[],
  room: Room,
): { readonly blocks: KnownBlock[]; readonly all: boolean } => {
  const within = { blocks: room.blocks - 1, text: room.text - 200 };
  const blocks: KnownBlock[] = [];
  for (const part of parts) {
    if (!fits([...blocks, ...part.blocks], within)) return { blocks, all: false };
    blocks.push(...part.blocks);
  }
  return { blocks, all: true };
};

/**
 * The thread about what counts: at most ten messages, each within `room`. `whole` is false where something of the report is not
 * in it; the last message then says so.
 */
export const renderThread = (
  report: Report,
  options: FindingOptions,
  room: Room,
): { readonly messages: readonly Message[]; readonly whole: boolean } => {
  const parts = reportParts(report, {
    ...options,
    button: (check, finding) => muteButton(report.cluster.name, check, finding),
  });
  const kinds = kindsOf(report);
  const name = prose(report.cluster.name, 60);
  const packed = packMessages(parts, { blocks: room.blocks - 1, text: room.text - 200 });
  const kept = packed.slice(0, maxThreadMessages);
  const told = new Set(kept.flatMap((message) => message.parts));
  const findings = [...told].reduce((sum, part) => sum + part.findings, 0);
  const total = findingCount(kinds);
  const whole = kept.length === packed.length && findings === total && parts.every((part) => part.whole);
  const messages = kept.map(({ blocks }, index) => ({
    text: `${name}: what was found${kept.length > 1 ? ` (${index + 1} of ${kept.length})` : ''}`,
    blocks,
  }));
  if (!whole)
    messages
      .at(-1)
      ?.blocks.push(context(`${count(total, 'finding')} in all: the file has the whole report.`));
  return { messages, whole };
};
