import { z } from 'zod';
import type { FleetReading } from '../../clusters/fleet-lane';
import type { Isolated } from '../../clusters/isolated';
import type { ClusterRequestServices } from '../../slack/cluster-request';
import type { RequestContext } from '../../slack/request-job';
import { Requester } from '../../slack/requester';

/** A request for the list of who peers with whom. */
export const PeeringsRequest = z.object({
  /** Names, globs or `all`, as typed. */
  words: z.array(z.string()),
  ...Requester.shape,
});
export type PeeringsRequest = z.infer<typeof PeeringsRequest>;

export interface PeeringsServices extends ClusterRequestServices, FleetReading {
  readonly listPeerings: Isolated['listPeerings'];
}

export type PeeringsContext = RequestContext<PeeringsRequest, PeeringsServices>;
