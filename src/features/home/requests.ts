import type { HomeRequest } from './requests.message';
import type { ApprovalRecord } from '../approvals/request';
import type { Asked, SlackTools } from '../../slack/define';

/** The requests for peering tokens that wait for a person, or that the person made. */

type Tools = Pick<SlackTools, 'config' | 'requests'>;

/** Whether the person may decide about it; where Slack does not tell, the card in its channel remains. */
const mayDecide = async (
  { actor }: Asked,
  { request, state }: ApprovalRecord,
  { requests }: Tools,
): Promise<boolean> => {
  if (requests === undefined || state !== 'pending') return false;
  const { kind, acceptor, dialer } = request;
  const clusters = dialer === null ? [acceptor] : [acceptor, dialer];
  const answer = await requests.approvers.authorize(actor, { command: kind, clusters });
  return answer.ok && answer.value.kind === 'allowed';
};

export const requestsFor = async (asked: Asked, tools: Tools): Promise<readonly HomeRequest[]> => {
  const { config, requests } = tools;
  if (requests === undefined || config.approvals === undefined) return [];
  const { approvers } = config.approvals;
  const { user, team } = asked.actor;
  const found: HomeRequest[] = [];
  for (const record of await requests.open()) {
    if (record.request.team !== team) continue;
    const own = record.request.requester === user;
    if (own || (await mayDecide(asked, record, tools)))
      found.push({ card: { ...record, readiness: [], approvers }, own });
  }
  return found;
};
