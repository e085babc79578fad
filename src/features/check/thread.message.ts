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

/** The thread of an answer: each finding with its evidence and snippets, and what is not visible. */

/** Findings of one check that are shown one by one; the file has the rest. */
const maxPerCheck = 3;

/** Maximum parts: more never fit into a thread or a modal. */
const maxParts = 120;

/** Renders one reason with the checks that it affects: all of them, if their names are of the usual length. */
const notVisibleLine = ({
  reason,
  results,
}: NotVisible): { readonly text: string; readonly whole: boolean } => {
  const ids = results.map((result) => result.id);
  const upTo = (max: number): string =>
    `${statusIcon.unknown} ${sentence(reason, 300)} · ${few(ids, max, (id) => code(id, 40))}`;
  const text = upTo(ids.length);
  if (text.length > 2_000) return { text: upTo(6), whole: false };
  return { text, whole: showInvisible(reason).length <= 300 };
};

const notVisiblePart = (report: Report, room: number): FindingPart[] => {
  const hidden = notVisibleOf(report);
  if (hidden.length === 0) return [];
  const shown = hidden.slice(0, 10).map(notVisibleLine);
  const left = hidden.length - shown.length;
  const whole = left === 0 && shown.every((line) => line.whole);
  const lines = [
    '*Not visible*',
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

/** Renders the parts, worst first. Muted findings come last, if they are included. */
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
  return [...parts, ...notVisiblePart(report, options.room)];
};

/** Returns the first parts that fit, and whether all did. One block and 200 characters stay free for a last line. */
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
 * Renders the thread of findings that count: at most ten messages, each within `room`. `whole` is false if the thread
 * leaves out a part of the report; the last message then says so.
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
  const name = prose(report.cluster.name, 64);
  const packed = packMessages(parts, { blocks: room.blocks - 1, text: room.text - 200 });
  const kept = packed.slice(0, maxThreadMessages);
  const shown = new Set(kept.flatMap((message) => message.parts));
  const findings = [...shown].reduce((sum, part) => sum + part.findings, 0);
  const total = findingCount(kinds);
  const whole = kept.length === packed.length && findings === total && parts.every((part) => part.whole);
  const messages = kept.map(({ blocks }, index) => ({
    text: `${name}: findings${kept.length > 1 ? ` (${index + 1} of ${kept.length})` : ''}`,
    blocks,
  }));
  if (!whole)
    messages
      .at(-1)
      ?.blocks.push(context(`${count(total, 'finding')} in total: the file has the full report.`));
  return { messages, whole };
};
