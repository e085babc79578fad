import { z } from 'zod';
import { renderAcl } from './acl.message';
import { renderFailure } from '../../render/slack/failure';
import { isAccessor } from '../../snapshot/find-token';
import type { JobOutcome } from '../../queue/define';
import type { ClusterConfig } from '../../config/config';
import type { Result } from '../../result';
import { accessorShape, type AclReadError } from '../../clusters/read-acl';
import type { AclReport } from '../../report/acl';
import {
  type ClusterRequestServices,
  findRequestedCluster,
  withClusterSlot,
} from '../../slack/cluster-request';
import { defineRequestJob, type RequestContext } from '../../slack/request-job';
import { Requester } from '../../slack/requester';

/** A request to inspect tokens. */
export const AclRequest = z.object({
  cluster: z.string(),
  /** An accessor or the beginning of one; null: the bot's own token and those of gateways. */
  accessor: z.string().nullable(),
  /** Answers everyone in the channel; otherwise only the requester. */
  share: z.boolean(),
  ...Requester.shape,
});
export type AclRequest = z.infer<typeof AclRequest>;

export interface AclServices extends ClusterRequestServices {
  /** Reads a cluster's tokens and explains what they grant. */
  readonly inspectAcl: (
    cluster: ClusterConfig,
    options: {
      readonly accessor: string | null;
      readonly requestId: string;
      readonly signal: AbortSignal;
    },
  ) => Promise<Result<{ readonly report: AclReport }, AclReadError>>;
}

type Context = RequestContext<AclRequest, AclServices>;

const usage = '/peering acl CLUSTER [ACCESSOR]';

export const inspectAcl = defineRequestJob<AclRequest, AclServices>({
  name: 'inspect-acl',
  queue: 'checks',
  payload: AclRequest,
  options: { attempts: 3, backoffMs: 2000 },

  describe: ({ cluster }) => `ACL report of ${cluster}`,

  handle: async (context) => {
    const { payload, reply, signal } = context;
    const found = await findRequestedCluster(context, 'acl');
    if (!found.ok) return found.error;
    const { accessor, share } = payload;
    if (accessor !== null && !isAccessor(accessor)) {
      const problem = accessorShape(accessor);
      return reply.privately(renderFailure({ kind: 'usage', problem, usage }), 'refused');
    }
    const cluster = found.value;
    const inspected = await withClusterSlot(cluster, context.clusterSlots, () =>
      context.inspectAcl(cluster, { accessor, requestId: context.id, signal }),
    );
    if (!inspected.ok) return inspected.error;
    const read = inspected.value;
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    if (!read.ok) return reportFailure(read.error, context);
    const messages = renderAcl(read.value.report, { accessor, requestedBy: payload.user, shared: share });
    const [message, ...thread] = messages;
    if (!share || message === undefined) return reply.privately(messages, 'told');
    return reply.finish({ message, thread }, 'shared');
  },
});

const reportFailure = async (
  error: AclReadError,
  { payload, reply, attempt, attempts }: Context,
): Promise<JobOutcome> => {
  if (error.kind === 'accessor') {
    const failure = renderFailure({ kind: 'usage', problem: error.problem, usage });
    return reply.privately(failure, 'no-such-token');
  }
  const { cause, message, temporary } = error;
  if (temporary && attempt < attempts) return { kind: 'retry', reason: cause };
  const failure = renderFailure({ kind: 'cannot-read', cluster: payload.cluster, cause, message });
  return reply.privately(failure, cause);
};
