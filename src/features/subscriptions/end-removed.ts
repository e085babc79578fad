import type { Config } from '../../config/config';
import { announceEvents, type AnnounceServices, eventsOf } from '../events';
import type { Subscription } from './subscriptions.store';
import type { Watch } from './watches.store';

/**
 * Announces the end of what is open on clusters that are no longer configured: nobody observes them any more, and an alert
 * would stay for ever. False: not all events are queued.
 */
export const endRemoved = async (
  watch: Watch | undefined,
  subscription: Subscription,
  services: AnnounceServices & { readonly config: Pick<Config, 'clusters' | 'receivers'> },
): Promise<boolean> => {
  const { clusters, receivers } = services.config;
  if (watch === undefined || receivers === undefined) return true;
  const { channel, cluster, createdMs } = subscription;
  const removed = Object.values(watch.tracked.issues).filter(
    ({ issue, reported, flapping }) =>
      !clusters.has(issue.cluster ?? cluster) && (reported !== 'gone' || flapping),
  );
  const changes = removed.map(({ issue, reported }) => ({
    kind: 'issue' as const,
    issue,
    before: reported,
    after: 'gone' as const,
  }));
  const source = { removed: [channel, cluster, createdMs], planned: watch.planned };
  return announceEvents(eventsOf(changes, cluster, source, Date.now()), services);
};
