import type { ClusterConfig } from '../config/config';
import type { Environment } from '../config/secret';
import type { ConsulClientOptions } from '../consul/client';
import { createSemaphore } from '../consul/semaphore';
import { failure, type Result, success } from '../result';
import { createClients } from './clients';
import type { UnreadableCluster } from './unreadable';

/** Asks a cluster for one small answer. Fails only if the cluster does not answer at all, or its secrets are missing. */
export type ReachCluster = (
  cluster: ClusterConfig,
  signal: AbortSignal,
) => Promise<Result<undefined, UnreadableCluster>>;

/** Maximum clusters that are asked at once. Each costs one connection and no process. */
const maxReached = 64;

/** The answer is one address. This runs in the bot's own process, so a hostile cluster gets no more room. */
const limits = { connections: 1, answerBytes: 16 * 1024 };

/**
 * Creates the function that finds out which of many clusters answer, before any of them takes one of the few processes
 * that read clusters. A stalled cluster then keeps no other waiting.
 */
export const createReachCluster = (
  environment: Environment,
  onRequest?: ConsulClientOptions['onRequest'],
): { readonly reach: ReachCluster; readonly close: () => void } => {
  const clients = createClients(environment, onRequest, 'read', limits);
  const semaphore = createSemaphore(maxReached);
  const reach: ReachCluster = async (cluster, signal) => {
    if (!(await semaphore.acquire(signal))) return failure(cancelled);
    try {
      const lease = clients.lease(cluster);
      if (!lease.ok) return failure({ cause: 'forbidden', message: lease.error, temporary: false });
      const answer = await lease.value.client.leader({ signal }).finally(lease.value.release);
      if (answer.ok || !isSilence(answer.error.kind)) return success(undefined);
      return failure({ cause: answer.error.kind, message: answer.error.message, temporary: true });
    } finally {
      semaphore.release();
    }
  };
  return { reach, close: clients.close };
};

/** Other errors are answers: the check itself says what they mean. */
const isSilence = (kind: string): boolean => kind === 'unreachable' || kind === 'timeout';

const cancelled: UnreadableCluster = {
  cause: 'unreachable',
  message: 'the check was cancelled before it started',
  temporary: true,
};
