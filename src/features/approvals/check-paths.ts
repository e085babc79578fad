import { actorOf } from '../../access/actor';
import { consumerWords } from '../../render/impact-words';
import type { ImpactedPath } from '../../report/impact';
import type { JobRun } from '../../queue/define';
import { findOtherSide } from './find-other-side';
import type { ApprovalRequest } from './request';
import type { ApprovalServices } from './sealed-job';

const reached: Readonly<Record<ImpactedPath['reachable'], string>> = {
  yes: 'calls arrive',
  no: 'calls do not arrive: /peering trace says why',
  unknown: 'it is not known whether calls arrive',
};

/** Maximum paths that a card lists. */
const maxPaths = 8;

/**
 * Checks the calls from a peer to a service again, after its export was changed; a sentence for each. None if the requester may
 * not see the other side.
 */
export const checkPaths = async (
  request: ApprovalRequest,
  tools: Pick<ApprovalServices, 'config' | 'findImpact' | 'authorizer'>,
  { id, signal }: Pick<JobRun, 'id' | 'signal'>,
): Promise<readonly string[]> => {
  const { acceptor, service = '', requester } = request;
  const { config, findImpact } = tools;
  const cluster = config.clusters.get(acceptor);
  const other = await findOtherSide(request, actorOf({ ...request, user: requester }), tools);
  if (cluster === undefined || other === undefined || findImpact === undefined) return [];
  const part = `service/${service}`;
  const read = await findImpact(cluster, { requestId: id, signal, otherSides: [other], part });
  if (!read.ok || !read.value.ok) return ['the calls to it could not be checked again'];
  return read.value.value.paths
    .filter(({ consumer }) => consumer.cluster === other)
    .slice(0, maxPaths)
    .map((path) => `${consumerWords(path)} to ${path.destination.service}: ${reached[path.reachable]}`);
};
