import { renderFailure } from '../../../render/slack/failure';
import type { Message } from '../../../render/slack/limits';
import type { Job, JobOutcome } from '../../../queue/define';
import type { Requester } from '../../../slack/requester';
import { noRequest, otherRequest } from '../cards/describe-state';
import { digestOf } from '../../../signing/sign';
import { fingerprintOf } from '../requests/fingerprint';
import { requestClusters } from '../requests/clusters';
import { renderApprovalNotice } from '../cards/notice.message';
import type { Claim } from './open-sealed-job';
import { permitFor, permittedClusters } from '../approvers/permit';
import type { ApprovalRecord, RequestState } from '../requests/request';
import {
  type ApprovalServices,
  defineSealedRequestJob,
  type Sealed,
  type SealedJob,
  type SealedRequestContext,
} from './sealed-job';

/** The claim of a click on a request. */
type ClickClaim = Claim & Requester & { readonly request: string; readonly fingerprint?: string | undefined };

interface Refusal {
  /** Default: explains the missing permission. */
  readonly words?: string;
  /** Recorded in the audit trail. */
  readonly detail: string;
}

type Rule =
  | { readonly allow: 'always' }
  | { readonly allow: 'never'; readonly refusal: Refusal }
  /** People who have a permission: the requester that of the command, everyone else that of an approver. */
  | { readonly allow: 'permitted'; readonly refusal: Refusal };

/** The people who may click. */
interface ClickRules {
  /** Names the click in the audit trail. */
  readonly click: string;
  readonly requester: Rule;
  /** Applies to everyone but the requester. */
  readonly approver: Rule;
}

/** The context of a click that is allowed, on a request in the right state. */
export type ApprovalContext<C> = SealedRequestContext<C & Requester> & {
  readonly record: ApprovalRecord;
  /**
   * Answers the click and ends the job. After that, a click that changed nothing no longer counts: the trail holds its
   * answer, so its job decides nothing if it is added to Redis again.
   */
  readonly answer: (message: Message, as: string) => Promise<JobOutcome>;
};

interface ApprovalJob<C extends ClickClaim>
  extends Omit<SealedJob<C, SealedRequestContext<C>>, 'handle' | 'abandon'> {
  /** A request of another kind counts as unknown. Default: any kind. */
  readonly kinds?: readonly ApprovalRecord['request']['kind'][];
  readonly allowedFor: (claim: C) => ClickRules;
  readonly inState: RequestState;
  /** Default: answers privately. */
  readonly answer?: (context: SealedRequestContext<C>, message: Message, as: string) => Promise<JobOutcome>;
  /** Answers a click on a request that is in another state. */
  readonly late: (context: ApprovalContext<C>) => Promise<JobOutcome>;
  readonly handle: (context: ApprovalContext<C>) => Promise<JobOutcome>;
  /** Default: tells the requester privately about an internal error. */
  readonly abandon?: SealedJob<C, SealedRequestContext<C>>['abandon'];
}

const answerPrivately = <C extends Requester>(
  { reply }: SealedRequestContext<C>,
  message: Message,
  as: string,
): Promise<JobOutcome> => reply.privately(message, as);

/** Declares the job of a click on a request: finds the request, and refuses the wrong people and late clicks. */
export const defineApprovalJob = <C extends ClickClaim>({
  kinds,
  allowedFor,
  inState,
  answer = answerPrivately,
  late,
  handle,
  abandon = async ({ reply }) => {
    await reply.internalError();
  },
  ...job
}: ApprovalJob<C>): Job<Sealed<C>, ApprovalServices> =>
  defineSealedRequestJob<C>({
    ...job,
    handle: async (context) => {
      const { claim, tokens, log } = context;
      const find = async (): Promise<ApprovalRecord | 'missing' | 'forged'> => {
        const found = await tokens.approvals.find(claim.request);
        return typeof found !== 'string' && kinds?.includes(found.request.kind) === false ? 'missing' : found;
      };
      const unknown = async (reason: string): Promise<JobOutcome> => {
        log.error({ approval: claim.request, reason }, 'a click on an unknown request');
        await recordAnswer(context, inState);
        return answer(context, noRequest, reason);
      };
      const record = await find();
      if (typeof record === 'string') return unknown(record);
      const { request } = record;
      const { click } = allowedFor(claim);
      const own: ApprovalContext<C> = {
        ...context,
        record,
        answer: async (message, as) => {
          await recordAnswer(context, inState);
          return answer(context, message, as);
        },
        reply: {
          ...context.reply,
          privately: async (message, as) => {
            await recordAnswer(context, inState);
            return context.reply.privately(message, as);
          },
        },
      };
      if (await tokens.approvals.isAnswered(request.id, context.id)) {
        return context.reply.privately(answeredBefore, 'repeated');
      }
      if (claim.fingerprint !== undefined && claim.fingerprint !== fingerprintOf(request)) {
        await recordRefusal(own, `${click}: the message showed another request`);
        return answer(context, otherRequest, 'other-request');
      }
      const refused = await refusedClick(own, allowedFor(claim), (message) =>
        answer(context, message, 'refused'),
      );
      if (refused) return refused;
      // While Slack was asked, another job may have changed the request.
      const now = await find();
      if (typeof now === 'string') return unknown(now);
      const current = { ...own, record: now };
      return now.state === inState ? handle(current) : late(current);
    },
    abandon: async (context) => {
      await recordAnswer(context, inState).catch((error: unknown) => {
        context.log.error({ err: error }, 'the answer to a click could not be written to the trail');
      });
      await abandon(context);
    },
  });

/** Records that a click was answered without effect, unless the state of its request rules out an effect anyway. */
const recordAnswer = async <C extends ClickClaim>(
  { id, claim: { request, user, team }, tokens }: SealedRequestContext<C>,
  inState: RequestState,
): Promise<void> => {
  const now = await tokens.approvals.find(request);
  // Its yes is the answer.
  if (await tokens.approvals.isAnswered(request, id)) return;
  // A request that is gone can be put back.
  if (typeof now !== 'string' && now.state !== inState) return;
  await tokens.audit.append({
    action: 'answered-click',
    requestId: request,
    person: user,
    team,
    cluster: typeof now === 'string' ? null : now.request.acceptor,
    hash: typeof now === 'string' ? null : digestOf(now.request),
    detail: 'a click was answered, and nothing was done',
    click: id,
  });
};

const answeredBefore = renderApprovalNotice('unclear', 'this click was already answered: click again');

/** Records a click that is refused. Its answer needs no entry of its own. */
const recordRefusal = <C extends Requester>(
  { id, claim: { user: person, team }, record, tokens }: ApprovalContext<C>,
  detail: string,
): Promise<void> =>
  tokens.approvals.remark(record.request, { action: 'refused-click', person, team, detail, click: id });

/** Refuses a person who may not click, and records the attempt; nothing else changes. */
const refusedClick = async <C extends Requester>(
  context: ApprovalContext<C>,
  { click, requester, approver }: ClickRules,
  answerRefused: (message: Message) => Promise<JobOutcome>,
): Promise<JobOutcome | undefined> => {
  const { claim, record, answer, tokens } = context;
  const { request } = record;
  const { user: person, team } = claim;
  const refuse = async (message: Message, why: string): Promise<JobOutcome> => {
    await recordRefusal(context, `${click}: ${why}`);
    return answerRefused(message);
  };
  if (team !== request.team)
    return refuse(renderFailure({ kind: 'other-team' }), 'user of another workspace');
  const own = person === request.requester;
  const rule = own ? requester : approver;
  if (rule.allow === 'always') return undefined;
  const { words = '', detail } = rule.refusal;
  if (rule.allow === 'never') return refuse(renderApprovalNotice('refused', words), detail);
  // The requester's permission counts for the channel of the request, also after a click on App Home.
  const actor = own ? { ...claim, channel: request.channel } : claim;
  const clusters = requestClusters(request);
  const permit = own
    ? await permitFor(actor, { command: request.kind, clusters }, tokens.requesters, context)
    : // An approver of either side is one: each yes is weighed by itself.
      await permittedClusters(actor, request.kind, clusters, tokens.approvers, context);
  if (permit.kind === 'allowed' || permit.kind === 'clusters') return undefined;
  if (permit.kind === 'outcome') return permit.outcome;
  if (!permit.sure) return answer(permit.message, 'undecided');
  return refuse(words === '' ? permit.message : renderApprovalNotice('refused', words), detail);
};
