import type { JobOutcome, JobRun } from '../../queue/define';
import { describeFailure, type SlackFailure } from './call';

/** Ends a job whose message Slack did not accept. */
export const afterFailure = (failure: SlackFailure, { log }: Pick<JobRun, 'log'>): JobOutcome => {
  if (failure.kind === 'rate-limited') return { kind: 'delay', afterMs: failure.retryAfterMs };
  const reason = describeFailure(failure);
  if (failure.kind === 'lost') return { kind: 'retry', reason };
  log.error({ reason }, 'Slack refused the answer');
  return { kind: 'done', as: 'undelivered' };
};
