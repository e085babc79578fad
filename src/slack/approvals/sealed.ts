import type { z } from 'zod';
import type { Job } from '../../jobs/define';
import { seal } from '../../jobs/tokens/sealed';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Asked, SlackTools } from '../define';
import { requesterOf } from '../requester';

/** The payload of a job about peering tokens. */
type SealedSchema = z.ZodType<unknown, { readonly claim: object; readonly signature: string }>;

/** What it is told beside who asks, where, and what every claim has. */
type What<P extends SealedSchema> = Omit<
  z.input<P>['claim'],
  'id' | 'job' | 'at' | keyof ReturnType<typeof requesterOf>
>;

/** Seals a job about a peering token and queues it; answers where it could not. */
export const queueSealed = async <P extends SealedSchema>(
  job: Job<P>,
  what: What<P>,
  asked: Asked,
  { enqueue, signer }: Pick<SlackTools, 'enqueue' | 'signer'>,
): Promise<Message | undefined> => {
  if (signer === undefined) return renderFailure({ kind: 'not-set-up', cluster: null });
  const head = { id: asked.id, job: job.name, at: Date.now() };
  // The parts of the claim are all there; that they make it up again is beyond the compiler.
  const payload = seal(signer, head, { ...what, ...requesterOf(asked) }) as z.input<P>;
  const queued = await enqueue(job, payload, { id: asked.id }, asked);
  return queued.kind === 'failed' ? renderFailure({ kind: 'queue-down' }) : undefined;
};
