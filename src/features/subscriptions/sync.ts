import type { Logger } from 'pino';
import type { RedisClient } from '../../redis/redis';
import type { Sealer } from '../../signing/seal-record';
import type { Subscription, Subscriptions } from './subscriptions.store';
import {
  keepSchedulers,
  type SealSchedule,
  type SchedulerQueue,
  syncSchedulers,
  type SchedulerDefinition,
} from '../../queue/schedulers';
import { subscriptionDue, subscriptionId } from './subscription-due';

const prefix = 'watch/';

const schedulerOf = ({ cluster, channel, everyMs }: Subscription): SchedulerDefinition => ({
  id: `${prefix}${subscriptionId({ cluster, channel })}`,
  repeat: { every: everyMs },
  name: subscriptionDue.name,
  data: { cluster, channel },
});

interface SyncParts {
  /** A connection that fails at once while Redis is away. */
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly definitions: Subscriptions;
  readonly log: Logger;
  /** Interval in ms. */
  readonly everyMs?: number;
}

/** Reconciles the schedulers with the stored subscriptions that are not paused. */
const syncSubscriptions = (
  queue: SchedulerQueue,
  sealSchedule: SealSchedule,
  definitions: Subscriptions,
): Promise<unknown> =>
  syncSchedulers(queue, sealSchedule, prefix, async () =>
    (await definitions.all()).filter(({ paused }) => paused === null).map(schedulerOf),
  );

/** Keeps the schedulers of all subscriptions, in any number of processes. */
export const startSubscriptionSync = (parts: SyncParts): { readonly stop: () => Promise<void> } =>
  keepSchedulers({
    ...parts,
    queue: 'digests',
    sync: (queue, sealSchedule) => syncSubscriptions(queue, sealSchedule, parts.definitions),
  });
