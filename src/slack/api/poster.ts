import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Message } from '../../render/slack/limits';
import type { MessageRef } from './message-ref';
import type { MessageRefs } from './message-refs.store';
import type { RateLimiter } from './rate-limiter.store';
import { callSlack, describeFailure, type SlackAnswer, type SlackFailure } from './call';
import { findByFile, findByName, messageName, type MessageTarget } from './find';

interface Upload {
  readonly filename: string;
  readonly content: string;
  readonly title: string;
}

/**
 * Posts, edits and finds messages. Instead of a wait of more than a few seconds it returns `rate-limited`: the job goes
 * back to the queue and frees its worker, so that one busy channel does not delay the others.
 */
export interface Poster {
  /**
   * Posts a message unless it is already there, also when an earlier attempt's answer was lost or its process
   * died: Slack has no idempotency key, so the name goes into the message's metadata and is looked for.
   */
  readonly post: (target: MessageTarget, message: Message) => Promise<SlackAnswer<MessageRef>>;
  /** Replaces a message. May be repeated. */
  readonly edit: (ref: MessageRef, message: Message) => Promise<SlackAnswer<undefined>>;
  /** Replaces a message if that can be done at once. Nothing is tried twice. */
  readonly tryEdit: (ref: MessageRef, message: Message) => Promise<SlackAnswer<undefined>>;
  /** Attaches a file to a thread, once, like `post`. The name of the file must be unique. */
  readonly attach: (
    target: MessageTarget & { readonly thread: string },
    file: Upload,
  ) => Promise<SlackAnswer<MessageRef>>;
}

export interface PosterParts {
  readonly client: Pick<WebClient, 'chat' | 'conversations' | 'filesUploadV2'>;
  /** The bot's own user id: only its own messages count as earlier posts. */
  readonly botUserId: string;
  readonly rateLimiter: RateLimiter;
  readonly messageRefs: MessageRefs;
  readonly log: Logger;
  /** Longest wait inside a job, in ms. */
  readonly patienceMs?: number;
  /** Pause before looking for a message whose reply was lost, in ms. */
  readonly lookAfterMs?: number;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const inThread = (thread: string | undefined, broadcast: boolean) => {
  if (thread === undefined) return {};
  return broadcast ? { thread_ts: thread, reply_broadcast: true as const } : { thread_ts: thread };
};

type Look = () => Promise<SlackAnswer<MessageRef | undefined>>;

export const createPoster = (parts: PosterParts): Poster => {
  const { client, botUserId, rateLimiter, messageRefs, log, patienceMs = 3000, lookAfterMs = 1000 } = parts;

  /** Waits until the rate limiter allows a message; returns a failure if that is later than `maxWaitMs`. */
  const waitForRate = async (channel: string, maxWaitMs: number): Promise<SlackFailure | undefined> => {
    const { taken, waitMs } = await rateLimiter.reserve(channel, maxWaitMs);
    if (!taken) return { kind: 'rate-limited', retryAfterMs: waitMs };
    await sleep(waitMs);
    return undefined;
  };

  /** Without the permission to look, an answer is still sent: it may come twice rather than never. */
  const cautious =
    (name: string, look: Look): Look =>
    async () => {
      const found = await look();
      if (found.ok || found.error.kind !== 'refused') return found;
      log.warn({ name, reason: describeFailure(found.error) }, 'cannot look for an earlier post');
      return { ok: true, value: undefined };
    };

  /** Returns the message of an earlier attempt, if there was one and it succeeded. */
  const earlier = async (name: string, look: Look): Promise<SlackAnswer<MessageRef | undefined>> => {
    const known = await messageRefs.find(name);
    if (known?.state === 'posted') return { ok: true, value: known.ref };
    return known === undefined ? { ok: true, value: undefined } : look();
  };

  /** Tries once more after a short 429, or after an answer was lost and the message is not there. */
  const persist = async (
    { channel, patienceMs: maxWaitMs = patienceMs }: MessageTarget,
    attempt: () => Promise<SlackAnswer<MessageRef>>,
    look: Look,
  ): Promise<SlackAnswer<MessageRef>> => {
    for (let tries = 1; ; tries++) {
      const wait = await waitForRate(channel, maxWaitMs);
      if (wait) return { ok: false, error: wait };
      const answer = await attempt();
      if (answer.ok || answer.error.kind === 'refused') return answer;
      if (answer.error.kind === 'rate-limited') {
        const { retryAfterMs } = answer.error;
        await rateLimiter.hold(channel, retryAfterMs);
        if (tries === 2 || retryAfterMs > maxWaitMs) return answer;
        continue;
      }
      await sleep(lookAfterMs);
      const found = await look();
      if (!found.ok) return found;
      if (found.value !== undefined) return { ok: true, value: found.value };
      if (tries === 2) return answer;
    }
  };

  const once = async (
    target: MessageTarget,
    send: () => Promise<MessageRef>,
    find: Look,
  ): Promise<SlackAnswer<MessageRef>> => {
    const { name } = target;
    const look = cautious(name, find);
    const before = await earlier(name, look);
    if (!before.ok) return before;
    const answer: SlackAnswer<MessageRef> =
      before.value === undefined
        ? await persist(
            target,
            async () => {
              await messageRefs.trying(name);
              return callSlack(send);
            },
            look,
          )
        : { ok: true, value: before.value };
    if (answer.ok) await messageRefs.posted(name, answer.value);
    return answer;
  };

  const tryEdit: Poster['tryEdit'] = (ref, { text, blocks }) =>
    callSlack(async () => {
      await client.chat.update({ ...ref, text, blocks });
      return undefined;
    });

  return {
    post: (target, { text, blocks }) => {
      const { channel, thread, broadcast = false } = target;
      const send = async (): Promise<MessageRef> => {
        const posted = await client.chat.postMessage({
          channel,
          ...inThread(thread, broadcast),
          text,
          blocks,
          metadata: messageName(target.name),
          unfurl_links: false,
          unfurl_media: false,
        });
        return { channel: posted.channel ?? channel, ts: posted.ts ?? '' };
      };
      return once(target, send, () => findByName(client, botUserId, target));
    },

    tryEdit,

    edit: async (ref, message) => {
      for (let tries = 1; ; tries++) {
        const answer = await tryEdit(ref, message);
        if (answer.ok || answer.error.kind === 'refused' || tries === 3) return answer;
        const waitMs = answer.error.kind === 'rate-limited' ? answer.error.retryAfterMs : lookAfterMs / 2;
        if (waitMs > patienceMs) return answer;
        await sleep(waitMs);
      }
    },

    attach: (target, { filename, content, title }) => {
      const { channel, thread } = target;
      const send = async (): Promise<MessageRef> => {
        await client.filesUploadV2({ channel_id: channel, thread_ts: thread, filename, content, title });
        return { channel, ts: thread };
      };
      return once(target, send, () => findByFile(client, botUserId, target, filename));
    },
  };
};
