import { renderApprovalNotice } from './notice.message';
import { renderFailure } from '../../render/slack/failure';
import { isEnd } from './machine';
import { type ApprovalRecord, mostReason } from './request';
import { botItself } from './approvals';
import { requestIdOf } from './approvals.store';
import { endPrivately } from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import { describeFailure } from '../../slack/api/call';
import type { JobTools } from '../job-tools';
import { showCard } from './cards';
import { clustersOf, planNow } from './examine';
import { notOurs, toolsFor } from './genuine';
import { AskApproval } from './payloads';
import type { ClusterFacts } from './plan';
import { rightOf } from './right';
import type { TokenTools } from './tools';

/** Plans a request, refuses what cannot work before anyone is asked, and puts the rest before the approvers. */
export const askApproval = defineJob({
  name: 'ask-approval',
  queue: 'tokens',
  payload: AskApproval,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (payload, tools, run) => {
    const tokens = await toolsFor(payload, 'ask-approval', tools, run);
    if (tokens === undefined) return notOurs;
    const asked = payload.claim;
    const wish = { command: asked.kind, clusters: clustersOf(asked) };
    const right = await rightOf(asked, wish, tokens.requesters, run);
    if (right.kind === 'outcome') return right.outcome;
    if (right.kind === 'refused') return endPrivately(asked, right.message, tools, run, 'refused');
    const request = await keep(asked, tools, tokens, run);
    if ('kind' in request) return request;
    return present(request, asked, { ...tools, tokens }, run);
  },

  abandon: async (payload, tools, run) => {
    const tokens = await toolsFor(payload, 'ask-approval', tools, run);
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

type Claim = AskApproval['claim'];

/** The request, kept in Redis; or how the job ends where there is none. */
const keep = async (
  asked: Claim,
  tools: JobTools,
  tokens: TokenTools,
  run: JobRun,
): Promise<ApprovalRecord | Outcome> => {
  const { approvals } = tools.config;
  // An earlier attempt may have got this far: what it found is what stands.
  const earlier = await tokens.approvals.find(requestIdOf(run.id));
  if (typeof earlier !== 'string') return earlier;
  if (approvals === undefined)
    return endPrivately(asked, renderFailure({ kind: 'not-set-up', cluster: null }), tools, run, 'refused');
  const { users, usergroups } = approvals.approvers;
  if (usergroups.length === 0 && users.every((user) => user === asked.user)) {
    const words = 'nobody but you may approve it, and nobody approves their own: name another approver first';
    return endPrivately(asked, renderApprovalNotice('refused', words), tools, run, 'refused');
  }
  const planned = await planNow(asked, { ...tools, tokens }, run.signal);
  if (run.signal.aborted) return { kind: 'again', reason: 'aborted' };
  if (planned.kind === 'not-set-up') {
    run.log.warn({ reason: planned.message }, 'not set up for peering tokens');
    const failure = renderFailure({ kind: 'not-set-up', cluster: planned.cluster });
    return endPrivately(asked, failure, tools, run, 'not-set-up');
  }
  if (planned.kind === 'unreadable') {
    const { kind: cause, message } = planned.error;
    if (run.attempt < run.attempts) return { kind: 'again', reason: cause };
    const failure = renderFailure({ kind: 'cannot-read', cluster: planned.cluster, cause, message });
    return endPrivately(asked, failure, tools, run, cause);
  }
  const { plan } = planned;
  if (!plan.ok)
    return endPrivately(asked, renderApprovalNotice('refused', plan.reason), tools, run, 'refused');
  const { kind, acceptor, dialer, peer, dialerPeer, replace, reason, user } = asked;
  const { team, organisation, channel } = asked;
  const created = await tokens.approvals.create(
    run.id,
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
      reason: reason.slice(0, mostReason),
      requester: user,
      plan: plan.changes,
      unusedSince: await madeAt(planned.acceptor, tokens),
      digest: plan.digest,
    },
    approvals.expiresMs,
  );
  if (created !== 'too-many') return created;
  const words = 'you have three open requests: cancel one, or wait until one is decided';
  return endPrivately(asked, renderApprovalNotice('refused', words), tools, run, 'too-many');
};

/**
 * When the unused token was made that a new one voids, in ms by Redis's clock. Undefined where this bot did not make
 * it: Consul does not tell.
 */
const madeAt = async (
  { peering }: ClusterFacts,
  { approvals }: Pick<TokenTools, 'approvals'>,
): Promise<number | undefined> => {
  if (peering === null || peering.state !== 'PENDING' || peering.madeBy === null) return undefined;
  const maker = await approvals.find(peering.madeBy);
  if (typeof maker === 'string' || maker.state !== 'done') return undefined;
  const { after } = maker.work ?? { after: null };
  return after?.id === peering.id && after.modifyIndex === peering.modifyIndex ? maker.since : undefined;
};

/** Puts the card before the approvers, once, and tells the requester. */
const present = async (
  { request: { id, expiresAt }, state }: ApprovalRecord,
  asked: Claim,
  tools: JobTools & { readonly tokens: TokenTools },
  run: JobRun,
): Promise<Outcome> => {
  if (isEnd(state)) return { kind: 'done', as: state };
  const shown = await showCard(id, tools);
  if (!shown.ok) {
    const { failure } = shown;
    if (failure.kind === 'rate-limited') return { kind: 'later', afterMs: failure.retryAfterMs };
    const reason = describeFailure(failure);
    if (failure.kind === 'lost' && run.attempt < run.attempts) return { kind: 'again', reason };
    run.log.error({ reason }, 'could not put a request before its approvers');
    const message = 'the request could not be put before its approvers: see that the bot is in their channel';
    await tools.tokens.approvals.end(id, 'fail', { message, facts: [] }, { by: botItself, from: 'pending' });
    return endPrivately(asked, renderApprovalNotice('refused', message), tools, run, 'undelivered');
  }
  const minutes = Math.max(1, Math.round((expiresAt - Date.now()) / 60_000));
  const words = `your request is before its approvers, who have ${minutes} min to answer; nothing happens until one approves`;
  return endPrivately(asked, renderApprovalNotice('waiting', words), tools, run, 'asked');
};
