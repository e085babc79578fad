import { renderApprovalNotice } from '../cards/notice.message';
import { type ApprovalRecord, maxReasonLength } from '../requests/request';
import type { JobOutcome } from '../../../queue/define';
import { describeFailure } from '../../../slack/api/call';
import { showCard } from '../jobs/show-card';
import { describeState, noRequest, notAnApprover, ownRequest } from '../cards/describe-state';
import { isTrailProblem, trailWords } from '../store/trail-problems';
import { examine } from '../runs/examine';
import { DecideApproval } from '../jobs/payloads';
import { queueRun } from './queue-run';
import { tellRequester, tellRequesterOfYes } from '../jobs/tell-requester';
import { omitUndefined } from '../../../omit-undefined';
import { weighYeses } from './weigh-yeses';
import { assignYeses, type NeededWithYes, yesesNeededBy } from '../approvers/yeses';
import { type ApprovalContext, defineApprovalJob } from '../jobs/define-approval-job';

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
    const { claim, record, answer, signal, attempt, attempts } = context;
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
    return decide(record, context);
  },
});

/** Attempts to add a yes while others add theirs. */
const maxAttempts = 5;

const decide = async (
  record: ApprovalRecord,
  context: Context,
  attemptsLeft = maxAttempts,
): Promise<JobOutcome> => {
  const { id: click, claim, answer, tokens, log } = context;
  const { id } = record.request;
  const { verdict, reason, user: by, team, organisation } = claim;
  const decision = { verdict, by, team, reason: reason.slice(0, maxReasonLength) };
  const weighed =
    verdict === 'approved'
      ? await weighYeses(record, { by, team, ...omitUndefined({ organisation }) }, context)
      : undefined;
  if (weighed?.kind === 'outcome') return weighed.outcome;
  if (weighed?.kind === 'refused') return answer(weighed.message, 'undecided');
  if (weighed?.adds === false) return answer(renderNoNeed(weighed.needed, by), 'no-need');
  const isLast = weighed === undefined || weighed.needed.every(({ yes }) => yes !== null);
  const decided = isLast
    ? await tokens.approvals.decide(id, { ...decision, ...yesesOf(weighed) }, click, record)
    : await tokens.approvals.consent(record, { ...weighed, detail: consentDetail(weighed) }, click);
  if (decided.ok) return isLast ? carryOn(decided.value, context) : waitForOthers(decided.value, context);
  const { reason: problem, record: now } = decided.error;
  if (problem === 'forged') {
    log.error({ approval: claim.request }, 'the trail does not lead to the state of this request');
    return answer(noRequest, 'forged');
  }
  if (isTrailProblem(problem)) {
    log.error({ approval: claim.request, problem }, 'nothing was decided because of the audit trail');
    return answer(renderApprovalNotice('refused', `nothing was decided: ${trailWords[problem]}`), problem);
  }
  // Another yes has come meanwhile.
  if (problem === 'state' && now?.state === 'pending')
    return attemptsLeft > 1
      ? decide(now, context, attemptsLeft - 1)
      : { kind: 'retry', reason: 'others give their yes' };
  if (problem === 'late') await showCard(id, context);
  return late(now ?? record, context);
};

type Weighed = Extract<Awaited<ReturnType<typeof weighYeses>>, { kind: 'weighed' }>;

/** The yeses of a decision that needs more than one. */
const yesesOf = (weighed: Weighed | undefined) =>
  weighed === undefined || weighed.needed.length < 2
    ? {}
    : { yeses: [...weighed.kept, { ...weighed.yes, at: 0 }] };

const consentDetail = ({ needed, yes, dropped }: Weighed): string => {
  const own = needed.filter((one) => one.yes?.by === yes.by).flatMap(({ clusters }) => clusters);
  const gone = dropped.length === 0 ? '' : `; no longer counts: ${dropped.join(', ')}`;
  return `yes for ${own.join(', ')}${gone}`;
};

const renderNoNeed = (needed: readonly NeededWithYes[], by: string) => {
  const open = needed.filter(({ yes }) => yes === null).flatMap(({ clusters }) => clusters);
  const given = needed.some(({ yes }) => yes?.by === by)
    ? 'your yes is already given, and one person counts for one side'
    : 'the side that you can approve already has its yes';
  return renderApprovalNotice('waiting', `${given}: "${open.join('" and "')}" still needs one`);
};

/** Says on the cards, to the person and to the requester which yes is still needed. */
const waitForOthers = async (record: ApprovalRecord, context: Context): Promise<JobOutcome> => {
  const { config, log, reply, claim } = context;
  const shown = await showCard(record.request.id, context);
  if (!shown.ok) log.warn({ reason: describeFailure(shown.error) }, 'could not edit a card yet');
  const needed = assignYeses(yesesNeededBy(record.request, config) ?? [], record.yeses);
  const own = needed.filter(({ yes }) => yes?.by === claim.user).flatMap(({ clusters }) => clusters);
  const open = needed.filter(({ yes }) => yes === null).flatMap(({ clusters }) => clusters);
  await tellRequesterOfYes(record, { by: claim.user, given: own, open }, context, log);
  const words = `your yes counts for "${own.join('" and "')}"; "${open.join('" and "')}" needs one of its owner`;
  return reply.privately(renderApprovalNotice('waiting', words), 'consented');
};

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
