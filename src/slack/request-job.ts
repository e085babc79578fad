import type { Job, JobContext, JobOutcome, JobType } from '../queue/define';
import { createReply, type Reply, type ReplyServices } from './reply';
import type { Requester } from './requester';

/** The context of a job of a request: also holds a reply that is bound to its requester. */
export type RequestContext<Payload, Services = object> = JobContext<Payload, Services & ReplyServices> & {
  readonly reply: Reply;
};

interface RequestJob<Payload, Services> extends JobType<Payload> {
  readonly handle: (context: RequestContext<Payload, Services>) => Promise<JobOutcome>;
  /** Describes the request in a few words, such as `check of prod-east`, for a note if its answer cannot be delivered. */
  readonly describe: (payload: Payload) => string;
  /** Default: tells the requester privately about an internal error. */
  readonly abandon?: (context: RequestContext<Payload, Services>) => Promise<void>;
}

const tellRequester = async ({ reply }: { readonly reply: Reply }): Promise<void> => {
  await reply.internalError();
};

/**
 * Declares a job of a request. Its payload holds the requester (`...Requester.shape`).
 *
 * @example
 * export const archiveReport = defineRequestJob<ArchiveReport, { readonly reports: Reports }>({
 *   name: 'archive-report', queue: 'checks', payload: ArchiveReport, options: { attempts: 3, backoffMs: 2000 },
 *   describe: ({ cluster }) => `archiving of ${cluster}`,
 *   handle: async ({ payload: { cluster }, reply, reports }) => {
 *     const refused = await reply.refuseUnless({ command: 'history', clusters: [cluster] });
 *     if (refused) return refused;
 *     …
 *     return reply.privately(archived, 'archived');
 *   },
 * });
 */
export const defineRequestJob = <Payload extends Requester, Services = object>({
  handle,
  describe,
  abandon = tellRequester,
  ...type
}: RequestJob<Payload, Services>): Job<Payload, Services & ReplyServices> => {
  const withReply = (
    context: JobContext<Payload, Services & ReplyServices>,
  ): RequestContext<Payload, Services> => ({
    ...context,
    reply: createReply(context.payload, context, context, describe(context.payload)),
  });
  return {
    ...type,
    handle: (context) => handle(withReply(context)),
    abandon: (context) => abandon(withReply(context)),
  };
};
