import { z } from 'zod';
import { defineJob } from '../queue/define';
import { afterFailure } from './api/after-failure';
import { lateMs } from './api/outbox/delivery';
import type { Poster } from './api/poster';

/** A message that was sent again after a call without a reply. */
const RepeatedPost = z.object({
  channel: z.string(),
  /** The first message of the thread, if it is a reply. */
  thread: z.string().optional(),
  name: z.string(),
  /** The message that stays. */
  ts: z.string(),
  /** No message of this name is older (ms since the epoch). */
  since: z.number(),
  /** When it was sent again (ms since the epoch). */
  repeatedAt: z.number(),
});
type RepeatedPost = z.infer<typeof RepeatedPost>;

/** Pauses between two reads, in ms: first short, since most late calls are applied soon. */
const minPauseMs = 3000;
const maxPauseMs = 30_000;

/** Deletes doubles of a message, which Slack makes of a call that it applies late. */
export const dropDoubles = defineJob<RepeatedPost, { readonly poster: Poster }>({
  name: 'drop-doubles',
  queue: 'digests',
  payload: RepeatedPost,
  options: { attempts: 5, backoffMs: 5000 },

  handle: async ({ payload, poster, since: queuedAt, log }) => {
    const { channel, thread, name, ts, since, repeatedAt } = payload;
    const goneMs = Date.now() - repeatedAt;
    const read =
      thread === undefined
        ? await poster.readBack({ channel, name, since }, { channel, ts })
        : await poster.dropDoubles({ channel, thread, name: groupOf(name), since });
    // Without the permission to read the history, doubles stay.
    if (!read.ok) return afterFailure(read.error, { since: queuedAt, log });
    return goneMs >= lateMs
      ? { kind: 'done', as: 'read' }
      : { kind: 'delay', afterMs: Math.min(maxPauseMs, Math.max(minPauseMs, goneMs)) };
  },

  abandon: async ({ payload: { name }, log }) => {
    log.error({ name }, 'doubles of a message could not be looked for');
  },
});

/** Replies of one group have names such as `run/1` and `run/2`. */
const groupOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')));
