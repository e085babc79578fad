import type { Logger } from 'pino';
import { renderApprovalNotice } from './notice.message';
import { renderNoticeModal } from '../../render/slack/notice';
import type { ApprovalRecord } from './request';
import { botActor } from './approvals';
import { describeFailure } from '../../slack/api/call';
import type { ApprovalServices } from './sealed-job';
import { look, type Sides, withSides } from './sides';
import type { TokenServices } from './services';
import { undoConnect } from './undo';
import { voidToken } from './void';

export type Settled =
  | { readonly kind: 'settled'; readonly message: string }
  /** It stays as it is, and is looked at again. */
  | { readonly kind: 'waiting'; readonly message: string };

interface Tools extends Pick<ApprovalServices, 'config'> {
  readonly tokens: Pick<TokenServices, 'approvals' | 'clients' | 'fillView'>;
}

interface End {
  readonly event: 'reconcile-done' | 'reconcile-undone';
  readonly message: string;
  readonly facts?: readonly string[];
}

/** So long an end may stay unknown (ms): then people have to look, and the card says where. */
const mostUnknownMs = 24 * 3_600_000;

/**
 * Settles a run whose end was lost, by what the clusters show now: done, or undone. It repeats nothing that the run
 * did: what it writes only takes back.
 */
export const settle = async (
  record: ApprovalRecord,
  tools: Tools,
  log: Logger,
  { by = botActor, now = Date.now() }: { readonly by?: string; readonly now?: number } = {},
): Promise<Settled> => {
  const { request, outcome, since } = record;
  const judge = request.kind === 'connect' ? judgeConnect : judgeToken;
  const judged = await withSides(request, tools, (sides) => judge(record, sides, tools.tokens, by));
  const end: End | { readonly wait: string } = 'missing' in judged ? { wait: judged.missing } : judged;
  if ('wait' in end && now - since < mostUnknownMs) {
    log.warn({ approval: request.id, reason: end.wait }, 'an end that is not known yet');
    return { kind: 'waiting', message: end.wait };
  }
  const {
    event,
    message,
    facts = [],
  }: End = 'wait' in end
    ? {
        event: 'reconcile-undone',
        message: `the result is still unknown after a day; check the clusters yourself: ${end.wait}`,
      }
    : end;
  await tools.tokens.approvals.remark(request, {
    action: 'reconcile',
    person: by,
    detail: message.slice(0, 200),
  });
  const kept = { message, facts: [...(outcome?.facts ?? []), ...facts] };
  await tools.tokens.approvals.end(request.id, event, kept, { by });
  await tellModal(record, message, tools.tokens, log);
  return { kind: 'settled', message };
};

/**
 * Says in the modal of a run that died what became of it: it loads for ever else, or shows a token that is void.
 * Most often it was closed long ago.
 */
const tellModal = async (
  { request: { id }, work }: ApprovalRecord,
  message: string,
  { fillView }: Pick<TokenServices, 'fillView'>,
  log: Logger,
): Promise<void> => {
  if (!work?.view) return;
  const shown = await fillView(
    work.view,
    renderNoticeModal('Peering token', renderApprovalNotice('unclear', message)),
  );
  if (!shown.ok) log.info({ approval: id, reason: describeFailure(shown.error) }, 'no modal to tell');
};

type Judged = Promise<End | { readonly wait: string }>;

const judgeToken = async (
  record: ApprovalRecord,
  { acceptor }: Sides,
  tokens: Pick<TokenServices, 'approvals'>,
  by: string,
): Judged => {
  const voided = await voidToken(record, acceptor, tokens, by);
  if (voided.kind === 'unreadable') return { wait: voided.message };
  if (voided.kind === 'used')
    return { event: 'reconcile-done', message: `the token was used: the peering is ${voided.state}` };
  const message =
    voided.kind === 'voided'
      ? 'a token was generated, but it is not known whether anybody saw it, so the bot voided it: submit a new request'
      : `interrupted, and nothing is left to void: ${voided.why}`;
  return { event: 'reconcile-undone', message };
};

/** What the two sides of a connect show. */
export const connectState = async (
  { request }: ApprovalRecord,
  { acceptor, dialer }: Sides,
  signal?: AbortSignal,
): Promise<
  | { readonly kind: 'active' }
  /** Nothing stands but what may be taken back. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'between' | 'unreadable'; readonly message: string }
> => {
  if (dialer === undefined) throw new Error('a connect has two sides');
  const [one, other] = await Promise.all([look(acceptor, signal), look(dialer, signal)]);
  if (!one.ok) return { kind: 'unreadable', message: one.message };
  if (!other.ok) return { kind: 'unreadable', message: other.message };
  const [a, d] = [one.peering, other.peering];
  // Whoever else made the dialer's peering: it is not ours to judge, and ours does not stand.
  if (d === null || d.madeBy !== request.id || d.state === 'PENDING') return { kind: 'nothing' };
  if (a?.state === 'ACTIVE' && d.state === 'ACTIVE' && d.peerId === a.id) return { kind: 'active' };
  const message = `${acceptor.cluster} says ${a?.state ?? 'no peering'}, ${dialer.cluster} says ${d.state}`;
  return { kind: 'between', message };
};

const judgeConnect = async (
  record: ApprovalRecord,
  sides: Sides,
  tokens: Pick<TokenServices, 'approvals'>,
): Judged => {
  const state = await connectState(record, sides);
  if (state.kind === 'active') return { event: 'reconcile-done', message: 'both sides are ACTIVE' };
  if (state.kind !== 'nothing') return { wait: state.message };
  const undone = await undoConnect(record, sides, tokens);
  if (!undone.ok) return { wait: undone.message };
  const message = 'interrupted, and the bot undid what it had started: submit a new request';
  return { event: 'reconcile-undone', message, facts: undone.facts };
};
