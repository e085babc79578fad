import type { JobType } from '../../queue/define';
import { seal, sealedForMs } from './open-sealed-job';
import { renderApprovalNotice } from './notice.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { SlackContext } from '../../slack/define';
import type { Signer } from '../../signing/sign';
import { type Requester, requesterOf } from '../../slack/requester';

export interface SealServices {
  /** Seals the jobs about peering tokens; absent where no signing key is set. */
  readonly signer: Signer | undefined;
}

interface Sealed {
  readonly claim: object;
  readonly signature: string;
}

/** The claim without the requester and what every claim holds. */
type What<Payload extends Sealed> = Omit<Payload['claim'], 'id' | 'job' | 'at' | keyof Requester>;

/** No worker may be running: a job that is queued all the same is answered by the next one, or by nobody. */
const nobodyWorks = renderApprovalNotice(
  'waiting',
  `no worker is running for the queue "tokens", so your request is waiting. It expires in ${sealedForMs / 60_000} minutes: contact the administrators of this bot`,
);

/** Seals a job about a peering token and queues it; returns a message where that fails, or where no worker runs. */
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
  if (queued.kind === 'failed') return renderFailure({ kind: 'queue-down' });
  return (await workers(job.queue)) === 0 ? nobodyWorks : undefined;
};
