import type { Isolated } from '../../../clusters/isolated';
import type { Config } from '../../../config/config';
import type { Job, JobContext, JobOutcome, JobRun, JobType } from '../../../queue/define';
import { createReply, type Reply, type ReplyServices } from '../../../slack/reply';
import type { Requester } from '../../../slack/requester';
import type { Reports } from '../../history';
import { type Claim, examineSeal } from './open-sealed-job';
import { renderApprovalNotice } from '../cards/notice.message';
import type { TokenServices } from './services';

/** A sealed payload, see `open-sealed-job.ts`. */
export interface Sealed<Claim> {
  readonly claim: Claim;
  readonly signature: string;
}

/** The services of the jobs about peering tokens. */
export interface ApprovalServices extends ReplyServices {
  readonly config: Config;
  readonly reports: Reports;
  /** Absent in tests of what does not read clusters for checks. */
  readonly findImpact?: Isolated['findImpact'] | undefined;
  /** Absent if this worker has no signing key, no approvals, or another queue. */
  readonly tokens?: TokenServices | undefined;
}

/** The context of a sealed job: its claim was made by a process that knows the signing key. */
export type SealedContext<C> = JobRun &
  ApprovalServices & { readonly claim: C; readonly tokens: TokenServices };

/** The context of a sealed job whose requester waits for an answer. */
export type SealedRequestContext<C extends Requester> = SealedContext<C> & { readonly reply: Reply };

export interface SealedJob<C, Context> extends Omit<JobType<Sealed<C>>, 'queue'> {
  readonly handle: (context: Context) => Promise<JobOutcome>;
  /** Answers a genuine job that is no longer valid. Default: nobody waits for an answer. */
  readonly expired?: (context: Context) => Promise<JobOutcome>;
  readonly abandon: (context: Context) => Promise<void>;
}

/**
 * Declares a job about peering tokens. Its handler runs only if a process that knows the signing key made the
 * job; nothing in another job is trusted, not even its requester.
 */
export const defineSealedJob = <C extends Claim>({
  handle,
  expired = async () => ({ kind: 'done', as: 'not-genuine' }),
  abandon,
  ...type
}: SealedJob<C, SealedContext<C>>): Job<Sealed<C>, ApprovalServices> => ({
  ...type,
  queue: 'tokens',
  handle: async (context) => {
    const opened = await open(type.name, context);
    if (opened === undefined) return { kind: 'done', as: 'not-genuine' };
    return opened.late ? expired(opened.context) : handle(opened.context);
  },
  abandon: async (context) => {
    const opened = await open(type.name, context);
    if (opened?.late === false) await abandon(opened.context);
  },
});

/** Declares a sealed job whose requester waits for an answer. */
export const defineSealedRequestJob = <C extends Claim & Requester>({
  handle,
  expired = ({ reply }) => reply.privately(tooOld, 'too-old'),
  abandon = async ({ reply }) => {
    await reply.internalError();
  },
  ...type
}: Omit<SealedJob<C, SealedRequestContext<C>>, 'abandon'> & {
  /** Default: tells the requester privately about an internal error. */
  readonly abandon?: SealedJob<C, SealedRequestContext<C>>['abandon'];
}): Job<Sealed<C>, ApprovalServices> => {
  const withReply = (context: SealedContext<C>): SealedRequestContext<C> => ({
    ...context,
    reply: createReply(context.claim, context, context),
  });
  return defineSealedJob<C>({
    ...type,
    handle: (context) => handle(withReply(context)),
    expired: (context) => expired(withReply(context)),
    abandon: (context) => abandon(withReply(context)),
  });
};

const tooOld = renderApprovalNotice(
  'unclear',
  'nothing was done, because no worker took the job in time: try again',
);

/** Opens a sealed payload; undefined if it is not genuine. Records one that is not, or that is too late. */
const open = async <C extends Claim>(
  job: string,
  context: JobContext<Sealed<C>, ApprovalServices>,
): Promise<{ readonly late: boolean; readonly context: SealedContext<C> } | undefined> => {
  const { id, log, payload, tokens } = context;
  if (tokens === undefined) {
    log.error('this worker has no signing key or no approvals, so it cannot run jobs about peering tokens');
    return undefined;
  }
  const seal = examineSeal(tokens.signer, payload, { id, job, at: Date.now() });
  const opened = { late: seal === 'late', context: { ...context, tokens, claim: payload.claim } };
  if (seal === 'valid') return opened;
  log.error('a job was not made by this bot, or was held back for too long, so it is ignored');
  await tokens.audit.append({
    action: 'refused-job',
    requestId: null,
    person: 'unknown',
    team: '',
    cluster: null,
    hash: null,
    detail: `${job} ${id.slice(0, 80)} is not sealed, or too old`,
  });
  return seal === 'late' ? opened : undefined;
};
