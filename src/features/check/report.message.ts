import type { ActionsBlock, KnownBlock } from '@slack/types';
import type { Report } from '../../report/report';
import { clip, plain, prose, sentence, showInvisible } from '../../render/escape';
import { findingCount, mutedKindsOf } from '../../render/findings';
import {
  count,
  duration,
  few,
  grouped,
  mutedIcon,
  severityIcon,
  tally,
  verdictIcon,
  verdictSentence,
} from '../../render/words';
import { actionsBlock, context, header, mention, moment, section } from '../../render/slack/blocks';
import { allChecksButton, detailsButton, runAgainButton } from '../history';
import { type Incident, incidentRows } from '../incidents';
import { summarizeProbes } from '../../render/probe-words';
import { renderFile, type FileInLines } from '../../render/slack/file';
import { answerLines } from '../../render/slack/lines';
import { consulButton, type OwnerLinks, runbookLink } from '../../render/slack/owner-links';
import { limits, packLines, textLength, type Message } from '../../render/slack/limits';
import { renderThread } from './thread.message';
import { omitUndefined } from '../../omit-undefined';

export interface ReportContext {
  /** User id of the requester; null if there is none, as in a digest. */
  readonly requestedBy: string | null;
  readonly requestId: string;
  readonly runId: string;
  /** True if the run is stored, so that *View details* and *View all checks* can read it. */
  readonly stored: boolean;
  /** The web pages of the owner of the cluster. */
  readonly links?: OwnerLinks | undefined;
  /** The incident that the cluster is in. */
  readonly incident?: Incident | undefined;
  /** Returns why a check matters, from its declaration. */
  readonly rationale: (checkId: string) => string | undefined;
  /** `basic` for workspaces that answer `invalid_blocks` to `rich`. */
  readonly blocks: 'rich' | 'basic';
  /** Characters of text in one message; lower it and render again if Slack answers `msg_blocks_too_long`. */
  readonly messageText?: number;
}

export interface RenderedReport extends Message {
  /** To be posted in the thread, in this order. */
  readonly thread: readonly Message[];
  /** The whole report as text, if the messages do not hold all of it. */
  readonly file?: FileInLines;
}

const facts = (report: Report, requestedBy: string | null): string => {
  const { consulVersion, datacenter } = report.cluster;
  const listed = few(report.peers, 6, (peer) => `${prose(peer.name, 40)} ${prose(peer.state, 20)}`);
  const peers = listed.length <= 600 ? `peers: ${listed}` : count(report.peers.length, 'peer');
  const requester = requestedBy === null ? '' : mention(requestedBy);
  return [
    consulVersion === '' ? '' : `Consul ${prose(consulVersion, 40)}`,
    prose(datacenter, 40),
    report.peers.length === 0 ? 'no peerings' : peers,
    `${count(report.results.length, 'check')} in ${duration(report.durationMs)}`,
    moment(report.startedAt),
    requester === '' ? '' : `requested by ${requester}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
};

/** Renders the notes of the report, which do not affect its verdict. */
const notes = (report: Report): { readonly blocks: readonly KnownBlock[]; readonly whole: boolean } => {
  const texts = packLines(
    report.notes.map((note) => `ℹ️ ${sentence(note, 150)}`),
    900,
  );
  return {
    blocks: texts.slice(0, 1).map(context),
    whole: texts.length <= 1 && report.notes.every((note) => showInvisible(note).length <= 150),
  };
};

const mutedCount = (report: Report): number => findingCount(mutedKindsOf(report));

/** Renders the counts that the header leaves out, and hints to the thread and the file. */
const counts = (report: Report, thread: boolean, file: boolean): string => {
  const infos = report.results
    .flatMap((r) => r.findings)
    .filter((f) => f.severity === 'info' && !f.muted).length;
  const muted = mutedCount(report);
  return [
    report.results.length === 0 ? 'nothing was checked' : '',
    ...tally({ ...report.summary, errors: 0, warnings: 0, muted: 0 }).map(
      ({ icon, words }) => `${icon} ${words}`,
    ),
    infos > 0 ? `${severityIcon.info} ${count(infos, 'note')}` : '',
    // Counts findings, not checks: a check with some muted findings still fails.
    muted > 0 ? `${mutedIcon} ${grouped(muted)} muted` : '',
    report.probes && report.probes.length > 0 ? summarizeProbes(report.probes) : '',
    thread ? 'details in the thread' : '',
    file ? 'full report in the file' : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
};

const buttons = (
  report: Report,
  { runId, stored, links = {} }: ReportContext,
  details: boolean,
): ActionsBlock[] => {
  const scope = { cluster: report.cluster.name, peer: report.peer };
  const run = stored ? runId : null;
  const shown = [
    runAgainButton(scope),
    detailsButton({ ...scope, run: details ? run : null }),
    allChecksButton({ ...scope, run }),
    consulButton(links),
  ].filter((one) => one !== undefined);
  return shown.length === 0 ? [] : [actionsBlock(shown)];
};

const verdict = (report: Report, escape: (text: string, max: number) => string, max: number): string => {
  const peer = report.peer === null ? null : escape(report.peer, 24);
  return `${verdictIcon[report.verdict]} ${clip(verdictSentence(report, escape(report.cluster.name, 40), peer), max - 3)}`;
};

/**
 * Renders the answer to a check: verdict, facts, one line per finding, counts, buttons; a healthy cluster is three
 * lines. Every message is within Slack's limits for any report.
 */
export const renderReport = (report: Report, given: ReportContext): RenderedReport => {
  const room = { blocks: limits.blocksPerMessage, text: given.messageText ?? limits.messageText };
  const thread = renderThread(
    report,
    {
      rationale: given.rationale,
      blocks: given.blocks,
      collapsed: report.results.reduce((sum, result) => sum + result.findings.length, 0) > 1,
      room: room.text - 500,
    },
    room,
  );
  const hasThread = thread.messages.length > 0;
  const noted = notes(report);
  const whole = thread.whole && noted.whole;
  const above: KnownBlock[] = [
    header(verdict(report, plain, limits.header)),
    context(facts(report, given.requestedBy)),
    ...noted.blocks,
  ];
  const counted = counts(report, hasThread, !whole);
  const runbook = runbookLink(given.links ?? {});
  const below: KnownBlock[] = [
    ...(counted === '' ? [] : [context(counted)]),
    ...(runbook === '' ? [] : [context(runbook)]),
    ...(given.incident === undefined ? [] : incidentRows([given.incident])),
    ...buttons(report, given, hasThread || mutedCount(report) > 0),
  ];
  const lines = answerLines(report, Math.min(6_000, room.text - textLength([above, below]) - 100));
  return {
    text: verdict(report, prose, limits.text),
    blocks: [...above, ...packLines(lines.map((line) => line.text)).map(section), ...below],
    thread: thread.messages,
    ...omitUndefined({ file: whole ? undefined : renderFile(report, given) }),
  };
};
