import { z } from 'zod';
import type { SubscriptionKey } from './subscriptions.store';
import { defineJob, type JobType } from '../../queue/define';
import { type Enqueued, isQueued, type JobRequest } from '../../queue/producer';
import { plannedAt } from '../../queue/schedulers';
import { pollSubscription } from './poll-subscription';

/** Names a subscription in ids of jobs and schedulers, where BullMQ allows no colon: `C1/owner%3Aplatform`. */
export const subscriptionId = ({ cluster, channel }: SubscriptionKey): string =>
  `${channel}/${cluster.replaceAll('%', '%25').replaceAll(':', '%3A')}`;

/** The request under which a poll is queued: one at a time for a subscription. */
export const pollRequest = (key: SubscriptionKey, planned: number): JobRequest => ({
  id: `watch-${subscriptionId(key).replace('/', '-')}-${planned}`,
  key: `watch/${subscriptionId(key)}`,
});

export interface DueServices {
  /** Queues a job that follows from another. */
  readonly queue: <Payload>(
    job: JobType<Payload>,
    payload: Payload,
    request: JobRequest,
  ) => Promise<Enqueued>;
}

const SubscriptionDue = z.object({ cluster: z.string(), channel: z.string() });
type SubscriptionDue = z.infer<typeof SubscriptionDue>;

/** Queued by a scheduler at the planned time; queues the plain job of one poll. */
export const subscriptionDue = defineJob<SubscriptionDue, DueServices>({
  name: 'subscription-due',
  queue: 'digests',
  payload: SubscriptionDue,
  options: { attempts: 6, backoffMs: 2000 },

  handle: async ({ id, since, payload: key, queue }) => {
    const planned = plannedAt(id) ?? since;
    const queued = await queue(pollSubscription, { ...key, planned }, pollRequest(key, planned));
    return isQueued(queued)
      ? { kind: 'done', as: queued.kind }
      : { kind: 'retry', reason: 'could not queue' };
  },

  abandon: async ({ payload: { cluster, channel }, log }) => {
    log.error({ cluster, channel }, 'a poll that is due could not be queued');
  },
});
