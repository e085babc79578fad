import type { ContainerBlock, KnownBlock } from '@slack/types';
import { fitting, plain, prose, sentence } from '../../render/escape';
import { actionsBlock, context, header, mention, moment, section } from '../../render/slack/blocks';
import { renderFinding } from '../../render/slack/finding';
import { limits, type Message, packLines, textLength } from '../../render/slack/limits';
import {
  type HopGroup,
  hopGroups,
  hopLabel,
  isBehind,
  traceHeadline,
  traceConclusion,
  traceSize,
} from '../../render/trace-words';
import { duration, severityIcon, statusIcon } from '../../render/words';
import { brokenHop, type Reachable, type Trace, type TraceHop } from '../../report/trace';
import { runAgainButton } from '../history';
import { traceButtons } from './trace-buttons';

/** A trace as one message: a headline, the hops by cluster up to the first broken one, and its fix. */

export interface TraceMessageOptions {
  /** User id of the requester. */
  readonly requestedBy: string;
  /** The peer that the request named. */
  readonly peer: string | null;
  readonly rationale: (checkId: string) => string | undefined;
  /** `basic` for workspaces that refuse collapsible blocks. */
  readonly blocks: 'rich' | 'basic';
}

/** Minimum room for a finding, in characters: less would not be readable. */
const minCauseRoom = 600;

const icon: Readonly<Record<Reachable, string>> = { yes: '🟢', no: '🔴', unknown: '⚪' };

const hopIcon: Readonly<Record<TraceHop['status'], string>> = {
  ok: statusIcon.pass,
  broken: severityIcon.error,
  unknown: statusIcon.unknown,
};

const hopLine = (trace: Trace, hop: TraceHop): string => {
  const name = hop === brokenHop(trace) ? `*${hopLabel(hop)}*` : hopLabel(hop);
  const caution =
    hop.caution === '' ? '' : `\n${severityIcon.warning} ${fitting(sentence)(hop.caution, 120)}`;
  return `${hopIcon[hop.status]} ${name} · ${fitting(sentence)(hop.detail, 200)}${caution}`;
};

const groupText = (trace: Trace, { cluster, hops }: HopGroup): string => {
  const reached = hops.filter((hop) => !isBehind(trace, hop));
  const behind = hops.filter((hop) => isBehind(trace, hop));
  const rest = behind.length === 0 ? [] : [`▫️ _not reached: ${behind.map(hopLabel).join(', ')}_`];
  return [`*${fitting(prose)(cluster, 64)}*`, ...reached.map((hop) => hopLine(trace, hop)), ...rest].join(
    '\n',
  );
};

const ladder = (trace: Trace): KnownBlock[] =>
  hopGroups(trace).flatMap((group) => packLines(groupText(trace, group).split('\n')).map(section));

/** Folds the hops if all are in order: the headline is enough then. */
const folded = (blocks: readonly KnownBlock[]): ContainerBlock => ({
  type: 'container',
  title: { type: 'plain_text', text: 'View hops', emoji: true },
  child_blocks: blocks.slice(0, limits.containerChildren) as ContainerBlock['child_blocks'],
  width: 'full',
  is_collapsible: true,
  default_collapsed: true,
});

const causeBlocks = (
  trace: Trace,
  { rationale, blocks }: TraceMessageOptions,
  room: number,
): readonly KnownBlock[] => {
  const hop = brokenHop(trace);
  if (!hop?.finding || room < minCauseRoom) return [];
  const { finding, check } = hop;
  const result = {
    id: check,
    group: '',
    title: '',
    status: 'fail',
    severity: finding.severity,
    reason: '',
    findings: [finding],
  } as const;
  return renderFinding(
    { result, severity: finding.severity, findings: [finding], effects: new Map() },
    finding,
    {
      rationale,
      blocks,
      collapsed: false,
      room,
    },
  ).blocks;
};

const otherLine = ({ path, reachable }: Trace['others'][number]): string =>
  `${icon[reachable]} also ${fitting(prose)(path, 120)}`;

const buttons = (trace: Trace, peer: string | null): KnownBlock[] => {
  const { consumer, destination } = trace;
  const shown = [
    traceButtons.runAgain.render('Run again', {
      cluster: consumer.cluster,
      service: consumer.service,
      destination: destination.service,
      peer,
    }),
    runAgainButton({ cluster: consumer.cluster, peer: null }, 'Check cluster'),
  ].filter((one) => one !== undefined);
  return shown.length === 0 ? [] : [actionsBlock(shown)];
};

/** Renders a trace in one message within Slack's limits. */
export const renderTrace = (trace: Trace, options: TraceMessageOptions): Message => {
  const headline = `${icon[trace.reachable]} ${traceHeadline(trace)}`;
  const facts = [
    fitting(sentence)(traceConclusion(trace), 200),
    traceSize(trace),
    duration(trace.durationMs),
    moment(trace.startedAt),
    `requested by ${mention(options.requestedBy)}`,
  ].filter((part) => part !== '');
  const hops = ladder(trace);
  const isFolded = trace.reachable === 'yes' && options.blocks === 'rich';
  const others = trace.others.slice(0, 5).map(otherLine);
  const above: KnownBlock[] = [
    header(plain(headline, limits.header)),
    context(facts.join(' · ')),
    ...(isFolded ? [folded(hops)] : hops),
  ];
  const below: KnownBlock[] = [
    ...(others.length === 0 ? [] : [context(others.join('\n'))]),
    ...buttons(trace, options.peer),
  ];
  const room = limits.messageText - textLength([above, below]) - 100;
  return {
    text: prose(headline, 600),
    blocks: [...above, ...causeBlocks(trace, options, room), ...below],
  };
};
