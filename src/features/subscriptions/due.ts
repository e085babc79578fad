import { z } from 'zod';
import type { SubscriptionKey } from './subscriptions.store';
import { defineJob } from '../../queue/define';
import type { Request } from '../../queue/producer';
import { plannedAt } from '../../queue/schedulers';
import { pollSubscription } from './poll-subscription';

/** The request under which a poll is queued: one at a time for a subscription. */
export const pollRequest = ({ cluster, channel }: SubscriptionKey, planned: number): Request => ({
  id: `watch-${channel}-${cluster}-${planned}`,
  key: `watch/${channel}/${cluster}`,
});

/** What a scheduler queues at the time itself: it queues the plain job of one poll. */
export const subscriptionDue = defineJob({
  name: 'subscription-due',
  queue: 'digests',
  payload: z.object({ cluster: z.string(), channel: z.string() }),
  options: { attempts: 6, backoffMs: 2000 },

  handle: async (key, { digests }, run) => {
    const planned = plannedAt(run.id) ?? run.since;
    const queued = await digests.queue(pollSubscription, { ...key, planned }, pollRequest(key, planned));
    return queued.kind === 'failed'
      ? { kind: 'again', reason: 'could not queue' }
      : { kind: 'done', as: queued.kind };
  },

  abandon: async ({ cluster, channel }, _, run) => {
    run.log.error({ cluster, channel }, 'a poll that is due could not be queued');
  },
});
