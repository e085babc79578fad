import { z } from 'zod';
import { defineJob } from '../../queue/define';
import { afterFailure } from '../../slack/api/after-failure';
import { lateMs } from '../../slack/api/outbox/delivery';
import type { DigestServices } from './services';

const DropDoubles = z.object({
  channel: z.string(),
  /** The run, which is the name of its message. */
  run: z.string(),
  /** The message that stays. */
  ts: z.string(),
  /** No message of the run is older (ms since the epoch). */
  since: z.number(),
  /** A call without a reply was made again at this time (ms since the epoch). */
  repeatedAt: z.number(),
});
type DropDoubles = z.infer<typeof DropDoubles>;

/** Pauses between two looks, in ms: first short, since most late calls are applied soon. */
const minPauseMs = 3000;
const maxPauseMs = 30_000;

/** Deletes doubles of a run that was posted, which Slack makes of a call that it applies late. */
export const dropDigestDoubles = defineJob<DropDoubles, Pick<DigestServices, 'poster'>>({
  name: 'drop-digest-doubles',
  queue: 'digests',
  payload: DropDoubles,
  options: { attempts: 5, backoffMs: 5000 },

  handle: async ({ payload, poster, since: queuedAt, log }) => {
    const { channel, run: name, ts, since, repeatedAt } = payload;
    const goneMs = Date.now() - repeatedAt;
    const first = await poster.readBack({ channel, name, since }, { channel, ts });
    const all = first.ok ? await poster.dropDoubles({ channel, thread: ts, name, since }) : first;
    // Without the permission to read the history, doubles stay.
    if (!all.ok) return afterFailure(all.error, { since: queuedAt, log });
    return goneMs >= lateMs
      ? { kind: 'done', as: 'read' }
      : { kind: 'delay', afterMs: Math.min(maxPauseMs, Math.max(minPauseMs, goneMs)) };
  },

  abandon: async ({ payload: { run }, log }) => {
    log.error({ run }, 'doubles of a digest could not be looked for');
  },
});
