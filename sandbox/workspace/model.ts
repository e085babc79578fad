import type { Fields } from './blocks/schema';

/** The content of the workspace, in the shapes of Slack's Web API where possible. */

export interface User {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly realName: string;
  /** IANA time zone. */
  readonly tz: string;
  readonly isBot: boolean;
  /** A guest: a multi-channel one, or a single-channel one where `isUltraRestricted` is set too. */
  readonly isRestricted: boolean;
  readonly isUltraRestricted: boolean;
  deleted: boolean;
}

export interface Channel {
  readonly id: string;
  name: string;
  readonly kind: 'public' | 'private' | 'im';
  /** Shared with another team (Slack Connect). */
  readonly shared: boolean;
  archived: boolean;
  /** User ids; the bot's own user among them where it is in. */
  readonly members: Set<string>;
}

export interface Usergroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  users: string[];
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  title: string;
  readonly length: number;
  content?: Buffer;
  /** Its address, where a test names another one than that of the workspace. */
  readonly url?: string;
  /** Channels that it was shared to; empty until the upload is completed. */
  readonly channels: string[];
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  /** The person or the bot's user. */
  readonly user: string;
  readonly fromBot: boolean;
  text: string;
  blocks: readonly Fields[];
  attachments: readonly Fields[];
  threadTs?: string;
  /** A reply that is shown in the channel too. */
  broadcast?: boolean;
  metadata?: { event_type: string; event_payload: Fields };
  edited?: string;
  readonly files: readonly StoredFile[];
  /** Set where only this person sees it. */
  readonly ephemeralTo?: string;
  /** Whom the message would notify: `user:U…`, `usergroup:S…`, `here`, `channel`, `everyone`. */
  mentions: readonly string[];
}

export interface View {
  readonly id: string;
  readonly user: string;
  /** The view as the app gave it, with `block_id`s and `action_id`s filled in. */
  content: Fields;
  hash: string;
  externalId: string;
  /** The view beneath it on the person's stack. */
  readonly previous: string | null;
  readonly root: string;
}

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}
