import { z } from 'zod';
import type { Isolated } from '../../clusters/isolated';
import type { Config } from '../../config/config';
import { Requester } from '../../slack/requester';

/** A request for the services that stop working if a part of a cluster goes. */
export const ImpactRequest = z.object({
  cluster: z.string(),
  /** The name of a service, a peer or a mesh gateway; `peer/east` where several have it. */
  part: z.string(),
  ...Requester.shape,
});
export type ImpactRequest = z.infer<typeof ImpactRequest>;

export interface ImpactServices {
  readonly config: Config;
  readonly findImpact: Isolated['findImpact'];
}

export const impactUsage = '/peering impact CLUSTER SERVICE|PEER|GATEWAY';
