import type { Button, KnownBlock } from '@slack/types';
import type { Verdict } from '../../report/report';
import { code, prose as anyProse, sentence as anySentence, fitting } from '../../render/escape';
import { count, verdictIcon } from '../../render/words';
import { approvalButtons } from './approval-buttons';
import { buttonRow, context, mention, moment, section } from '../../render/slack/blocks';
import { factLines } from './fact-lines';
import { type Message, packLines } from '../../render/slack/limits';

/** The newest stored verdict of a cluster, as far as it was ever checked. */
export interface Readiness {
  readonly cluster: string;
  readonly verdict: Verdict | null;
  readonly errors: number;
}

/** A request as it stands, for the people who decide about it. Texts may be hostile. All times are in ms. */
export interface ApprovalCard {
  readonly request: {
    readonly id: string;
    readonly kind: 'token' | 'connect';
    readonly acceptor: string;
    readonly dialer: string | null;
    readonly peer: string;
    readonly dialerPeer: string | null;
    readonly replace: boolean;
    readonly reason: string;
    readonly requester: string;
    readonly plan: readonly string[];
    readonly unusedSince?: number | undefined;
    readonly createdAt: number;
    readonly expiresAt: number;
  };
  readonly state:
    | 'pending'
    | 'approved'
    | 'running'
    | 'done'
    | 'failed'
    | 'unknown'
    | 'denied'
    | 'expired'
    | 'cancelled';
  readonly since: number;
  readonly decision: {
    readonly verdict: 'approved' | 'denied' | 'cancelled';
    readonly by: string;
    readonly reason: string;
    readonly at: number;
    readonly validUntil: number;
  } | null;
  readonly outcome: { readonly message: string; readonly facts: readonly string[] } | null;
  readonly readiness: readonly Readiness[];
  readonly approvers: { readonly users: readonly string[]; readonly usergroups: readonly string[] };
  /** What is being done, while it is. */
  readonly progress?: string;
}

// Everything on a card is within its limit however it is escaped: all of it has to fit into one message.
const prose = fitting(anyProse);
const sentence = fitting(anySentence);

const name = (text: string): string => `*${prose(text, 100)}*`;
/** A moment in ms since the epoch; empty where it is none. */
export const momentAt = (ms: number, format = '{time}'): string =>
  Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? moment(new Date(ms).toISOString(), format) : '';

/** Who asks for what. */
export const requestSentence = ({
  kind,
  acceptor,
  dialer,
  peer,
  requester,
}: ApprovalCard['request']): string =>
  kind === 'token'
    ? `🔑 ${mention(requester)} asks for a peering token of ${name(acceptor)} for peer ${name(peer)}`
    : `🔗 ${mention(requester)} asks to peer ${name(acceptor)} with ${name(dialer ?? '')}`;

const readinessOf = (readiness: readonly Readiness[]): string =>
  readiness
    .map(({ cluster, verdict, errors }) => {
      if (verdict === null) return `${prose(cluster, 100)} not checked yet`;
      return `${prose(cluster, 100)} ${verdictIcon[verdict]}${errors > 0 ? ` ${count(errors, 'error')}` : ''}`;
    })
    .join(', ');

const usergroup = (id: string): string => (/^S[A-Z0-9]{2,20}$/.test(id) ? `<!subteam^${id}>` : '');

/** Whom it waits for. A few are named; a list of twenty helps nobody. */
const approversOf = ({ approvers, request }: ApprovalCard): string => {
  const others = approvers.users.filter((user) => user !== request.requester);
  const all = [...approvers.usergroups.map(usergroup), ...others.map(mention)].filter((one) => one !== '');
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

/** What has happened so far, oldest first: who, what, when. */
const record = (card: ApprovalCard): readonly string[] => {
  const { request, state, since, decision } = card;
  const steps = [
    `asked ${momentAt(request.createdAt, '{date_short_pretty} {time}')} by ${mention(request.requester)}`,
  ];
  if (decision !== null) {
    const words = { approved: 'approved', denied: 'denied', cancelled: 'cancelled' }[decision.verdict];
    steps.push(`${words} ${momentAt(decision.at)} by ${mention(decision.by)}`);
  }
  if (state === 'expired') steps.push(`expired ${momentAt(since)}`);
  if (state === 'done')
    steps.push(`${request.kind === 'token' ? 'revealed to the requester' : 'connected'} ${momentAt(since)}`);
  if (state === 'failed') steps.push(`failed ${momentAt(since)}`);
  if (state === 'unknown') steps.push(`end unknown since ${momentAt(since)}`);
  return steps;
};

/** What it waits for, or how it ended. */
export const statusWords = (card: ApprovalCard): string => {
  const { request, state, decision, progress } = card;
  if (state === 'pending') {
    const who = approversOf(card);
    return `answers until ${momentAt(request.expiresAt)} · needs one of ${who}, not ${mention(request.requester)}`;
  }
  if (state === 'approved') {
    return request.kind === 'token'
      ? `${mention(request.requester)} can reveal the token once, until ${momentAt(decision?.validUntil ?? 0)}`
      : 'starts now';
  }
  if (state === 'running')
    return sentence(progress ?? (request.kind === 'token' ? 'generating the token' : 'connecting'), 300);
  if (state === 'unknown') return 'how it ended is not known yet: the bot reads the clusters and settles it';
  if (state === 'expired')
    return decision === null ? 'nobody decided in time' : 'approved, and not used in time';
  if (state === 'denied') return 'denied';
  return state === 'cancelled' ? 'taken back by its requester' : '';
};

const changesOf = ({ plan, unusedSince }: ApprovalCard['request']): readonly string[] => {
  const lines = plan.map((change) => `• ${sentence(change, 300)}`);
  if (unusedSince !== undefined) lines.push(`• that token was made ${momentAt(unusedSince, '{ago}')}`);
  return lines;
};

/** What the planned changes are to the reader: a prospect, what somebody agreed to, or what did not come about. */
const plannedTitle = ({ state, decision }: ApprovalCard): string => {
  if (state === 'pending') return 'What will change';
  return decision?.verdict === 'approved' ? 'What was approved' : 'What was asked for';
};

const buttonsOf = ({ request, state, outcome }: ApprovalCard): readonly (Button | undefined)[] => {
  const { id, kind } = request;
  if (state === 'pending') {
    return [
      approvalButtons.approve.render('Approve', id, 'primary'),
      approvalButtons.deny.render('Deny…', id, 'danger'),
      approvalButtons.cancel.render('Cancel request', id),
    ];
  }
  if (kind !== 'token') return [];
  if (state === 'approved') return [approvalButtons.reveal.render('Reveal token', id, 'primary')];
  return state === 'unknown' && outcome !== null
    ? [approvalButtons.void.render('Void the token', id, 'danger')]
    : [];
};

/** Returns the buttons of a request in its state, for everybody: a click by the wrong person is refused. */
export const cardButtons = (card: ApprovalCard): readonly Button[] =>
  buttonsOf(card).filter((one) => one !== undefined);

/**
 * The card of a request, in every state of it: what the approver decides on, and in the end the record of who did
 * what when. A token never stands on it.
 */
export const renderApprovalCard = (card: ApprovalCard): Message => {
  const { request, state, decision, outcome } = card;
  const reason = request.reason.trim() === '' ? [] : [`> ${prose(request.reason, 500)}`];
  const blocks: KnownBlock[] = packLines([requestSentence(request), ...reason]).map(section);
  const changes = changesOf(request);
  if (changes.length > 0) blocks.push(...packLines([`*${plannedTitle(card)}*`, ...changes]).map(section));
  if (request.replace && state === 'pending') {
    blocks.push(
      section(
        `⚠️ *${prose(request.peer, 100)} is in use.* Whoever uses this token becomes ${code(request.peer, 100)} on ${code(request.acceptor, 100)}, and the cluster that is it now no longer is.`,
      ),
    );
  }
  if (card.readiness.length > 0) blocks.push(context(`readiness: ${readinessOf(card.readiness)}`));
  const now = statusWords(card);
  if (now !== '') blocks.push(section(`${icons[state]} ${now}`));
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
