import { z } from 'zod';
import type { ClusterSlots } from '../../clusters/cluster-slots';
import type { ReachCluster } from '../../clusters/reach-cluster';
import type { Semaphore } from '../../consul/semaphore';
import type { RequestContext } from '../../slack/request-job';
import { Requester } from '../../slack/requester';
import type { CheckServices } from './check-request';
import type { FleetLines } from './fleet-lines.store';

/** A request to check several clusters. */
export const FleetRequest = z.object({
  /** Names, globs or `all`, as typed. */
  words: z.array(z.string()),
  /** True to leave out the clusters that are ready. */
  short: z.boolean(),
  ...Requester.shape,
});
export type FleetRequest = z.infer<typeof FleetRequest>;

/** Identifies a request while it is queued or runs. What it may show depends on the person. */
export const fleetKey = ({
  words,
  short,
  channel,
  user,
}: Pick<FleetRequest, 'words' | 'short' | 'channel' | 'user'>): string =>
  `fleet/${channel}/${user}/${JSON.stringify([words, short])}`;

export interface FleetServices extends CheckServices {
  readonly reach: ReachCluster;
  readonly fleetLines: FleetLines;
  /** Limits the clusters that all checks of several clusters read at once in this process. */
  readonly fleetLanes: Semaphore;
  /** Limits the checks of several clusters that this process runs at once. */
  readonly fleetSlots: ClusterSlots;
}

export type FleetContext = RequestContext<FleetRequest, FleetServices>;
