import { queueProblem } from '../../../slack/queue-problem';
import type { JobType } from '../../../queue/define';
import { seal, validForMs } from './open-sealed-job';
import { renderApprovalNotice } from '../cards/notice.message';
import { renderFailure } from '../../../render/slack/failure';
import type { Message } from '../../../render/slack/limits';
import type { SlackContext } from '../../../slack/define';
import type { Signer } from '../../../signing/sign';
import { type Requester, requesterOf } from '../../../slack/requester';

export interface SealServices {
  /** Seals the jobs about peering tokens; absent if no signing key is set. */
  readonly signer: Signer | undefined;
}

interface Sealed {
  readonly claim: object;
  readonly signature: string;
}

/** The fields of a claim that are its own: without the requester and the fields of every claim. */
type What<Payload extends Sealed> = Omit<Payload['claim'], 'id' | 'job' | 'at' | keyof Requester>;

/** The job is queued, and the next worker to start will take it. */
const noWorker = (job: string): Message =>
  renderApprovalNotice(
    'waiting',
    `no worker is running for the queue "tokens", so your request is waiting. It expires in ${validForMs(job) / 60_000} minutes: contact the administrators of this bot`,
  );

/** Seals a job about a peering token and queues it; returns a message if that fails, or if no worker runs. */
export const queueSealed = async <Payload extends Sealed>(
  job: JobType<Payload>,
  what: What<Payload>,
  context: SlackContext<SealServices>,
): Promise<Message | undefined> => {
  const { id, enqueue, signer, workers } = context;
  if (signer === undefined) return renderFailure({ kind: 'not-set-up', cluster: null });
  const head = { id, job: job.name, at: Date.now() };
  const payload = job.payload.parse(seal(signer, head, { ...what, ...requesterOf(context) }));
  const queued = await enqueue(job, payload);
  const problem = queueProblem(queued);
  if (problem) return problem;
  return (await workers(job.queue)) === 0 ? noWorker(job.name) : undefined;
};
