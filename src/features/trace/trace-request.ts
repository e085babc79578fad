import { z } from 'zod';
import type { Isolated } from '../../clusters/isolated';
import type { ClusterRequestServices } from '../../slack/cluster-request';
import { Requester } from '../../slack/requester';

/** A request to follow a call from a service to a service of a peer. */
export const TraceRequest = z.object({
  cluster: z.string(),
  service: z.string(),
  destination: z.string(),
  /** Follow calls to this peer only; null: to any. */
  peer: z.string().nullable(),
  ...Requester.shape,
});
export type TraceRequest = z.infer<typeof TraceRequest>;

export interface TraceServices extends ClusterRequestServices {
  readonly trace: Isolated['trace'];
  /** Returns why a check matters, by its id. */
  readonly rationale: (checkId: string) => string | undefined;
}

export const traceUsage = '/peering trace CLUSTER SERVICE DESTINATION [PEER]';
