import { consumerWords } from '../../render/impact-words';
import type { ImpactedPath } from '../../report/impact';
import type { JobRun } from '../../queue/define';
import type { PlannedRequest } from './request';
import type { ApprovalServices } from './sealed-job';

const reached: Readonly<Record<ImpactedPath['reachable'], string>> = {
  yes: 'calls arrive',
  no: 'calls do not arrive: /peering trace says why',
  unknown: 'it is not known whether calls arrive',
};

/** Maximum paths that a card lists. */
const maxPaths = 8;

/** Checks the calls from a peer to a service again, after its export was changed; a sentence for each. */
export const checkPaths = async (
  { acceptor, peer, service = '' }: PlannedRequest,
  { config, findImpact }: Pick<ApprovalServices, 'config' | 'findImpact'>,
  { id, signal }: Pick<JobRun, 'id' | 'signal'>,
): Promise<readonly string[]> => {
  const cluster = config.clusters.get(acceptor);
  const other = cluster?.peers[peer];
  if (cluster === undefined || other === undefined || findImpact === undefined) return [];
  const part = `service/${service}`;
  const read = await findImpact(cluster, { requestId: id, signal, otherSides: [other], part });
  if (!read.ok || !read.value.ok) return ['the calls to it could not be checked again'];
  return read.value.value.paths
    .filter(({ consumer }) => consumer.cluster === other)
    .slice(0, maxPaths)
    .map((path) => `${consumerWords(path)} to ${path.destination.service}: ${reached[path.reachable]}`);
};
