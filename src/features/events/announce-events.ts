import type { Config } from '../../config/config';
import { type Enqueued, isQueued, type JobRequest } from '../../queue/producer';
import type { JobType } from '../../queue/define';
import { matchClusters } from '../../config/match-clusters';
import type { Announcements } from './announcements.store';
import { deliverEvent } from './deliver-event';
import type { FoundEvent } from './found-event';
import { toPeeringEvent } from './peering-event';

export interface AnnounceServices {
  readonly config: Config;
  readonly announcements: Announcements;
  /** Queues a job that follows from another. */
  readonly queue: <Payload>(
    job: JobType<Payload>,
    payload: Payload,
    request: JobRequest,
  ) => Promise<Enqueued>;
}

/**
 * Queues one delivery for each event and receiver that it concerns. A repeat queues the same deliveries, each once.
 * False: some are not queued, so the events must be announced again.
 */
export const announceEvents = async (
  events: readonly FoundEvent[],
  { config: { receivers = [], owners }, announcements, queue }: AnnounceServices,
): Promise<boolean> => {
  let isComplete = true;
  for (const found of events) {
    const announcement = await announcements.note(found);
    if (announcement === undefined) continue;
    for (const { kind, name, clusters, severity } of receivers) {
      const isConcerned =
        clusters === undefined || matchClusters(clusters, [found.cluster], owners).clusters.length > 0;
      if (!isConcerned) continue;
      const event = toPeeringEvent(announcement, severity);
      if (event === undefined) continue;
      const id = `event-${kind}-${name}-${event.id}`;
      const queued = await queue(deliverEvent, { receiver: { kind, name }, event }, { id });
      isComplete &&= isQueued(queued);
    }
  }
  return isComplete;
};
