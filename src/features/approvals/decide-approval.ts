import { renderApprovalNotice } from './notice.message';
import { type ApprovalRecord, maxReasonLength } from './request';
import type { JobOutcome } from '../../queue/define';
import { describeFailure } from '../../slack/api/call';
import { showCard } from './cards';
import { describeState, noRequest, notAnApprover, ownRequest } from './describe-state';
import { isTrailProblem, trailWords } from './trail-problems';
import { examine } from './examine';
import { DecideApproval } from './payloads';
import { queueRun } from './queue-run';
import { tellRequester } from './tell-requester';
import { type ApprovalContext, defineApprovalJob } from './define-approval-job';

type Claim = DecideApproval['claim'];
type Context = ApprovalContext<Claim>;

/** Handles a click on Approve, Deny or Cancel. Of several clicks at once, Redis accepts one. */
export const decideApproval = defineApprovalJob<Claim>({
  name: 'decide-approval',
  payload: DecideApproval,
  options: { attempts: 3, backoffMs: 1000 },
  allowedFor: ({ verdict }) =>
    verdict === 'cancelled'
      ? {
          click: verdict,
          requester: { allow: 'always' },
          approver: {
            allow: 'never',
            refusal: { words: 'only the requester can cancel a request', detail: 'not the requester' },
          },
        }
      : {
          click: verdict,
          requester: { allow: 'never', refusal: { words: ownRequest[verdict], detail: 'own request' } },
          approver: {
            allow: 'permitted',
            refusal: { words: notAnApprover, detail: 'not an approver' },
          },
        },
  inState: 'pending',

  late: (context) => late(context.record, context),

  handle: async (context) => {
    const { claim, record, answer, tokens, log, signal, attempt, attempts } = context;
    if (claim.verdict !== 'cancelled' && claim.fingerprint === undefined) return answer(unbound, 'unbound');
    if (claim.verdict === 'approved') {
      const examined = await examine(record.request, context, signal);
      if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
      if (examined.kind === 'unreadable') {
        if (attempt < attempts) return { kind: 'retry', reason: 'unreadable' };
        const words = `nothing was decided: ${examined.message}; try again in a few minutes`;
        return answer(renderApprovalNotice('unclear', words), 'unreadable');
      }
      if (examined.kind === 'changed') return failChanged(record, examined.message, context);
    }
    const { verdict, reason, user: by, team } = claim;
    const decision = { verdict, by, team, reason: reason.slice(0, maxReasonLength) };
    const decided = await tokens.approvals.decide(record.request.id, decision, context.id);
    if (!decided.ok && decided.error.reason === 'forged') {
      log.error({ approval: claim.request }, 'the trail does not lead to the state of this request');
      return answer(noRequest, 'forged');
    }
    if (!decided.ok && isTrailProblem(decided.error.reason)) {
      const { reason: problem } = decided.error;
      log.error({ approval: claim.request, problem }, 'nothing was decided because of the audit trail');
      return answer(renderApprovalNotice('refused', `nothing was decided: ${trailWords[problem]}`), problem);
    }
    if (!decided.ok) {
      if (decided.error.reason === 'late') await showCard(record.request.id, context);
      return late(decided.error.record ?? record, context);
    }
    return carryOn(decided.value, context);
  },
});

/** A decision counts for what its modal showed, so one without a modal counts for nothing. */
const unbound = renderApprovalNotice('unclear', 'nothing was decided: click Approve or Deny again');

/** Answers a click that came too late. A repeated job of the click that decided comes here too. */
const late = async (record: ApprovalRecord, context: Context): Promise<JobOutcome> => {
  const { claim, reply } = context;
  const { decision } = record;
  if (decision?.by === claim.user && decision.verdict === claim.verdict) return carryOn(record, context);
  return reply.privately(renderApprovalNotice('unclear', `too late: ${describeState(record)}`), 'late');
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
  // Another person decided meanwhile, which may have caused the change.
  if (!ended.ok) return late(ended.error.record ?? record, context);
  await showCard(id, context);
  await tellRequester(ended.value, context, log);
  const words = `nothing was approved: ${message}; submit a new request`;
  return reply.privately(renderApprovalNotice('refused', words), 'changed');
};

/** Carries out the steps after a decision, which may all be repeated. */
const carryOn = async (record: ApprovalRecord, context: Context): Promise<JobOutcome> => {
  const { tokens, log } = context;
  if (!(await queueRun(record, tokens))) return { kind: 'retry', reason: 'Redis took no job' };
  const shown = await showCard(record.request.id, context);
  // The sweeper edits the card later; the decision is stored.
  if (!shown.ok) log.warn({ reason: describeFailure(shown.error) }, 'could not edit a card yet');
  await tellRequester(record, context, log);
  return { kind: 'done', as: record.state };
};
