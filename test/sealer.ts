import type { Job } from 'bullmq';
import type { QueueName } from '../src/config/process-uses';
import { openPayload } from '../src/queue/seal-payload';
import { createSealer } from '../src/signing/seal-record';

/** The key of the bots of tests that name none of their own. */
export const signingKey = 'key-of-the-bots-in-tests-0123456789';

/** Seals and reads what those bots store. */
export const sealer = createSealer({ signingKey });

/** Opens the payload of a queued job. */
export const payloadOf = (queue: QueueName, { name, id = '', data }: Job): Record<string, unknown> =>
  openPayload(sealer, { queue, name, id }, data)?.payload as Record<string, unknown>;
