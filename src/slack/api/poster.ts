import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Message } from '../../render/slack/limits';
import type { MessageRef } from './message-ref';
import type { MessageRefs } from './message-refs.store';
import type { RateLimiter } from './rate-limiter.store';
import { callSlack, describeFailure, type SlackAnswer, type SlackFailure } from './call';
import { findByFile, findByName, listOwn, messageName, type MessageTarget } from './find';
import type { Upload } from './outbox/entry';
import { omitUndefined } from '../../omit-undefined';

/** A message that was posted, or found as the post of an earlier attempt, whose content may be older. */
interface JustPosted {
  readonly ref: MessageRef;
  readonly fresh: boolean;
  /** When it was sent again after a call without a reply (ms since the epoch). */
  readonly repeatedAt?: number | undefined;
}

/** One message as it is in Slack now. */
interface ReadBack {
  /** The number of its content; undefined if it has none, or does not exist. */
  readonly seq: number | undefined;
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
  /** Posts like `post`, but at once and without a second try: for callers that hold the channel and try again. */
  readonly postNow: (target: MessageTarget, message: Message) => Promise<SlackAnswer<JustPosted>>;
  /** Tells whether a message is known, or is in the history although Redis has lost the record of it. */
  readonly isThere: (target: MessageTarget) => Promise<SlackAnswer<boolean>>;
  /** Reads a message back, and deletes doubles of it: posts with its name that Slack applied late. */
  readonly readBack: (target: MessageTarget, ref: MessageRef) => Promise<SlackAnswer<ReadBack>>;
  /** Deletes doubles of the replies whose names begin with this name, except for the first of each. */
  readonly dropDoubles: (
    target: MessageTarget & { readonly thread: string },
  ) => Promise<SlackAnswer<unknown>>;
  /** Replaces a message. May be repeated. */
  readonly edit: (ref: MessageRef, message: Message) => Promise<SlackAnswer<undefined>>;
  /** Replaces a message if that can be done at once. Nothing is tried twice. */
  readonly tryEdit: (
    ref: MessageRef,
    message: Message,
    named?: { readonly name: string; readonly seq: number },
  ) => Promise<SlackAnswer<undefined>>;
  /** Attaches a file to a thread, once, like `post`. The name of the file must be unique. */
  readonly attach: (
    target: MessageTarget & { readonly thread: string },
    file: Upload,
  ) => Promise<SlackAnswer<MessageRef>>;
  /** Attaches a file like `attach`, but at once and without a second try. */
  readonly attachNow: (
    target: MessageTarget & { readonly thread: string },
    file: Upload,
  ) => Promise<SlackAnswer<MessageRef>>;
}

/** A message that was sent again, as it is now. */
interface RepeatedMessage extends MessageRef {
  readonly thread?: string | undefined;
  readonly name: string;
  /** No message of this name is older (ms since the epoch). */
  readonly since: number;
  /** When it was sent again (ms since the epoch). */
  readonly repeatedAt: number;
}

/** A target, and what is called before its message is sent again after a call without a reply. */
type Repeatable = MessageTarget & { readonly onRepeat?: () => void };

export interface PosterParts {
  readonly client: Pick<WebClient, 'chat' | 'conversations' | 'filesUploadV2'>;
  /** The bot's own user id: only its own messages count as earlier posts. */
  readonly botUserId: string;
  readonly rateLimiter: RateLimiter;
  readonly messageRefs: MessageRefs;
  readonly log: Logger;
  /**
   * Takes a message that was sent again after a call without a reply: Slack may still make a double of it. The outbox looks
   * for doubles of answers in channels by itself.
   */
  readonly onRepeated?: (posted: RepeatedMessage) => Promise<void>;
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

/** Tells whether a channel stands for the direct conversation with a person. */
const isPerson = (channel: string): boolean => /^[UW]/.test(channel);

/** Names the direct conversation with a person, whose history Slack shows under an id of its own only. */
const directName = (user: string): string => `direct/${user}`;

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

  /** Without the permission to read the history, an answer is still sent: twice is better than never. */
  const cautious =
    (name: string, look: Look): Look =>
    async () => {
      const found = await look();
      if (found.ok || found.error.kind !== 'refused') return found;
      log.warn({ name, reason: describeFailure(found.error) }, 'cannot look for an earlier post');
      return { ok: true, value: undefined };
    };

  /** Returns the message of an earlier attempt, if there was one and it succeeded. */
  const earlier = async (
    { name, mayBeThere = false, onRepeat }: Repeatable,
    look: Look,
  ): Promise<SlackAnswer<MessageRef | undefined>> => {
    const known = await messageRefs.find(name);
    if (known?.state === 'posted') return { ok: true, value: known.ref };
    if (known === undefined && !mayBeThere) return { ok: true, value: undefined };
    const found = await look();
    if (known !== undefined && found.ok && found.value === undefined) onRepeat?.();
    return found;
  };

  /** Tries once more after a short 429, or after an answer was lost and the message is not there. */
  const persist = async (
    { channel, onRepeat, patienceMs: maxWaitMs = patienceMs }: Repeatable,
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
      onRepeat?.();
    }
  };

  const remove = async (channel: string, ts: string, name: string): Promise<void> => {
    const removed = await callSlack(() => client.chat.delete({ channel, ts }));
    log.warn({ name, removed: removed.ok }, 'the double of a post is deleted');
  };

  type Send = () => Promise<MessageRef>;
  type Attempt = () => Promise<SlackAnswer<MessageRef>>;

  /** Looks for a message in the history, which Slack shows of a direct conversation only once its id is known. */
  const findPosted = async (target: MessageTarget): Promise<SlackAnswer<MessageRef | undefined>> => {
    const known = isPerson(target.channel) ? await messageRefs.find(directName(target.channel)) : undefined;
    const channel = known?.state === 'posted' ? known.ref.channel : target.channel;
    return findByName(client, botUserId, { ...target, channel });
  };

  /** Finds the post of a direct message whose reply was lost, in a conversation whose id is known since the second post. */
  const findEarlier = async (
    { name, since }: MessageTarget,
    { channel, ts }: MessageRef,
  ): Promise<MessageRef | undefined> => {
    const own = await listOwn(client, botUserId, { channel, since });
    const first = own.ok
      ? own.value.find((message) => message.name === name && message.ts !== ts)
      : undefined;
    return first && { channel, ts: first.ts };
  };

  /** Finds the message of an earlier attempt, or makes one. */
  const unlessEarlier = async (
    given: MessageTarget,
    send: Send,
    find: Look,
    make: (target: Repeatable, attempt: Attempt, look: Look) => Promise<SlackAnswer<MessageRef>>,
  ): Promise<SlackAnswer<JustPosted>> => {
    const { name, channel, maySend = () => true } = given;
    const look = cautious(name, find);
    let repeatedAt: number | undefined;
    const onRepeat = (): void => {
      repeatedAt = Date.now();
    };
    const target = { ...given, onRepeat };
    const before = await earlier(target, look);
    if (!before.ok) return before;
    const attempt: Attempt = async () => {
      await messageRefs.trying(name);
      return maySend() ? callSlack(send) : { ok: false, error: { kind: 'lost', reason: 'not sent' } };
    };
    if (before.value !== undefined) {
      await messageRefs.posted(name, before.value);
      return { ok: true, value: { ref: before.value, fresh: false } };
    }
    const answer = await make(target, attempt, look);
    if (!answer.ok) return answer;
    const ref = answer.value;
    if (isPerson(channel)) await messageRefs.posted(directName(channel), ref);
    // A process that was stopped for a while may post what another one has posted since.
    const known = await messageRefs.find(name);
    const other =
      known?.state === 'posted'
        ? known.ref
        : repeatedAt !== undefined && isPerson(channel)
          ? await findEarlier(target, ref)
          : undefined;
    // A file is named by its thread.
    if (other !== undefined && other.ts !== ref.ts && ref.ts !== given.thread)
      await remove(ref.channel, ref.ts, name);
    await messageRefs.posted(name, other ?? ref);
    return {
      ok: true,
      value: { ref: other ?? ref, fresh: other === undefined || other.ts === ref.ts, repeatedAt },
    };
  };

  const tellRepeated = async (
    { name, since, thread }: MessageTarget,
    { ref, repeatedAt }: JustPosted,
  ): Promise<void> => {
    if (repeatedAt !== undefined) await parts.onRepeated?.({ ...ref, thread, name, since, repeatedAt });
  };

  const once = async (target: MessageTarget, send: Send, find: Look): Promise<SlackAnswer<MessageRef>> => {
    const made = await unlessEarlier(target, send, find, persist);
    if (made.ok) await tellRepeated(target, made.value);
    return made.ok ? { ok: true, value: made.value.ref } : made;
  };

  const atOnce = async (target: MessageTarget, send: Send, find: Look): Promise<SlackAnswer<JustPosted>> => {
    const made = await unlessEarlier(target, send, find, async (_, attempt) => {
      const answer = await attempt();
      if (!answer.ok && answer.error.kind === 'rate-limited')
        await rateLimiter.hold(target.channel, answer.error.retryAfterMs);
      return answer;
    });
    // The outbox looks for doubles in channels.
    if (made.ok && isPerson(target.channel)) await tellRepeated(target, made.value);
    return made;
  };

  const tryEdit: Poster['tryEdit'] = (ref, { text, blocks }, named) =>
    callSlack(async () => {
      const metadata = named && messageName(named.name, named.seq);
      await client.chat.update({ ...ref, text, blocks, ...omitUndefined({ metadata }) });
      return undefined;
    });

  const sendPost =
    ({ channel, thread, broadcast = false, name, seq }: MessageTarget, { text, blocks }: Message): Send =>
    async () => {
      const posted = await client.chat.postMessage({
        channel,
        ...inThread(thread, broadcast),
        text,
        blocks,
        metadata: messageName(name, seq),
        unfurl_links: false,
        unfurl_media: false,
      });
      return { channel: posted.channel ?? channel, ts: posted.ts ?? '' };
    };

  const sendFile =
    (
      { channel, thread }: MessageTarget & { readonly thread: string },
      { filename, content, title }: Upload,
    ): Send =>
    async () => {
      await client.filesUploadV2({ channel_id: channel, thread_ts: thread, filename, content, title });
      return { channel, ts: thread };
    };

  return {
    post: (target, message) => once(target, sendPost(target, message), () => findPosted(target)),

    postNow: (target, message) => atOnce(target, sendPost(target, message), () => findPosted(target)),

    isThere: async (target) => {
      const found = await earlier(
        { ...target, mayBeThere: true },
        cautious(target.name, () => findPosted(target)),
      );
      return found.ok ? { ok: true, value: found.value !== undefined } : found;
    },

    readBack: async ({ name, since, thread }, { channel, ts }) => {
      const own = await listOwn(client, botUserId, { channel, since, ...omitUndefined({ thread }) });
      if (!own.ok) return own;
      const same = own.value.filter((message) => message.name === name);
      for (const double of same) if (double.ts !== ts) await remove(channel, double.ts, name);
      return { ok: true, value: { seq: same.find((message) => message.ts === ts)?.seq } };
    },

    dropDoubles: async ({ channel, thread, name: prefix, since }) => {
      const own = await listOwn(client, botUserId, { channel, thread, since });
      if (!own.ok) return own;
      const known = new Set<string>();
      for (const { name, ts } of own.value.toSorted((a, b) => Number(a.ts) - Number(b.ts))) {
        if (!name.startsWith(`${prefix}/`)) continue;
        if (known.has(name)) await remove(channel, ts, name);
        known.add(name);
      }
      return own;
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

    attach: (target, file) =>
      once(target, sendFile(target, file), () => findByFile(client, botUserId, target, file.filename)),

    attachNow: async (target, file) => {
      const posted = await atOnce(target, sendFile(target, file), () =>
        findByFile(client, botUserId, target, file.filename),
      );
      return posted.ok ? { ok: true, value: posted.value.ref } : posted;
    },
  };
};
