import type { KnownBlock, ModalView } from '@slack/types';
import type { Report, Result } from '../../report/report';
import { code, plain, prose, sentence } from '../escape';
import { groupsOf } from '../findings';
import { count, severityIcon, statusIcon, verdictIcon, verdictSentence } from '../words';
import { context, header, moment, section } from './blocks';
import { limits, packLines, textLength } from './limits';
import { partsWithin, reportParts } from './thread';

/** Modals over a stored run. They hold no input: nothing is sent back when they are closed. */

const viewRoom = { blocks: limits.blocksPerView, text: limits.viewText };

const modal = (callbackId: string, title: string, blocks: readonly KnownBlock[]): ModalView => ({
  type: 'modal',
  callback_id: callbackId,
  title: { type: 'plain_text', text: title },
  close: { type: 'plain_text', text: 'Close' },
  blocks: [...blocks],
});

const headOf = (report: Report): KnownBlock[] => {
  const { cluster, peer, verdict } = report;
  const sentence = verdictSentence(report, prose(cluster.name, 60), peer === null ? null : prose(peer, 60));
  const when = moment(report.startedAt);
  return [section(`${verdictIcon[verdict]} *${sentence}*${when === '' ? '' : ` · ${when}`}`)];
};

/** *Details*: what the thread holds, as one modal. What does not fit is counted and points to the file. */
export const renderDetails = (
  report: Report,
  { rationale }: { readonly rationale: (checkId: string) => string | undefined },
): ModalView => {
  const parts = reportParts(report, {
    rationale,
    blocks: 'basic',
    collapsed: false,
    room: limits.messageText,
  });
  const head = headOf(report);
  const shown = partsWithin(parts, {
    blocks: viewRoom.blocks - head.length,
    text: viewRoom.text - textLength(head),
  });
  const blocks = shown.blocks.at(-1)?.type === 'divider' ? shown.blocks.slice(0, -1) : shown.blocks;
  const total = report.results.reduce((sum, result) => sum + result.findings.length, 0);
  return modal('check:details', 'Details', [
    ...head,
    ...(blocks.length > 0 ? blocks : [section('Nothing was found, and nothing was left unseen.')]),
    ...(shown.all && parts.every(({ whole }) => whole)
      ? []
      : [context(`${count(total, 'finding')} in all: the file in the thread has the whole report.`)]),
  ]);
};

const checkLine = (result: Result): string => {
  const title = prose(result.title, 150);
  const id = code(result.id, 60);
  if (result.status === 'pass') return `${statusIcon.pass} ${title} · ${id}`;
  if (result.status === 'skip')
    return `${statusIcon.skip} ${title} · ${id}: does not apply, ${sentence(result.reason, 200)}`;
  if (result.status === 'unknown')
    return `${statusIcon.unknown} ${title} · ${id}: could not see, ${sentence(result.reason, 200)}`;
  return `${severityIcon[result.severity]} ${title} · ${id}: ${count(result.findings.length, 'finding')}`;
};

/** *Show all checks*: every check with its outcome, by group. */
export const renderAllChecks = (report: Report): ModalView => {
  const blocks: KnownBlock[] = headOf(report);
  let shown = 0;
  for (const [group, results] of groupsOf(report)) {
    const part: KnownBlock[] = [
      header(plain(group, limits.header)),
      ...packLines(results.map(checkLine)).map(section),
    ];
    if (blocks.length + part.length > viewRoom.blocks - 1) break;
    if (textLength([blocks, part]) > viewRoom.text - 200) break;
    blocks.push(...part);
    shown += results.length;
  }
  const left = report.results.length - shown;
  if (left > 0) blocks.push(context(`… and ${count(left, 'more check')}`));
  return modal('check:all-checks', 'All checks', blocks);
};
