import { z } from 'zod';
import type { RunCheck } from '../../clusters/run-check';
import type { ClusterRequestServices } from '../../slack/cluster-request';
import type { RequestContext } from '../../slack/request-job';
import { Requester } from '../../slack/requester';
import type { Reports } from '../history';
import type { Incidents } from '../incidents';
import type { CheckLocks } from './check-locks.store';

/** A request to check a cluster, with all its peers or with one. */
export const CheckRequest = z.object({
  cluster: z.string(),
  peer: z.string().nullable(),
  ...Requester.shape,
});
export type CheckRequest = z.infer<typeof CheckRequest>;

/** One check of a cluster and peer runs at a time in a channel, or in a thread of it. */
export const checkKey = ({
  cluster,
  peer,
  channel,
  thread,
}: Pick<CheckRequest, 'cluster' | 'peer' | 'channel' | 'thread'>): string =>
  [channel, cluster, peer ?? '', ...(thread === undefined ? [] : [thread])].join('/');

/**
 * Identifies the check of one person in one place while it is queued or runs. Of another person's request, its job
 * decides: the answer may reach only the person who made the first one.
 */
export const checkRequestKey = (
  request: Parameters<typeof checkKey>[0] & Pick<CheckRequest, 'user'>,
): string => `${checkKey(request)}/by/${request.user}`;

export interface CheckServices extends ClusterRequestServices {
  readonly reports: Reports;
  readonly check: RunCheck;
  readonly checkLocks: CheckLocks;
  readonly incidents: Incidents;
  /** Returns why a check matters, by its id. */
  readonly rationale: (checkId: string) => string | undefined;
}

export type CheckContext = RequestContext<CheckRequest, CheckServices>;
