import type { KnownBlock, SectionBlock } from '@slack/types';
import { byState, type DigestRow, type ToldFinding } from '../../report/digest';
import { code, prose, sentence } from '../escape';
import { count, grouped, mutedIcon, severityIcon, statusIcon } from '../words';
import { context, section } from './blocks';
import { actionIds, button, encodeCheckAction } from './buttons';
import { stateIcon } from './digest-words';
import { headline } from './lines';
import {
  limits,
  mostThreadMessages,
  packMessages,
  textLength,
  within,
  type Message,
  type Room,
} from './limits';
import { muteButton } from './mute-buttons';

/** A cluster has at most so many in the thread; its *Details* have the rest. */
const mostFindings = 8;

const findingLine = ({ check, severity, subject, message }: ToldFinding): string =>
  `${severityIcon[severity]} ${headline({ subject, message }, 250)} · ${code(check, 60)}`;

const tally = ({ verdict, errors, warnings, unknown, muted }: DigestRow): string =>
  [
    errors > 0 ? count(errors, 'error') : '',
    warnings > 0 ? count(warnings, 'warning') : '',
    verdict === 'unknown' ? `${statusIcon.unknown} ${count(unknown, 'check')} could not see enough` : '',
    muted > 0 ? `${mutedIcon} ${grouped(muted)} muted` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

interface Part {
  readonly blocks: readonly KnownBlock[];
  readonly whole: boolean;
}

const findingBlock = (cluster: string, finding: ToldFinding): SectionBlock => {
  const mute = muteButton(cluster, finding.check, finding);
  return { ...section(findingLine(finding)), ...(mute === undefined ? {} : { accessory: mute }) };
};

/** One cluster: a button that shows all that was found, and its findings, each with one that mutes it. */
const clusterPart = (row: DigestRow, most: number): Part => {
  const name = `${stateIcon(row.verdict)} *${prose(row.cluster, 60)}*`;
  if (row.verdict === null) {
    return { blocks: [section(`${name} could not be read: ${sentence(row.reason, 300)}`)], whole: true };
  }
  const value =
    row.run === null ? undefined : encodeCheckAction({ cluster: row.cluster, peer: null, run: row.run });
  const head: SectionBlock = {
    ...section([name, tally(row)].filter(Boolean).join(': ')),
    ...(value === undefined ? {} : { accessory: button('Details', actionIds.details, value) }),
  };
  const findings = row.findings.slice(0, mostFindings).map((finding) => findingBlock(row.cluster, finding));
  const shown = within(findings, findings.length, most - textLength(head) - 60, textLength);
  const left = row.findingCount - shown.length;
  const rest = left > 0 ? [context(`… and ${grouped(left)} more`)] : [];
  return { blocks: [head, ...shown, ...rest], whole: left === 0 };
};

/** Whether there is more to tell of a cluster than its row in the table does. */
const isTold = ({ verdict, findingCount, muted }: DigestRow): boolean =>
  verdict === null || verdict === 'unknown' || findingCount > 0 || muted > 0;

/** The findings of all clusters that have some, worst cluster first. `whole` is false where some are left out. */
export const digestThread = (
  rows: readonly DigestRow[],
  room: Room,
): { readonly messages: readonly Message[]; readonly whole: boolean } => {
  const told = [...rows].sort(byState).filter(isTold);
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
