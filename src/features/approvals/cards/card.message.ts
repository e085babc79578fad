import type { Button, KnownBlock } from '@slack/types';
import type { Verdict } from '../../../report/report';
import { code, prose as anyProse, sentence as anySentence, fitting } from '../../../render/escape';
import { count, verdictIcon } from '../../../render/words';
import { approvalButtons, shownRequest } from './buttons';
import { buttonRow, context, mention, moment, section, usergroupMention } from '../../../render/slack/blocks';
import { factLines } from './fact-lines';
import type { NeededYes } from '../../../config/owners';
import { requestKinds } from '../plans/kinds';
import { assignYeses } from '../approvers/yeses';
import {
  type ApprovalDecision,
  type ApprovalOutcome,
  type ApprovalRequest,
  type GivenYes,
  type RequestState,
  undoWindowMs,
} from '../requests/request';
import { type Message, packLines } from '../../../render/slack/limits';

/** The newest stored verdict of a cluster; null if it was never checked. */
export interface Readiness {
  readonly cluster: string;
  readonly verdict: Verdict | null;
  readonly errors: number;
}

/** A request in its present state, for the people who decide about it. Texts may be hostile. All times are in ms. */
export interface ApprovalCard {
  readonly request: ApprovalRequest;
  readonly state: RequestState;
  readonly since: number;
  readonly decision: Omit<ApprovalDecision, 'team'> | null;
  readonly outcome: ApprovalOutcome | null;
  readonly readiness: readonly Readiness[];
  /** Each yes that the request needs as configured now. */
  readonly needed: readonly NeededYes[];
  /** Each yes that was given while the request waits for another. */
  readonly yeses: readonly GivenYes[];
  /** The current step of a running request. */
  readonly progress?: string | undefined;
}

// Escaping must not exceed the limit of a text: the whole card has to fit into one message.
const prose = fitting(anyProse);
const sentence = fitting(anySentence);

/** Maximum characters of a name, and of a planned change. The bot plans nothing longer, unless a cluster is hostile. */
const maxName = 100;
const maxChange = 600;

const name = (text: string): string => `*${prose(text, maxName)}*`;

/** Tells whether a card and a modal show every name and planned change of a request in full. */
export const isShownWhole = ({
  acceptor,
  dialer,
  peer,
  service = '',
  plan,
  notes = [],
}: ApprovalRequest): boolean =>
  [acceptor, dialer ?? '', peer, service].every(
    (text) => prose(text, maxName) === anyProse(text, Infinity),
  ) && [...plan, ...notes].every((change) => sentence(change, maxChange) === anySentence(change, Infinity));

/** Renders a moment in ms since the epoch; empty if it is not a date. */
export const momentAt = (ms: number, format = '{time}'): string =>
  Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? moment(new Date(ms).toISOString(), format) : '';

/** Says who requests what. */
export const requestSentence = (request: ApprovalCard['request']): string => {
  const { icon, headline } = requestKinds[request.kind];
  return `${icon} ${mention(request.requester)} ${headline(request, name)}`;
};

const readinessOf = (readiness: readonly Readiness[]): string =>
  readiness
    .map(({ cluster, verdict, errors }) => {
      if (verdict === null) return `${prose(cluster, 100)} not checked yet`;
      return `${prose(cluster, 100)} ${verdictIcon[verdict]}${errors > 0 ? ` ${count(errors, 'error')}` : ''}`;
    })
    .join(', ');

/** Names the approvers of a side, at most four of them. */
const approversOf = ({ approvers }: NeededYes, request: ApprovalRequest): string => {
  const others = approvers.users.filter((user) => user !== request.requester);
  const all = [...approvers.usergroups.map(usergroupMention), ...others.map(mention)].filter(
    (one) => one !== '',
  );
  return all.length > 4 ? `${all.slice(0, 4).join(', ')} and ${all.length - 4} more` : all.join(', ');
};

const icons: Record<ApprovalCard['state'], string> = {
  pending: '⏳',
  approved: '✅',
  running: '⏳',
  done: '✅',
  failed: '❌',
  unknown: '❔',
  denied: '⛔',
  expired: '⌛',
  cancelled: '➖',
};

const canUndo = ({ request: { kind }, state, outcome }: ApprovalCard): boolean =>
  state === 'done' && requestKinds[kind].undo === true && outcome !== null && outcome.undone !== true;

/** Names the clusters for which a yes counts; empty if the owners have changed since. */
const sideOf = (yes: GivenYes, needed: readonly NeededYes[], yeses: readonly GivenYes[]): string => {
  // One person may count for both sides.
  const sides = assignYeses(needed, yeses).filter((one) => one.yes?.by === yes.by);
  const clusters = sides.flatMap((side) => side.clusters.map((cluster) => prose(cluster, maxName)));
  return clusters.length === 0 ? '' : ` for ${clusters.join(' and ')}`;
};

/** Lists what has happened so far, oldest first, with actor and time. */
const record = (card: ApprovalCard): readonly string[] => {
  const { request, state, since, decision, outcome } = card;
  const yeses = decision?.yeses ?? card.yeses;
  const steps = [
    `requested ${momentAt(request.createdAt, '{date_short_pretty} {time}')} by ${mention(request.requester)}`,
  ];
  // A pending card has a line for each side.
  for (const yes of state === 'pending' ? [] : yeses)
    if (yes.by !== decision?.by)
      steps.push(`yes${sideOf(yes, card.needed, yeses)} ${momentAt(yes.at)} by ${mention(yes.by)}`);
  if (decision !== null) {
    const words = { approved: 'approved', denied: 'denied', cancelled: 'cancelled' }[decision.verdict];
    const own = decision.verdict === 'approved' ? yeses.find(({ by }) => by === decision.by) : undefined;
    const side = own === undefined ? '' : sideOf(own, card.needed, yeses);
    steps.push(`${words}${side} ${momentAt(decision.at)} by ${mention(decision.by)}`);
  }
  if (state === 'expired') steps.push(`expired ${momentAt(since)}`);
  if (state === 'done') steps.push(`${requestKinds[request.kind].done} ${momentAt(since)}`);
  if (canUndo(card)) steps.push(`undo until ${momentAt(since + undoWindowMs, '{date_short_pretty} {time}')}`);
  if (outcome?.undo !== undefined) {
    const { by, at } = outcome.undo;
    steps.push(`undone ${momentAt(at, '{date_short_pretty} {time}')} by ${mention(by)}`);
  }
  if (state === 'failed') steps.push(`failed ${momentAt(since)}`);
  if (state === 'unknown') steps.push(`result unknown since ${momentAt(since)}`);
  return steps;
};

/** Says what the request waits for, or how it ended. */
export const statusWords = (card: ApprovalCard): string => {
  const { request, state, decision, progress } = card;
  if (state === 'pending') {
    const [only, ...others] = card.needed;
    const who =
      only === undefined || others.length > 0 ? 'an owner of each side' : approversOf(only, request);
    return `expires at ${momentAt(request.expiresAt)} · needs approval from ${who}`;
  }
  if (state === 'approved') {
    return requestKinds[request.kind].startedBy === 'requester'
      ? `${mention(request.requester)} can reveal the token once, until ${momentAt(decision?.validUntil ?? 0)}`
      : 'starts now';
  }
  if (state === 'running') return sentence(progress ?? requestKinds[request.kind].running, 300);
  if (state === 'unknown') return 'the result is not known yet: the bot reads the clusters to find out';
  if (state === 'expired')
    return decision === null ? 'nobody decided in time' : 'approved, but not used in time';
  if (state === 'denied') return 'denied';
  return state === 'cancelled' ? 'cancelled by the requester' : '';
};

/** Says of each side who has said yes, or whose yes it needs; none if one yes is enough. */
export const sideLines = ({
  request,
  needed,
  yeses,
}: Pick<ApprovalCard, 'request' | 'needed' | 'yeses'>): readonly string[] =>
  needed.length < 2
    ? []
    : assignYeses(needed, yeses).map((side) => {
        const clusters = side.clusters.map(name).join(' and ');
        return side.yes === null
          ? `⏳ ${clusters}: needs approval from ${approversOf(side, request)}`
          : `✅ ${clusters}: yes from ${mention(side.yes.by)}, ${momentAt(side.yes.at)}`;
      });

const changesOf = ({ plan, unusedSince }: ApprovalCard['request']): readonly string[] => {
  const lines = plan.map((change) => `• ${sentence(change, maxChange)}`);
  if (unusedSince !== undefined) lines.push(`• the unused token was made ${momentAt(unusedSince, '{ago}')}`);
  return lines;
};

/** Titles the planned changes: to come, approved, or not carried out. */
const plannedTitle = ({ state, decision }: ApprovalCard): string => {
  if (state === 'pending') return 'What will change';
  return decision?.verdict === 'approved' ? 'What was approved' : 'What was requested';
};

const buttonsOf = (card: ApprovalCard): readonly (Button | undefined)[] => {
  const { request, state, outcome } = card;
  const { kind } = request;
  const shown = shownRequest(request);
  if (state === 'pending') {
    return [
      // A request that is not shown in full cannot be approved.
      isShownWhole(request) ? approvalButtons.approve.render('Approve…', shown, 'primary') : undefined,
      approvalButtons.deny.render('Deny…', shown, 'danger'),
      approvalButtons.cancel.render('Cancel request', shown),
    ];
  }
  if (canUndo(card)) return [approvalButtons.undo.render('Undo…', shown)];
  if (kind !== 'token') return [];
  if (state === 'approved') return [approvalButtons.reveal.render('Reveal token', shown, 'primary')];
  return state === 'unknown' && outcome !== null
    ? [approvalButtons.void.render('Void the token', shown, 'danger')]
    : [];
};

/** Returns the buttons of a request in its state, for everyone: a click by the wrong person is refused. */
export const cardButtons = (card: ApprovalCard): readonly Button[] =>
  buttonsOf(card).filter((one) => one !== undefined);

/** Lists what an approver decides on, by paragraph: who requests what and why, what will change, and a warning. */
export const requestLines = (
  request: ApprovalRequest,
  { title, warns }: { readonly title: string; readonly warns: boolean } = {
    title: 'What will change',
    warns: true,
  },
): readonly (readonly string[])[] => {
  const reason = request.reason.trim() === '' ? [] : [`> ${prose(request.reason, 500)}`];
  const changes = changesOf(request);
  const notes = (request.notes ?? []).map((note) => `• ${sentence(note, maxChange)}`);
  const warning = `⚠️ *${prose(request.peer, maxName)} is in use.* The cluster that uses this token becomes ${code(request.peer, maxName)} on ${code(request.acceptor, maxName)}, and replaces the present one.`;
  return [
    [requestSentence(request), ...reason],
    ...(changes.length > 0 ? [[`*${title}*`, ...changes]] : []),
    ...(notes.length > 0 ? [notes] : []),
    ...(request.replace && warns ? [[warning]] : []),
  ];
};

/**
 * Renders the card of a request in any state: the facts that the approver decides on, and later the record of who did
 * what and when. It never shows a token.
 */
export const renderApprovalCard = (card: ApprovalCard): Message => {
  const { request, state, decision, outcome } = card;
  const blocks: KnownBlock[] = requestLines(request, {
    title: plannedTitle(card),
    warns: state === 'pending',
  })
    .flatMap((lines) => packLines(lines))
    .map(section);
  if (card.readiness.length > 0) blocks.push(context(`readiness: ${readinessOf(card.readiness)}`));
  const now = statusWords(card);
  const sides = state === 'pending' ? sideLines(card) : [];
  if (now !== '') blocks.push(section([`${icons[state]} ${now}`, ...sides].join('\n')));
  if (outcome !== null) {
    const facts = factLines(outcome.facts.map((fact) => `• ${fact}`));
    blocks.push(
      section(`${now === '' ? `${icons[state]} ` : ''}${sentence(outcome.message, 600)}`),
      ...(facts === '' ? [] : [section(facts)]),
    );
  }
  if (decision !== null && decision.reason.trim() !== '') {
    blocks.push(context(`${mention(decision.by)}: ${prose(decision.reason, 300)}`));
  }
  blocks.push(context(`${record(card).join(' · ')} · request ${code(request.id, 40)}`));
  blocks.push(...buttonRow(cardButtons(card)));
  return { text: `${icons[state]} ${requestSentence(request)}: ${state}`, blocks };
};
