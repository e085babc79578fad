import { createAllowance } from '../consul/allowance';
import type { Answer } from '../consul/answer';
import type { CallOptions } from '../consul/send-request';
import type { ConsulClient } from '../consul/client';

/** Methods of the client that a gather uses. */
export type SnapshotClient = Pick<
  ConsulClient,
  | 'agentSelf'
  | 'leader'
  | 'datacenters'
  | 'caRoots'
  | 'configEntries'
  | 'exportedServices'
  | 'preparedQueries'
  | 'discoveryChain'
  | 'importedHealth'
  | 'catalogServices'
  | 'catalogService'
  | 'catalogNodes'
  | 'nodeServices'
  | 'gatewayServices'
  | 'healthService'
  | 'healthConnect'
  | 'healthState'
  | 'peerings'
  | 'aclTokenSelf'
  | 'aclToken'
  | 'aclTokens'
  | 'aclRoles'
  | 'aclRoleByName'
  | 'aclPolicies'
  | 'aclPolicy'
  | 'aclPolicyByName'
  | 'authorize'
  | 'aclTokenAnonymous'
  | 'sendsToken'
>;

/** The reads of one gather. */
export interface Reads {
  /** Sends a request. It is counted, and ends with the gather's budget of time and size. */
  readonly ask: <T>(
    request: (client: SnapshotClient, call: CallOptions) => Promise<Answer<T>>,
  ) => Promise<Answer<T>>;
  /** The client that sends them. A worker keeps one for each cluster, from check to check. */
  readonly client: SnapshotClient;
  /** True if the client has a token to send. */
  readonly sendsToken: boolean;
  /** The server's clock at the first answer (ms since the epoch). */
  readonly dateMs: () => number | undefined;
  /** Frees the timer. */
  readonly end: () => void;
}

export interface ReadsOptions {
  readonly client: SnapshotClient;
  readonly budgetMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each request and each answer, with the answers so far and the requests so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export const createReads = ({ client, budgetMs, signal, onProgress }: ReadsOptions): Reads => {
  const end = new AbortController();
  const allowance = createAllowance();
  const stop = (): void => end.abort();
  const timer = setTimeout(stop, budgetMs);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();

  let done = 0;
  let total = 0;
  let dateMs: number | undefined;
  return {
    ask: async (request) => {
      total += 1;
      onProgress?.(done, total);
      const answer = await request(client, { signal: end.signal, allowance });
      done += 1;
      if (answer.ok) dateMs ??= answer.meta.dateMs;
      onProgress?.(done, total);
      return answer;
    },
    client,
    sendsToken: client.sendsToken,
    dateMs: () => dateMs,
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
};
