import type { JobOutcome, JobRun } from '../../queue/define';
import { describeFailure, type SlackFailure } from './call';

const minDelayMs = 1000;
const maxDelayMs = 30_000;

/**
 * Ends a job that Slack did not answer, or whose message it did not accept. An outage of Slack does not count as an attempt:
 * the job continues after a delay that grows with its age.
 */
export const afterFailure = (
  failure: SlackFailure,
  { since, log }: Pick<JobRun, 'since' | 'log'>,
): JobOutcome => {
  if (failure.kind === 'rate-limited') return { kind: 'delay', afterMs: failure.retryAfterMs };
  const reason = describeFailure(failure);
  if (failure.kind === 'lost') {
    log.warn({ reason }, 'Slack did not answer, the job continues later');
    const afterMs = Math.min(maxDelayMs, Math.max(minDelayMs, (Date.now() - since) / 4));
    return { kind: 'delay', afterMs: Math.round(afterMs * (0.5 + Math.random())) };
  }
  log.error({ reason }, 'Slack refused the answer');
  return { kind: 'done', as: 'undelivered' };
};
