import { summarizePeers } from '../checks/summarize-peers';
import type { ClusterConfig } from '../config/config';
import { failure, type Result, success } from '../result';
import type { PeerSummary } from '../report/peer-summary';
import type { createClients } from './clients';
import type { UnreadableCluster } from './unreadable';

/** Maximum peerings of a cluster that are listed. */
const maxPeerings = 1000;

/** Reads the peerings of a cluster, and nothing else. None if the cluster has peering disabled. */
export const listPeerings = async (
  cluster: ClusterConfig,
  {
    clients,
    signal,
  }: { readonly clients: Pick<ReturnType<typeof createClients>, 'lease'>; readonly signal: AbortSignal },
): Promise<Result<readonly PeerSummary[], UnreadableCluster>> => {
  const lease = clients.lease(cluster);
  if (!lease.ok) return failure({ cause: 'forbidden', message: lease.error, temporary: false });
  const answer = await lease.value.client.peerings({ signal }).finally(lease.value.release);
  // Without `peering:read` the answer is 403, never a shorter list (measured on 1.20.1).
  if (answer.ok) return success(summarizePeers(answer.value.slice(0, maxPeerings), []));
  const { kind, cause, message } = answer.error;
  if (cause === 'peering-disabled') return success([]);
  return failure({ cause: kind, message, temporary: kind === 'unreachable' || kind === 'timeout' });
};
