import { failure, type Result, success } from '../result';
import type { Sealer } from '../signing/seal-record';
import { plannedAt } from './schedulers';
import { type JobAddress, openPayload } from './seal-payload';

/** A job that this bot made. */
export interface AdmittedJob {
  readonly payload: unknown;
  /** When it was queued (ms since the epoch); undefined for the jobs of a scheduler. */
  readonly at?: number | undefined;
  /** The span that queued it, as `traceparent`. */
  readonly trace?: string | undefined;
}

/** Age after which a job counts as replayed, in ms: the coordinates of its messages are no longer stored then. */
const maxAgeMs = 24 * 3_600_000;
/** Maximum difference of the clocks of two processes, in ms. */
const maxAheadMs = 5 * 60_000;

/** Opens the payload of a queued job. Fails with the reason if it may not run: an attacker who can write to Redis can add jobs. */
export const admitJob = (
  sealer: Sealer,
  address: JobAddress,
  data: unknown,
  nowMs: number,
): Result<AdmittedJob> => {
  const opened = openPayload(sealer, address, data);
  if (opened === undefined) return failure('not sealed by this bot for this job');
  if (opened.at !== undefined && nowMs - opened.at > maxAgeMs) return failure('held back for too long');
  if ((plannedAt(address.id) ?? 0) > nowMs + maxAheadMs) return failure('queued long before its time');
  return success(opened);
};
