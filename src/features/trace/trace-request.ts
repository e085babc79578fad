import { z } from 'zod';
import type { Isolated } from '../../clusters/isolated';
import type { Config } from '../../config/config';
import { Requester } from '../../slack/requester';
import type { RequestContext } from '../../slack/request-job';

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

export interface TraceServices {
  readonly config: Config;
  readonly trace: Isolated['trace'];
  /** Returns why a check matters, by its id. */
  readonly rationale: (checkId: string) => string | undefined;
}

export type TraceContext = RequestContext<TraceRequest, TraceServices>;

export const traceUsage = '/peering trace CLUSTER SERVICE DESTINATION [PEER]';
