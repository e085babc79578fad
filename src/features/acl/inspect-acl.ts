import { z } from 'zod';
import { renderAcl } from './acl.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { isAccessor } from '../../snapshot/find-token';
import type { JobOutcome } from '../../queue/define';
import type { ClusterConfig, Config } from '../../config/config';
import type { SlackAnswer } from '../../slack/api/call';
import type { Result } from '../../result';
import { accessorShape, type AclReadError } from '../../clusters/read-acl';
import type { AclReport } from '../../report/acl';
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

export interface AclServices {
  readonly config: Config;
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

  handle: async (context) => {
    const { payload, reply, signal } = context;
    const refused = await reply.refuseUnless({ command: 'acl', clusters: [payload.cluster] });
    if (refused) return refused;
    const cluster = context.config.clusters.get(payload.cluster);
    if (cluster === undefined) return reply.unknownCluster(payload.cluster, 'acl', context.config);
    const { accessor, share } = payload;
    if (accessor !== null && !isAccessor(accessor)) {
      const problem = accessorShape(accessor);
      return reply.privately(renderFailure({ kind: 'usage', problem, usage }), 'refused');
    }
    const read = await context.inspectAcl(cluster, { accessor, requestId: context.id, signal });
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    if (!read.ok) return reportFailure(read.error, context);
    const messages = renderAcl(read.value.report, { accessor, requestedBy: payload.user, shared: share });
    const sent = share ? await post(messages, context) : await sendEach(messages, context);
    return sent.ok ? { kind: 'done', as: share ? 'shared' : 'told' } : reply.failed(sent.error);
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

type Sent = SlackAnswer<unknown>;

/** Sends each message to the requester, once as far as the bot can know. */
const sendEach = async (messages: readonly Message[], { reply }: Context): Promise<Sent> => {
  let sent: Sent = { ok: true, value: undefined };
  for (const [index, message] of messages.entries()) {
    sent = await reply.sendPrivately(message, index);
    if (!sent.ok) break;
  }
  return sent;
};

/** Posts to the channel, the rest in the thread; privately if the bot may not post there. */
const post = async (
  [first, ...rest]: readonly Message[],
  { id, since, reply, poster }: Context,
): Promise<Sent> => {
  if (!first) return { ok: true, value: undefined };
  const opened = await reply.open(first);
  if (!opened.ok) return opened;
  const finished = await reply.finish(opened.value, first);
  if (!finished.ok || finished.value.kind === 'private') return finished;
  const { channel, ts: thread } = finished.value.ref;
  for (const [index, message] of rest.entries()) {
    const posted = await poster.post({ channel, thread, name: `${id}/${index}`, since }, message);
    if (!posted.ok) return posted;
  }
  return finished;
};
