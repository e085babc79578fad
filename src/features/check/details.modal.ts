import type { KnownBlock, ModalView } from '@slack/types';
import { isMuted, type Report, type CheckResult } from '../../report/report';
import { code, plain, prose, sentence } from '../../render/escape';
import { groupsOf } from '../../render/findings';
import {
  count,
  grouped,
  mutedIcon,
  severityIcon,
  statusIcon,
  verdictIcon,
  verdictSentence,
} from '../../render/words';
import { context, header, moment, section } from '../../render/slack/blocks';
import { type DetailsFilter, noFilter, filterMenu, filterReport } from './details-filter';
import { historyButtons } from '../history';
import { muteButton } from '../mutes';
import { limits, packLines, textLength } from '../../render/slack/limits';
import { modal } from '../../render/slack/modal';
import { partsWithin, reportParts } from './thread.message';

/** Modals over a stored run. */

const viewRoom = { blocks: limits.blocksPerModal, text: limits.modalText };

const headOf = (report: Report): KnownBlock[] => {
  const { cluster, peer, verdict } = report;
  const sentence = verdictSentence(report, prose(cluster.name, 64), peer === null ? null : prose(peer, 60));
  const when = moment(report.startedAt);
  return [section(`${verdictIcon[verdict]} *${sentence}*${when === '' ? '' : ` · ${when}`}`)];
};

const checkLine = (result: CheckResult): string => {
  const title = prose(result.title, 150);
  const id = code(result.id, 60);
  if (result.status === 'pass') return `${statusIcon.pass} ${title} · ${id}`;
  if (result.status === 'skip')
    return `${statusIcon.skip} ${title} · ${id}: does not apply, ${sentence(result.reason, 200)}`;
  if (result.status === 'unknown')
    return `${statusIcon.unknown} ${title} · ${id}: could not be evaluated, ${sentence(result.reason, 200)}`;
  const muted = result.findings.filter((finding) => finding.muted).length;
  const icon = isMuted(result) ? mutedIcon : severityIcon[result.severity];
  const apart = muted === 0 ? '' : `, ${grouped(muted)} muted`;
  return `${icon} ${title} · ${id}: ${count(result.findings.length, 'finding')}${apart}`;
};

export interface DetailsOptions {
  readonly rationale: (checkId: string) => string | undefined;
  /** The stored run, which clicks inside the modal read again. */
  readonly run: string;
  /** The channel that the modal is opened from. */
  readonly channel: string;
  readonly filter?: DetailsFilter;
}

/**
 * Renders *Details*: the contents of the thread as one modal, filtered if requested. Findings that do not fit are
 * counted, with a hint to the file.
 */
export const renderDetails = (
  report: Report,
  { rationale, run, channel, filter = noFilter }: DetailsOptions,
): ModalView => {
  const filtered = filterReport(report, filter);
  const parts = reportParts(filtered, {
    rationale,
    blocks: 'basic',
    collapsed: false,
    withMuted: true,
    button: (check, finding) => muteButton(report.cluster.name, check, finding),
    room: limits.messageText,
  });
  const cluster = report.cluster.name;
  const others = historyButtons.pick.render('Compare with…', { cluster, run, other: null });
  const head = [...headOf(report), filterMenu(report, filter, others === undefined ? [] : [others])];
  const shown = partsWithin(parts, {
    blocks: viewRoom.blocks - head.length,
    text: viewRoom.text - textLength(head),
  });
  const blocks = shown.blocks.at(-1)?.type === 'divider' ? shown.blocks.slice(0, -1) : shown.blocks;
  const total = filtered.results.reduce((sum, result) => sum + result.findings.length, 0);
  return modal('check:details', 'Details', { channel, cluster, run }, [
    ...head,
    ...(blocks.length > 0 ? blocks : [section(nothing(filtered, filter))]),
    ...(shown.all && parts.every(({ whole }) => whole)
      ? []
      : [context(`${count(total, 'finding')} in total: the file in the thread has the full report.`)]),
  ]);
};

/** Explains an empty result of a filter: for one group or check, its outcomes. */
const nothing = (filtered: Report, { by }: DetailsFilter): string => {
  if (by === 'all') return 'Nothing was found, and every check could be evaluated.';
  const [lines = 'Nothing of this kind was found.'] =
    by === 'severity' ? [] : packLines(filtered.results.map(checkLine));
  return lines;
};

/** Renders *View all checks*: every check with its outcome, by group. */
export const renderAllChecks = (report: Report, channel: string): ModalView => {
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
  return modal('check:all-checks', 'All checks', { channel, cluster: '', run: '' }, blocks);
};
