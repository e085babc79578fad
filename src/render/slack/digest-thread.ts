import type { SectionBlock } from '@slack/types';
import { byState, type DigestRow, type ToldFinding } from '../../report/digest';
import { code, prose, sentence } from '../escape';
import { count, grouped, severityIcon } from '../words';
import { context, section } from './blocks';
import { actionIds, button, encodeCheckAction } from './buttons';
import { stateIcon } from './digest-words';
import { headline } from './lines';
import { limits, mostThreadMessages, packMessages, type Message, type Room } from './limits';

/** Lines a cluster has at most in the thread; its *Details* have the rest. */
const mostLines = 8;

const findingLine = ({ check, severity, subject, message }: ToldFinding): string =>
  `${severityIcon[severity]} ${headline({ subject, message }, 250)} · ${code(check, 60)}`;

const tally = ({ errors, warnings }: DigestRow): string =>
  [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : '']
    .filter((part) => part !== '')
    .join(', ');

interface Part {
  readonly blocks: readonly SectionBlock[];
  readonly whole: boolean;
}

/** One cluster: what was found, and a button that shows all of it. */
const clusterPart = (row: DigestRow, most: number): Part => {
  const head = `${stateIcon(row.verdict)} *${prose(row.cluster, 60)}*`;
  if (row.verdict === null) {
    return { blocks: [section(`${head} could not be read: ${sentence(row.reason, 300)}`)], whole: true };
  }
  const lines: string[] = [`${head}: ${tally(row)}`];
  let left = most - (lines[0]?.length ?? 0) - 60;
  for (const finding of row.findings.slice(0, mostLines)) {
    const line = findingLine(finding);
    left -= line.length + 1;
    if (left < 0) break;
    lines.push(line);
  }
  const rest = row.findingCount - (lines.length - 1);
  if (rest > 0) lines.push(`… and ${grouped(rest)} more`);
  const value =
    row.run === null ? undefined : encodeCheckAction({ cluster: row.cluster, peer: null, run: row.run });
  const block: SectionBlock = {
    ...section(lines.join('\n')),
    ...(value === undefined ? {} : { accessory: button('Details', actionIds.details, value) }),
  };
  return { blocks: [block], whole: rest === 0 };
};

/** The findings of all clusters that have some, worst cluster first. `whole` is false where some are left out. */
export const digestThread = (
  rows: readonly DigestRow[],
  room: Room,
): { readonly messages: readonly Message[]; readonly whole: boolean } => {
  const told = [...rows].sort(byState).filter((row) => row.verdict === null || row.findingCount > 0);
  // More than fit into the thread are not made.
  const most = Math.min(limits.text, room.text - 300);
  const parts = told.slice(0, mostThreadMessages * (room.blocks - 1)).map((row) => clusterPart(row, most));
  const packed = packMessages(parts, { blocks: room.blocks - 1, text: room.text - 200 });
  const kept = packed.slice(0, mostThreadMessages);
  const shown = new Set(kept.flatMap((message) => message.parts)).size;
  const whole = shown === told.length && parts.every((part) => part.whole);
  const messages = kept.map(({ blocks }, index) => ({
    text: `What was found${kept.length > 1 ? ` (${index + 1} of ${kept.length})` : ''}`,
    blocks,
  }));
  if (shown < told.length) {
    messages.at(-1)?.blocks.push(context(`… and ${count(told.length - shown, 'more cluster')} in the file`));
  }
  return { messages, whole };
};
