import { z } from 'zod';
import type { Isolated } from '../../clusters/isolated';
import type { ClusterRequestServices } from '../../slack/cluster-request';
import { Requester } from '../../slack/requester';

/** A request for the services that stop working if a part of a cluster goes down. */
export const ImpactRequest = z.object({
  cluster: z.string(),
  /** The name of a service, a peer or a mesh gateway; `peer/east` if several have the same name. */
  part: z.string(),
  ...Requester.shape,
});
export type ImpactRequest = z.infer<typeof ImpactRequest>;

export interface ImpactServices extends ClusterRequestServices {
  readonly findImpact: Isolated['findImpact'];
}

export const impactUsage = '/peering impact CLUSTER SERVICE|PEER|GATEWAY';
