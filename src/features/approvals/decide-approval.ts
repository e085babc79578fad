import { renderApprovalNotice } from './notice.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { type ApprovalRecord, mostReason } from './request';
import { endPrivately } from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import { describeFailure } from '../../slack/api/call';
import type { JobTools } from '../job-tools';
import { showCard } from './cards';
import { howItStands, noRequest } from './ended';
import { clustersOf, examine } from './examine';
import { notOurs, toolsFor } from './genuine';
import { DecideApproval } from './payloads';
import { queueConnect } from './queue-connect';
import { rightOf } from './right';
import { tellRequester } from './tell-requester';
import type { TokenTools } from './tools';

type Claim = DecideApproval['claim'];
type Tools = JobTools & { readonly tokens: TokenTools };

/** A click on Approve, Deny or Cancel. Of many at once, Redis lets one through. */
export const decideApproval = defineJob({
  name: 'decide-approval',
  queue: 'tokens',
  payload: DecideApproval,
  options: { attempts: 3, backoffMs: 1000 },

  handle: async (payload, given, run) => {
    const tokens = await toolsFor(payload, 'decide-approval', given, run);
    if (tokens === undefined) return notOurs;
    const tools: Tools = { ...given, tokens };
    const click = payload.claim;
    const record = await tokens.approvals.find(click.request);
    if (typeof record === 'string') {
      run.log.error({ approval: click.request, record }, 'a click on no request of ours');
      return endPrivately(click, noRequest, tools, run, record);
    }
    const refused = await refusedClick(record, click, tools, run);
    if (refused) return refused;
    if (record.state !== 'pending') return late(record, click, tools, run);
    if (click.verdict === 'approved') {
      const examined = await examine(record.request, tools, run.signal);
      if (run.signal.aborted) return { kind: 'again', reason: 'aborted' };
      if (examined.kind === 'unreadable') {
        if (run.attempt < run.attempts) return { kind: 'again', reason: 'unreadable' };
        const words = `nothing was decided: ${examined.message}; click again when that has passed`;
        return endPrivately(click, renderApprovalNotice('unclear', words), tools, run, 'unreadable');
      }
      if (examined.kind === 'changed') return failChanged(record, examined.message, click, tools, run);
    }
    const { verdict, reason, user: by, team } = click;
    const decision = { verdict, by, team, reason: reason.slice(0, mostReason) };
    const decided = await tokens.approvals.decide(record.request.id, decision);
    if (!decided.ok && decided.refusal === 'forged') {
      run.log.error({ approval: click.request }, 'the trail does not lead to the state of this request');
      return endPrivately(click, noRequest, tools, run, 'forged');
    }
    if (!decided.ok) {
      if (decided.refusal === 'late') await showCard(record.request.id, tools);
      return late(decided.record ?? record, click, tools, run);
    }
    return carryOn(decided.record, tools, run);
  },

  abandon: async (payload, tools, run) => {
    const tokens = await toolsFor(payload, 'decide-approval', tools, run);
    if (tokens === undefined) return;
    await endPrivately(
      payload.claim,
      renderFailure({ kind: 'unexpected', requestId: run.id }),
      tools,
      run,
      'failed',
    );
  },
});

/** Who may not decide is told so, and that they tried is written down; nothing else changes. */
const refusedClick = async (
  { request }: ApprovalRecord,
  click: Claim,
  tools: Tools,
  run: JobRun,
): Promise<Outcome | undefined> => {
  const refuse = async (message: Message, why: string): Promise<Outcome> => {
    const { user: person, team, verdict } = click;
    const detail = `${verdict}: ${why}`;
    await tools.tokens.approvals.remark(request, { action: 'refused-click', person, team, detail });
    return endPrivately(click, message, tools, run, 'refused');
  };
  const own = click.user === request.requester;
  if (click.team !== request.team)
    return refuse(renderFailure({ kind: 'other-team' }), 'somebody of another team');
  if (click.verdict === 'cancelled') {
    if (own) return undefined;
    return refuse(
      renderApprovalNotice('refused', 'only its requester may cancel a request'),
      'not the requester',
    );
  }
  if (own)
    return refuse(
      renderApprovalNotice('refused', 'nobody decides about a request of their own: somebody else has to'),
      'their own request',
    );
  const wish = { command: request.kind, clusters: clustersOf(request) };
  const right = await rightOf(click, wish, tools.tokens.approvers, run);
  if (right.kind === 'allowed') return undefined;
  if (right.kind === 'outcome') return right.outcome;
  if (!right.sure) return endPrivately(click, right.message, tools, run, 'undecided');
  return refuse(
    renderApprovalNotice('refused', 'you are not one of those who decide about requests'),
    'no approver',
  );
};

/** Somebody was faster, or it is over. The very click that decided comes here again where its job is repeated. */
const late = async (record: ApprovalRecord, click: Claim, tools: Tools, run: JobRun): Promise<Outcome> => {
  const { decision } = record;
  if (decision?.by === click.user && decision.verdict === click.verdict) return carryOn(record, tools, run);
  return endPrivately(
    click,
    renderApprovalNotice('unclear', `too late: ${howItStands(record)}`),
    tools,
    run,
    'late',
  );
};

const failChanged = async (
  record: ApprovalRecord,
  message: string,
  click: Claim,
  tools: Tools,
  run: JobRun,
): Promise<Outcome> => {
  const { id } = record.request;
  const outcome = { message, facts: [] };
  const ended = await tools.tokens.approvals.end(id, 'fail', outcome, { by: click.user, from: 'pending' });
  // Somebody else decided meanwhile, and what they set going may be what changed.
  if (!ended.ok) return late(ended.record ?? record, click, tools, run);
  await showCard(id, tools);
  await tellRequester(ended.record, tools, run.log);
  const words = `nothing was approved: ${message}; it has to be asked anew`;
  return endPrivately(click, renderApprovalNotice('refused', words), tools, run, 'changed');
};

/** What follows a decision. All of it may be done again. */
const carryOn = async (record: ApprovalRecord, tools: Tools, run: JobRun): Promise<Outcome> => {
  if (!(await queueConnect(record, tools.tokens))) return { kind: 'again', reason: 'Redis took no job' };
  const shown = await showCard(record.request.id, tools);
  // It is on the list of cards to edit, so it will be; the decision stands either way.
  if (!shown.ok) run.log.warn({ reason: describeFailure(shown.failure) }, 'could not edit a card yet');
  await tellRequester(record, tools, run.log);
  return { kind: 'done', as: record.state };
};
