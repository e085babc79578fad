import { renderApprovalNotice } from './notice.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { ApprovalRecord } from './request';
import type { JobOutcome } from '../../queue/define';
import { showCard } from './cards';
import { howItStands, noRequest } from './ended';
import { requestClusters } from './examine';
import { defineSealedRequestJob, type SealedRequestContext } from './sealed-job';
import { VoidToken } from './payloads';
import { permitFor } from './permit';
import { settle } from './settle';

type Claim = VoidToken['claim'];
type Context = SealedRequestContext<Claim>;

/** Voids a token that was generated and may not have been shown: the sweeper would do it within an hour. */
export const voidTokenJob = defineSealedRequestJob<Claim>({
  name: 'void-token',
  payload: VoidToken,
  options: { attempts: 3, backoffMs: 1000 },

  handle: async (context) => {
    const { claim, reply, tokens, log, attempt, attempts } = context;
    const record = await tokens.approvals.find(claim.request);
    if (typeof record === 'string' || record.request.kind !== 'token') {
      log.error({ approval: claim.request }, 'a click on an unknown request');
      return reply.privately(noRequest, 'missing');
    }
    const refused = await refusedClick(record, context);
    if (refused) return refused;
    if (record.state !== 'unknown') {
      const words = `no token was voided: ${howItStands(record)}`;
      return reply.privately(renderApprovalNotice('unclear', words), 'late');
    }
    const settled = await settle(record, context, log, { by: claim.user });
    await showCard(record.request.id, context);
    if (settled.kind === 'settled') {
      return reply.privately(renderApprovalNotice('done', settled.message), 'voided');
    }
    if (attempt < attempts) return { kind: 'retry', reason: 'unreadable' };
    const words = `no token was voided yet: ${settled.message}; the bot tries again automatically`;
    return reply.privately(renderApprovalNotice('unclear', words), 'unreadable');
  },
});

/** Refuses everybody but the requester and the approvers. */
const refusedClick = async (
  { request }: ApprovalRecord,
  context: Context,
): Promise<JobOutcome | undefined> => {
  const { claim, reply, tokens } = context;
  const refuse = async (message: Message, why: string): Promise<JobOutcome> => {
    const { user: person, team } = claim;
    const detail = `void: ${why}`;
    await tokens.approvals.remark(request, { action: 'refused-click', person, team, detail });
    return reply.privately(message, 'refused');
  };
  if (claim.team !== request.team)
    return refuse(renderFailure({ kind: 'other-team' }), 'user of another workspace');
  const own = claim.user === request.requester;
  const permission = { command: 'token', clusters: requestClusters(request) } as const;
  const person = own ? { ...claim, channel: request.channel } : claim;
  const permit = await permitFor(person, permission, own ? tokens.requesters : tokens.approvers, context);
  if (permit.kind === 'allowed') return undefined;
  if (permit.kind === 'outcome') return permit.outcome;
  if (!permit.sure) return reply.privately(permit.message, 'undecided');
  const words = 'only the requester and the approvers can void a token';
  return refuse(renderApprovalNotice('refused', words), 'neither requester nor approver');
};
