import type { Actor } from '../../../access/actor';
import { visibleOrNone } from '../../../access/visible-clusters';
import type { PlannedRequest } from '../requests/request';
import type { ApprovalServices } from './sealed-job';

/**
 * Returns the cluster at the other end of the peering that a request about one cluster names. Undefined if none is configured,
 * or if the requester may not check it; also if Slack does not answer.
 */
export const findOtherSide = async (
  { acceptor, peer }: Pick<PlannedRequest, 'acceptor' | 'peer'>,
  requester: Actor,
  tools: Pick<ApprovalServices, 'config' | 'authorizer'>,
): Promise<string | undefined> => {
  const other = tools.config.clusters.get(acceptor)?.peers[peer];
  const [visible] = other === undefined ? [] : await visibleOrNone(requester, 'check', tools, [other]);
  return visible;
};
