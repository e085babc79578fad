import type { HomeRequest } from './requests.message';
import { type ApprovalRecord, type Approvals, requestClusters, yesesNeededBy } from '../approvals';
import { visibleOrNone } from '../../access/visible-clusters';
import type { Authorizer } from '../../access/authorizer';
import type { SlackContext } from '../../slack/define';

/** The requests for peering tokens that wait for a person, or that the person made. */

export interface RequestServices {
  /** Requests that have not ended, and who may decide about them; absent if approvals are not set up. */
  readonly requests: { readonly open: Approvals['open']; readonly approvers: Authorizer } | undefined;
}

type Context = SlackContext<RequestServices>;

/** Tells whether the person may decide about a request; false if Slack does not answer, since the card remains. */
const mayDecide = async (
  { request, state }: ApprovalRecord,
  { actor, config, requests }: Context,
): Promise<boolean> => {
  if (requests === undefined || state !== 'pending') return false;
  const parts = { config, authorizer: requests.approvers };
  return (await visibleOrNone(actor, request.kind, parts, requestClusters(request))).length > 0;
};

export const requestsFor = async (context: Context): Promise<readonly HomeRequest[]> => {
  const { config, requests } = context;
  if (requests === undefined) return [];
  const { user, team } = context.actor;
  const found: HomeRequest[] = [];
  for (const record of await requests.open()) {
    if (record.request.team !== team) continue;
    const own = record.request.requester === user;
    if (own || (await mayDecide(record, context)))
      found.push({
        card: { ...record, readiness: [], needed: yesesNeededBy(record.request, config) ?? [] },
        own,
      });
  }
  return found;
};
