import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Fields } from './blocks/schema';
import type { Channel, Message, StoredFile, Team, User, Usergroup, View } from './model';
import { defaultChannels, defaultUsergroups, defaultUsers, people, team } from './people';

/** A one-time permission to open a view, handed out with each interaction; lives 3 s. */
export interface Trigger {
  readonly user: string;
  readonly createdAt: number;
  /** The view that the interaction came from, if any: `views.push` stacks onto it. */
  readonly view?: string;
  used: boolean;
}

/** The `response_url` of an interaction; it takes 5 posts in 30 minutes. */
export interface ResponseUrl {
  readonly user: string;
  readonly channel: string;
  readonly createdAt: number;
  /** The message that was clicked, which `replace_original` and `delete_original` mean. */
  readonly messageTs?: string;
  readonly threadTs?: string;
  posts: number;
}

/** Links that the app may show previews of: those of a posted message, or of one that a person still writes. */
export interface SharedLinks {
  readonly source: 'conversations_history' | 'composer';
  readonly channel: string;
  readonly ts: string;
  readonly urls: readonly string[];
  /** Previews in the composer, which only the author sees. */
  drafted: readonly Fields[];
}

/** A thread of the assistant view: https://docs.slack.dev/ai/developing-ai-apps */
export interface AssistantThread {
  readonly user: string;
  readonly channel: string;
  /** The first message, which the app opens. */
  readonly ts: string;
  title: string;
  /** Texts that the person may choose to send. */
  prompts: readonly { readonly title: string; readonly message: string }[];
}

/** A change, for the page and for tests that wait for one. */
export type Change =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'deleted'; readonly channel: string; readonly ts: string; readonly user?: string }
  | { readonly kind: 'view'; readonly user: string }
  | { readonly kind: 'home'; readonly user: string }
  | { readonly kind: 'channel'; readonly channel: string }
  /** A change of what the app says about a thread: its title, its prompts or its status. */
  | { readonly kind: 'thread'; readonly channel: string }
  | { readonly kind: 'traffic' };

export interface State {
  readonly team: Team;
  readonly users: Map<string, User>;
  readonly channels: Map<string, Channel>;
  readonly usergroups: Map<string, Usergroup>;
  /** By channel, oldest first, thread replies among them, ephemeral ones too. */
  readonly messages: Map<string, Message[]>;
  readonly files: Map<string, StoredFile>;
  readonly triggers: Map<string, Trigger>;
  readonly responseUrls: Map<string, ResponseUrl>;
  readonly views: Map<string, View>;
  /** Each person's open views, the topmost last. */
  readonly stacks: Map<string, string[]>;
  /** Each person's Home tab. */
  readonly homes: Map<string, View>;
  /** Links that the app was notified of, by `unfurl_id`. */
  readonly shares: Map<string, SharedLinks>;
  /** Threads of the assistant view, by their first message. */
  readonly assistants: Map<string, AssistantThread>;
  /** Each thread's status of the app, by its first message. */
  readonly statuses: Map<string, { readonly text: string; readonly until: number }>;
  readonly changes: EventEmitter;
  /** ms since the epoch; tests move it. */
  readonly now: () => number;
  readonly advance: (ms: number) => void;
  /** A new message timestamp, later than every earlier one: `seconds.microseconds`. */
  readonly nextTs: () => string;
  readonly nextId: (prefix: string) => string;
  readonly changed: (change: Change) => void;
}

export const createState = (): State => {
  let offset = 0;
  let last = 0;
  let counter = 0;
  const now = (): number => Date.now() + offset;
  const changes = new EventEmitter();
  changes.setMaxListeners(0);
  return {
    team,
    users: new Map(defaultUsers().map((user) => [user.id, user])),
    channels: new Map(defaultChannels().map((channel) => [channel.id, channel])),
    usergroups: new Map(defaultUsergroups().map((group) => [group.id, group])),
    messages: new Map(),
    files: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    views: new Map(),
    stacks: new Map(),
    homes: new Map(),
    shares: new Map(),
    assistants: new Map(),
    statuses: new Map(),
    changes,
    now,
    advance: (ms) => {
      offset += ms;
    },
    nextTs: () => {
      last = Math.max(last + 1, now() * 1000);
      return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`;
    },
    nextId: (prefix) => {
      counter += 1;
      return `${prefix}${counter.toString(36).toUpperCase().padStart(4, '0')}${randomBytes(3).toString('hex').toUpperCase()}`;
    },
    changed: (change) => {
      changes.emit('change', change);
    },
  };
};

/** The direct conversation between the bot and a person, made where there is none. */
export const directChannel = (state: State, user: string): Channel => {
  const id = `D${user.slice(1)}`;
  const known = state.channels.get(id);
  if (known) return known;
  const channel: Channel = {
    id,
    name: user,
    kind: 'im',
    shared: false,
    archived: false,
    members: new Set([user, people.bot.id]),
  };
  state.channels.set(id, channel);
  return channel;
};

export const messagesIn = (state: State, channel: string): Message[] => {
  const known = state.messages.get(channel);
  if (known) return known;
  const list: Message[] = [];
  state.messages.set(channel, list);
  return list;
};

/** The message with that timestamp; ephemeral ones only where `user` is the one who sees it. */
export const findMessage = (state: State, channel: string, ts: string, user?: string): Message | undefined =>
  messagesIn(state, channel).find(
    (message) => message.ts === ts && (message.ephemeralTo === undefined || message.ephemeralTo === user),
  );
