import { z } from 'zod';
import type { Definition } from './definitions.store';
import { lastTime } from './when';
import { defineJob } from '../../queue/define';
import { plannedAt } from '../../queue/schedulers';
import { latestMs, runDigest } from './run-digest';
import type { DigestTools } from './tools';

/**
 * Queues the plain job of a digest's newest run that came due in the last hour, unless that was dealt with. The
 * job's id is made of the digest and the planned time, so that whoever does this again adds nothing.
 */
export const queueDue = async (
  definition: Definition,
  nowMs: number,
  { runs, queue }: Pick<DigestTools, 'runs' | 'queue'>,
): Promise<'nothing-due' | 'queued' | 'failed'> => {
  const { id, when, activeSince, paused } = definition;
  const planned = lastTime(when, nowMs, latestMs);
  if (paused !== null || planned === undefined || planned <= activeSince) return 'nothing-due';
  const { dealtWith } = await runs.state(id);
  if (dealtWith !== undefined && dealtWith >= planned) return 'nothing-due';
  const queued = await queue(
    runDigest,
    { digest: id, planned, askedBy: null },
    { id: `digest-${id}-${planned}` },
  );
  return queued.kind === 'failed' ? 'failed' : 'queued';
};

/** What a scheduler queues at the time itself. */
export const digestDue = defineJob({
  name: 'digest-due',
  queue: 'digests',
  payload: z.object({ digest: z.string() }),
  options: { attempts: 6, backoffMs: 2000 },

  handle: async ({ digest }, { digests }, run) => {
    const definition = await digests.definitions.find(digest);
    if (definition === undefined) return { kind: 'done', as: 'removed' };
    // This process's clock may be behind that of the one that let the job through.
    const now = Math.max(Date.now(), plannedAt(run.id) ?? 0);
    const as = await queueDue(definition, now, digests);
    return as === 'failed' ? { kind: 'again', reason: 'could not queue' } : { kind: 'done', as };
  },

  abandon: async ({ digest }, _, run) => {
    run.log.error({ digest }, 'a digest that is due could not be queued');
  },
});
