import { z } from 'zod';
import type { Definition } from './definitions.store';
import { lastTime } from '../../config/when';
import { defineJob } from '../../queue/define';
import { isQueued } from '../../queue/producer';
import { plannedAt } from '../../queue/schedulers';
import { latestMs, runDigest } from './run-digest';
import type { ScheduleServices } from './services';

/**
 * Queues the job of a digest's newest run that came due in the last hour, unless it is done. The job's id consists of
 * the digest and the planned time, so a repeat adds nothing.
 */
export const queueDue = async (
  definition: Definition,
  nowMs: number,
  { digestRuns, queue }: Pick<ScheduleServices, 'digestRuns' | 'queue'>,
): Promise<'nothing-due' | 'queued' | 'failed'> => {
  const { id, when, activeSince, paused } = definition;
  const planned = lastTime(when, nowMs, latestMs);
  if (paused !== null || planned === undefined || planned <= activeSince) return 'nothing-due';
  const { dealtWith } = await digestRuns.state(id);
  if (dealtWith !== undefined && dealtWith >= planned) return 'nothing-due';
  const queued = await queue(
    runDigest,
    { digest: id, planned, requestedBy: null },
    { id: `digest-${id}-${planned}` },
  );
  return isQueued(queued) ? 'queued' : 'failed';
};

const DigestDue = z.object({ digest: z.string() });
type DigestDue = z.infer<typeof DigestDue>;

/** Queued by a scheduler at the planned time. */
export const digestDue = defineJob<DigestDue, ScheduleServices>({
  name: 'digest-due',
  queue: 'digests',
  payload: DigestDue,
  options: { attempts: 6, backoffMs: 2000 },

  handle: async ({ id, payload: { digest }, digests, ...services }) => {
    const definition = await digests.find(digest);
    if (definition === undefined) return { kind: 'done', as: 'removed' };
    // This process's clock may be behind that of the one that let the job through.
    const now = Math.max(Date.now(), plannedAt(id) ?? 0);
    const as = await queueDue(definition, now, services);
    return as === 'failed' ? { kind: 'retry', reason: 'could not queue' } : { kind: 'done', as };
  },

  abandon: async ({ payload: { digest }, log }) => {
    log.error({ digest }, 'a digest that is due could not be queued');
  },
});
