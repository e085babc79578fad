import type { z } from 'zod';
import type { Job } from '../../queue/define';
import { seal, sealedForMs } from './open-sealed-job';
import { renderApprovalNotice } from './notice.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Asked, SlackTools } from '../../slack/define';
import { requesterOf } from '../../slack/requester';

/** The payload of a job about peering tokens. */
type SealedSchema = z.ZodType<unknown, { readonly claim: object; readonly signature: string }>;

/** What it is told beside who asks, where, and what every claim has. */
type What<P extends SealedSchema> = Omit<
  z.input<P>['claim'],
  'id' | 'job' | 'at' | keyof ReturnType<typeof requesterOf>
>;

/** No worker may be running: a job that is queued all the same is answered by the next one, or by nobody. */
const nobodyWorks = renderApprovalNotice(
  'waiting',
  `as far as Redis tells, no worker of the queue "tokens" runs. What you asked waits for one, ${sealedForMs / 60_000} min at most: tell whoever runs this bot`,
);

/** Seals a job about a peering token and queues it; answers where it could not, or where nobody would take it. */
export const queueSealed = async <P extends SealedSchema>(
  job: Job<P>,
  what: What<P>,
  asked: Asked,
  { enqueue, signer, workers }: Pick<SlackTools, 'enqueue' | 'signer' | 'workers'>,
): Promise<Message | undefined> => {
  if (signer === undefined) return renderFailure({ kind: 'not-set-up', cluster: null });
  const head = { id: asked.id, job: job.name, at: Date.now() };
  // The parts of the claim are all there; that they make it up again is beyond the compiler.
  const payload = seal(signer, head, { ...what, ...requesterOf(asked) }) as z.input<P>;
  const queued = await enqueue(job, payload, { id: asked.id }, asked);
  if (queued.kind === 'failed') return renderFailure({ kind: 'queue-down' });
  return (await workers(job.queue, asked)) === 0 ? nobodyWorks : undefined;
};
