import type { Message } from '../../../render/slack/limits';
import type { MessageRef } from '../message-ref';
import type { UnansweredRequest } from './unanswered.store';

/** A file that belongs to an answer. */
export interface Upload {
  readonly filename: string;
  readonly content: string;
  readonly title: string;
}

/** One way to show an answer. */
export interface Rendering {
  readonly message: Message;
  /** Replies in the thread of the message. */
  readonly thread?: readonly Message[];
  /** Attached to the thread. Its name must be unique. */
  readonly file?: Upload | undefined;
  /** Sent in private if the bot may not post to the channel; default: the message. */
  readonly privately?: readonly Message[];
}

/** The people and places that an answer is for. */
export interface AnswerTarget {
  /** Unique to the answer. Its first message is posted under this name. */
  readonly name: string;
  /** Creation time of the name (ms since the epoch). */
  readonly since: number;
  readonly channel: string;
  /** The first message of the thread that the whole answer belongs into; default: the answer begins one. */
  readonly thread?: string | undefined;
  readonly user: string;
  readonly responseUrl?: string | undefined;
  /** Requests that a later note names to the user, if this cannot be delivered. */
  readonly answers?: readonly Omit<UnansweredRequest, 'why'>[] | undefined;
}

/** `response-url` and `direct` reach only the requester. */
export type Way = 'channel' | 'response-url' | 'direct';

/** An answer in the outbox: its content, and the progress of its delivery. */
export interface OutboxEntry extends AnswerTarget {
  /** Counts the contents of the message. Slack stores the number in the metadata, so that a late edit shows. */
  readonly seq: number;
  /** From the richest to the plainest, for workspaces that refuse blocks. Empty once the answer is delivered. */
  readonly renderings: readonly Rendering[];
  /** False while the message only shows that something is running. */
  readonly final: boolean;
  /** The message if what is running ends without an answer. */
  readonly orphan: Message | null;
  /** Delivery is given up at this time (ms since the epoch). */
  readonly until: number;

  readonly way: Way;
  /** Index of the rendering in use. */
  readonly style: number;
  /** Index of the next reply, file or private message. */
  readonly part: number;
  /** The first message; null until Slack has taken it. */
  readonly ref: MessageRef | null;
  /** The number of the content that the first message shows, as far as known; 0: unknown. */
  readonly shown: number;
  /** Number of posts of the first message that people deleted. */
  readonly deleted: number;
  /** Nothing is due before this time (ms since the epoch). */
  readonly dueAt: number;
  /** The channel is reserved for this entry from `dueAt` on. */
  readonly reserved: boolean;
  /** Failures in a row. */
  readonly failures: number;
  /** A call that ended without a reply may take effect until this time (ms since the epoch); 0: none may. */
  readonly unsureUntil: number;
  /** The end of the delivery; null while it goes on. */
  readonly ended: 'delivered' | 'undelivered' | null;
}
