import { actorOf } from '../../../access/actor';
import { renderApprovalNotice } from '../cards/notice.message';
import { omitUndefined } from '../../../omit-undefined';
import { renderFailure } from '../../../render/slack/failure';
import { count } from '../../../render/words';
import { isEnd } from '../requests/transitions';
import { type ApprovalRecord, maxReasonLength } from '../requests/request';
import { botActor } from '../store/approvals';
import { requestIdOf } from '../store/approvals.store';
import type { JobOutcome } from '../../../queue/define';
import { describeFailure } from '../../../slack/api/call';
import { showCard } from '../jobs/show-card';
import { planNow } from '../runs/examine';
import { requestClusters } from '../requests/clusters';
import { RequestApproval } from '../jobs/payloads';
import type { ClusterFacts } from '../plans/plan';
import { permitFor } from '../approvers/permit';
import { renderManaged } from './managed.message';
import { requestNotes } from './request-notes';
import { requestKinds } from '../plans/kinds';
import { findHopeless } from './find-hopeless';
import { expiryOf, yesesNeededBy } from '../approvers/yeses';
import { defineSealedRequestJob, type SealedRequestContext } from '../jobs/sealed-job';

type Claim = RequestApproval['claim'];
type Context = SealedRequestContext<Claim>;

/** Plans a request, refuses one that cannot work, and posts any other for the approvers. */
export const requestApproval = defineSealedRequestJob<Claim>({
  // Jobs of earlier versions have this name, and it is signed with their claims.
  name: 'ask-approval',
  payload: RequestApproval,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (context) => {
    const { claim, reply, tokens } = context;
    const permission = { command: claim.kind, clusters: requestClusters(claim) };
    const permit = await permitFor(claim, permission, tokens.requesters, context);
    if (permit.kind === 'outcome') return permit.outcome;
    if (permit.kind === 'refused') return reply.privately(permit.message, 'refused');
    const request = await storeRequest(context);
    if ('kind' in request) return request;
    return present(request, context);
  },
});

/** Stores the request. If it is refused, returns the outcome of the job instead. */
const storeRequest = async (context: Context): Promise<ApprovalRecord | JobOutcome> => {
  const { id, claim, reply, config, tokens, log, signal, attempt, attempts } = context;
  // An earlier attempt may have stored it already.
  const earlier = await tokens.approvals.find(requestIdOf(id));
  if (typeof earlier !== 'string') return earlier;
  const needed = yesesNeededBy(claim, config);
  if (needed === undefined)
    return reply.privately(renderFailure({ kind: 'not-set-up', cluster: null }), 'refused');
  const hopeless = await findHopeless(needed, claim.user, tokens.membersOf);
  if (hopeless !== undefined) return reply.privately(renderApprovalNotice('refused', hopeless), 'refused');
  const externalAddresses = requestKinds[claim.kind].notes.includes('token addresses')
    ? (claim.externalAddresses ?? config.clusters.get(claim.acceptor)?.serverExternalAddresses)
    : undefined;
  const planned = await planNow({ ...claim, externalAddresses }, context, signal);
  if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
  if (planned.kind === 'not-set-up') {
    log.warn({ reason: planned.message }, 'not set up for peering tokens');
    const failure = renderFailure({ kind: 'not-set-up', cluster: planned.cluster });
    return reply.privately(failure, 'not-set-up');
  }
  if (planned.kind === 'unreadable') {
    const { kind: cause, message } = planned.error;
    if (attempt < attempts) return { kind: 'retry', reason: cause };
    const failure = renderFailure({ kind: 'cannot-read', cluster: planned.cluster, cause, message });
    return reply.privately(failure, cause);
  }
  const { plan } = planned;
  const managed = renderManaged(claim, planned);
  if (managed) return reply.privately(managed, 'managed');
  if (!plan.ok) return reply.privately(renderApprovalNotice('refused', plan.error), 'refused');
  const { kind, acceptor, dialer, peer, dialerPeer, replace, service, reason, user } = claim;
  const { team, organisation, channel } = claim;
  const tools = { ...context, requester: actorOf(claim) };
  const notes = await requestNotes({ ...claim, externalAddresses }, planned, tools, { id, signal });
  const created = await tokens.approvals.create(
    id,
    {
      kind,
      acceptor,
      dialer,
      peer,
      dialerPeer,
      replace,
      team,
      organisation,
      channel,
      reason: reason.slice(0, maxReasonLength),
      requester: user,
      plan: plan.value.changes,
      ...omitUndefined({ service, externalAddresses }),
      ...(notes.length > 0 && { notes }),
      ...(needed.length > 1 && { sides: needed.map(({ clusters }) => clusters) }),
      unusedSince: await madeAt(planned.acceptor, tokens),
      digest: plan.value.digest,
    },
    expiryOf(config),
  );
  if (created === 'repeated') {
    log.error('a request that the trail knows, and that is gone, was queued again');
    return { kind: 'done', as: created };
  }
  if (created !== 'too-many') return created;
  const words = 'you have three open requests: cancel one, or wait for a decision';
  return reply.privately(renderApprovalNotice('refused', words), 'too-many');
};

/**
 * Returns the time at which the unused token was made that the new one voids, in ms by Redis's clock. Undefined if this bot did not
 * make it: Consul does not say.
 */
const madeAt = async (
  { peering }: ClusterFacts,
  { approvals }: Context['tokens'],
): Promise<number | undefined> => {
  if (peering === null || peering.state !== 'PENDING' || peering.madeBy === null) return undefined;
  const maker = await approvals.find(peering.madeBy);
  if (typeof maker === 'string' || maker.state !== 'done') return undefined;
  const { after } = maker.work ?? { after: null };
  return after?.id === peering.id && after.modifyIndex === peering.modifyIndex ? maker.since : undefined;
};

/** Posts the card for the approvers, once, and tells the requester. */
const present = async (
  { request: { id, expiresAt }, state }: ApprovalRecord,
  context: Context,
): Promise<JobOutcome> => {
  const { reply, tokens, log, attempt, attempts } = context;
  if (isEnd(state)) return { kind: 'done', as: state };
  const shown = await showCard(id, context);
  if (!shown.ok) {
    const { error: failure } = shown;
    if (failure.kind === 'rate-limited') return { kind: 'delay', afterMs: failure.retryAfterMs };
    const reason = describeFailure(failure);
    if (failure.kind === 'lost' && attempt < attempts) return { kind: 'retry', reason };
    log.error({ reason }, 'could not post the card of a request');
    const message =
      'the request could not be posted: make sure that the bot is in the channel of the approvers';
    await tokens.approvals.end(id, 'fail', { message, facts: [] }, { by: botActor, from: 'pending' });
    // The other channel may have a card already.
    await showCard(id, context);
    return reply.privately(renderApprovalNotice('refused', message), 'undelivered');
  }
  const minutes = Math.max(1, Math.round((expiresAt - Date.now()) / 60_000));
  const words = `your request is waiting for approval; it expires in ${count(minutes, 'minute')}`;
  return reply.privately(renderApprovalNotice('waiting', words), 'asked');
};
