import { renderApprovalNotice } from './notice.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { type ApprovalRecord, maxReasonLength } from './request';
import type { JobOutcome } from '../../queue/define';
import { describeFailure } from '../../slack/api/call';
import { showCard } from './cards';
import { howItStands, noRequest } from './ended';
import { requestClusters, examine } from './examine';
import { DecideApproval } from './payloads';
import { queueConnect } from './queue-connect';
import { permitFor } from './permit';
import { tellRequester } from './tell-requester';
import { defineSealedRequestJob, type SealedRequestContext } from './sealed-job';

type Claim = DecideApproval['claim'];
type Context = SealedRequestContext<Claim>;

/** Handles a click on Approve, Deny or Cancel. Of several at once, Redis lets one through. */
export const decideApproval = defineSealedRequestJob<Claim>({
  name: 'decide-approval',
  payload: DecideApproval,
  options: { attempts: 3, backoffMs: 1000 },

  handle: async (context) => {
    const { claim, reply, tokens, log, signal, attempt, attempts } = context;
    const record = await tokens.approvals.find(claim.request);
    if (typeof record === 'string') {
      log.error({ approval: claim.request, record }, 'a click on an unknown request');
      return reply.privately(noRequest, record);
    }
    const refused = await refusedClick(record, context);
    if (refused) return refused;
    if (record.state !== 'pending') return late(record, context);
    if (claim.verdict === 'approved') {
      const examined = await examine(record.request, context, signal);
      if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
      if (examined.kind === 'unreadable') {
        if (attempt < attempts) return { kind: 'retry', reason: 'unreadable' };
        const words = `nothing was decided: ${examined.message}; try again in a few minutes`;
        return reply.privately(renderApprovalNotice('unclear', words), 'unreadable');
      }
      if (examined.kind === 'changed') return failChanged(record, examined.message, context);
    }
    const { verdict, reason, user: by, team } = claim;
    const decision = { verdict, by, team, reason: reason.slice(0, maxReasonLength) };
    const decided = await tokens.approvals.decide(record.request.id, decision);
    if (!decided.ok && decided.error.reason === 'forged') {
      log.error({ approval: claim.request }, 'the trail does not lead to the state of this request');
      return reply.privately(noRequest, 'forged');
    }
    if (!decided.ok) {
      if (decided.error.reason === 'late') await showCard(record.request.id, context);
      return late(decided.error.record ?? record, context);
    }
    return carryOn(decided.value, context);
  },
});

/** Refuses a person who may not decide, and records the attempt; nothing else changes. */
const refusedClick = async (
  { request }: ApprovalRecord,
  context: Context,
): Promise<JobOutcome | undefined> => {
  const { claim, reply, tokens } = context;
  const refuse = async (message: Message, why: string): Promise<JobOutcome> => {
    const { user: person, team, verdict } = claim;
    const detail = `${verdict}: ${why}`;
    await tokens.approvals.remark(request, { action: 'refused-click', person, team, detail });
    return reply.privately(message, 'refused');
  };
  const own = claim.user === request.requester;
  if (claim.team !== request.team)
    return refuse(renderFailure({ kind: 'other-team' }), 'user of another workspace');
  if (claim.verdict === 'cancelled') {
    if (own) return undefined;
    return refuse(
      renderApprovalNotice('refused', 'only the requester can cancel a request'),
      'not the requester',
    );
  }
  if (own)
    return refuse(
      renderApprovalNotice(
        'refused',
        claim.verdict === 'approved'
          ? 'you cannot approve your own request: another approver must decide'
          : 'you cannot deny your own request: cancel it instead',
      ),
      'own request',
    );
  const permission = { command: request.kind, clusters: requestClusters(request) };
  const permit = await permitFor(claim, permission, tokens.approvers, context);
  if (permit.kind === 'allowed') return undefined;
  if (permit.kind === 'outcome') return permit.outcome;
  if (!permit.sure) return reply.privately(permit.message, 'undecided');
  return refuse(renderApprovalNotice('refused', 'you are not an approver'), 'not an approver');
};

/** Answers a click that came too late. The very click that decided comes here again where its job is repeated. */
const late = async (record: ApprovalRecord, context: Context): Promise<JobOutcome> => {
  const { claim, reply } = context;
  const { decision } = record;
  if (decision?.by === claim.user && decision.verdict === claim.verdict) return carryOn(record, context);
  return reply.privately(renderApprovalNotice('unclear', `too late: ${howItStands(record)}`), 'late');
};

const failChanged = async (
  record: ApprovalRecord,
  message: string,
  context: Context,
): Promise<JobOutcome> => {
  const { claim, reply, tokens, log } = context;
  const { id } = record.request;
  const outcome = { message, facts: [] };
  const ended = await tokens.approvals.end(id, 'fail', outcome, { by: claim.user, from: 'pending' });
  // Somebody else decided meanwhile, and what they set going may be what changed.
  if (!ended.ok) return late(ended.error.record ?? record, context);
  await showCard(id, context);
  await tellRequester(ended.value, context, log);
  const words = `nothing was approved: ${message}; submit a new request`;
  return reply.privately(renderApprovalNotice('refused', words), 'changed');
};

/** Carries out what follows from a decision. All of it may be repeated. */
const carryOn = async (record: ApprovalRecord, context: Context): Promise<JobOutcome> => {
  const { tokens, log } = context;
  if (!(await queueConnect(record, tokens))) return { kind: 'retry', reason: 'Redis took no job' };
  const shown = await showCard(record.request.id, context);
  // It is on the list of cards to edit, so it will be; the decision stands either way.
  if (!shown.ok) log.warn({ reason: describeFailure(shown.error) }, 'could not edit a card yet');
  await tellRequester(record, context, log);
  return { kind: 'done', as: record.state };
};
