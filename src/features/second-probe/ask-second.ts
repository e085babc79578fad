import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RunCheckParts } from '../../clusters/run-check';
import type { ClusterConfig } from '../../config/config';
import { probeQueueOf, vantagePointOf } from '../../config/probe-queue';
import { isQueued, type Producer } from '../../queue/producer';
import type { SecondReason } from '../../snapshot/probe-section';
import type { SecondProbes } from '../../snapshot/second-probes';
import { defineProbeJob } from './probe-cluster';
import type { SecondOutcomes } from './outcomes.store';

interface AskParts {
  readonly producer: Pick<Producer, 'enqueue' | 'workers' | 'withdraw'>;
  readonly secondOutcomes: Pick<SecondOutcomes, 'find'>;
  readonly log: Logger;
  /** Maximum time to wait for outcomes, in ms. */
  readonly maxWaitMs?: number;
}

/** Longer than the probes of one check can take: the bot itself takes up to 13 s. */
const defaultWaitMs = 15_000;
/** Interval in ms at which the answer is looked for. */
const lookEveryMs = 250;
/** Maximum time in ms for Redis to count the workers, or to accept the job. */
const redisMs = 1500;

/**
 * Creates the function that asks the second vantage point of a cluster. Each check has a job of its own, so that it never takes
 * outcomes of an earlier one. Where no worker listens, nothing is queued and nothing waits.
 */
export const createAskSecond = ({
  producer,
  secondOutcomes,
  log,
  maxWaitMs = defaultWaitMs,
}: AskParts): RunCheckParts['probeFromSecond'] => {
  const ask = async (
    { name: cluster }: ClusterConfig,
    from: string,
    { requestId, signal }: { readonly requestId: string; readonly signal: AbortSignal },
  ): Promise<SecondProbes['outcomes']> => {
    const queue = probeQueueOf(from);
    const note = (why: SecondReason, reason: string): SecondReason => {
      log.warn({ request: requestId, cluster, from, reason }, 'probed from one place only');
      return why;
    };
    const end = performance.now() + maxWaitMs;
    // Some managed servers do not say who is connected.
    if ((await producer.workers(queue, redisMs)) === 0)
      return note('absent', 'no worker takes jobs from its queue');
    const job = randomUUID();
    log.debug({ request: requestId, cluster, from, job }, 'asks a second vantage point');
    const queued = await producer.enqueue(defineProbeJob(from), { cluster }, { id: job }, redisMs);
    if (!isQueued(queued)) return note('late', 'its job could not be queued');
    while (performance.now() < end && !signal.aborted) {
      const outcomes = await secondOutcomes.find(job).catch(() => undefined);
      if (typeof outcomes === 'string') return note(outcomes, `it answers ${outcomes}`);
      if (outcomes !== undefined) return outcomes;
      await sleep(lookEveryMs);
    }
    await producer.withdraw(queue, job);
    return note('late', 'it did not answer in time');
  };

  return (cluster, options) => {
    const from = vantagePointOf(cluster);
    return from === undefined
      ? undefined
      : ask(cluster, from, options).then(
          (outcomes) => ({ from, outcomes }),
          (error: unknown) => {
            log.warn(
              { request: options.requestId, reason: String(error) },
              'could not ask the vantage point',
            );
            return { from, outcomes: 'late' as const };
          },
        );
  };
};
