import type { Message } from '../../../render/slack/limits';
import type { SlackAnswer } from '../call';
import { omitUndefined } from '../../../omit-undefined';
import type { MessageRef } from '../message-ref';
import type { MessageTarget } from '../find';
import type { Poster } from '../poster';
import type { RateLimiter } from '../rate-limiter.store';
import type { Respond } from '../response-url';
import { privateParts, type Step, type StepOutcome } from './delivery';
import type { OutboxEntry } from './entry';

export interface StepTools {
  readonly poster: Pick<Poster, 'postNow' | 'attachNow' | 'readBack' | 'dropDoubles' | 'tryEdit'>;
  readonly respond: Respond;
  readonly rateLimiter: RateLimiter;
  /** Tells whether the job of a request is still queued or running. */
  readonly isAlive: (job: string) => Promise<boolean>;
}

/** Longest reservation of a channel, in ms: later, the entry tries again. */
const maxReserveMs = 10 * 60_000;

const empty: Message = { text: '', blocks: [] };

/** The first message: after people deleted it, it is posted under another name. */
const firstName = ({ name, deleted }: OutboxEntry): string =>
  // oxlint-disable-next-line plain-english/words -- stored by earlier versions
  deleted === 0 ? name : `${name}/anew${deleted === 1 ? '' : deleted}`;

const outcomeOf = <T>(answer: SlackAnswer<T>, took: (value: T) => StepOutcome): StepOutcome =>
  answer.ok ? took(answer.value) : answer.error;

const done = (): StepOutcome => ({ kind: 'took' });

/** Stands for a call that was not made, because another process may have the right to make it now. */
const unsent: StepOutcome = { kind: 'lost', reason: 'not sent' };

/**
 * Does one step of a delivery. Slack's failures are outcomes.
 *
 * @param maySend asked right before each call that changes a message
 */
export const performStep = async (
  entry: OutboxEntry,
  step: Step,
  { poster, respond, rateLimiter, isAlive }: StepTools,
  maySend: () => boolean,
): Promise<StepOutcome> => {
  const { channel, since, user, style, renderings } = entry;
  const inThread = omitUndefined({ thread: entry.thread });
  const { message, thread = [], file } = renderings[style] ?? { message: empty };
  const name = firstName(entry);
  const replies = `${entry.name}/${style}`;
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check
  switch (step.do) {
    case 'reserve': {
      const { taken, waitMs } = await rateLimiter.reserve(step.channel, maxReserveMs);
      return taken ? { kind: 'reserved', waitMs } : { kind: 'rate-limited', retryAfterMs: waitMs };
    }
    case 'post': {
      const posted = await poster.postNow(
        { channel, name, since, seq: step.seq, maySend, ...inThread },
        message,
      );
      return outcomeOf(posted, ({ ref, fresh }) => ({ kind: 'took', ref, fresh }));
    }
    case 'edit':
      if (!maySend()) return unsent;
      return outcomeOf(await poster.tryEdit(step.ref, message, { name, seq: step.seq }), done);
    case 'reply': {
      const target = { ...threadOf(entry, step.ref), name: `${replies}/${step.part}`, maySend };
      return outcomeOf(await poster.postNow(target, thread[step.part] ?? empty), done);
    }
    case 'attach': {
      if (file === undefined) return done();
      const target = { ...threadOf(entry, step.ref), name: `${entry.name}/file`, maySend };
      return outcomeOf(await poster.attachNow(target, file), done);
    }
    case 'respond':
      if (!maySend()) return unsent;
      return outcomeOf(await respond(entry.responseUrl ?? '', partOf(entry, step.part)), done);
    case 'direct': {
      const part = step.part === 0 ? '' : `/${step.part}`;
      const target: MessageTarget = { channel: user, name: `${entry.name}/private${part}`, since, maySend };
      return outcomeOf(await poster.postNow(target, partOf(entry, step.part)), done);
    }
    case 'read': {
      const read = await poster.readBack({ channel, name, since, ...inThread }, step.ref);
      if (!read.ok) return read.error;
      if (thread.length > 0 && read.value.seq !== undefined)
        await poster.dropDoubles({ ...threadOf(entry, step.ref), name: replies });
      return { kind: 'says', seq: read.value.seq };
    }
    case 'watch':
      return { kind: (await isAlive(entry.name)) ? 'alive' : 'dead' };
    default:
      return done();
  }
};

/** The thread of the answer: its own, or the one that it belongs into, since threads do not nest. */
const threadOf = ({ thread, since }: OutboxEntry, { channel, ts }: MessageRef) => ({
  channel,
  thread: thread ?? ts,
  since,
});

const partOf = ({ renderings, style }: OutboxEntry, part: number): Message => {
  const rendering = renderings[style];
  return (rendering && privateParts(rendering)[part]) ?? empty;
};
