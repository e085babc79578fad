import { type Fields, textOf } from '../blocks/schema';
import { type Refusal, refuse } from '../content';
import type { Channel } from '../model';
import { people } from '../people';
import type { RateLimits } from '../rate';
import type { Settings } from '../settings';
import { directChannel, type State } from '../state';

/** The context that every Web API method gets. */
export interface Context {
  readonly state: State;
  readonly settings: Settings;
  readonly rate: RateLimits;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** A fresh Socket Mode address. */
  readonly openSocket: () => string;
}

export type Reply = Fields & { readonly ok: boolean };
export type Method = (args: Fields, context: Context) => Reply;

export const rateLimited = (seconds: number): Refusal => ({
  ok: false,
  error: 'ratelimited',
  retryAfter: seconds,
});

export const ok = (fields: Fields = {}): Reply => ({ ok: true, ...fields });

const granted = (context: Context, scope: string): boolean =>
  context.settings.manifest?.scopes.includes(scope) ?? true;

/** Refuses where none of the scopes is granted. */
export const needScope = (context: Context, ...anyOf: readonly string[]): Refusal | undefined =>
  anyOf.some((scope) => granted(context, scope))
    ? undefined
    : {
        ...refuse('missing_scope'),
        needed: anyOf.join(','),
        provided: (context.settings.manifest?.scopes ?? []).join(','),
      };

/** `channels:read` for a public channel, `groups:read` for a private one, `im:read` for a direct conversation. */
export const scopeFor = (channel: Channel, what: 'read' | 'history'): string =>
  ({ public: `channels:${what}`, private: `groups:${what}`, im: `im:${what}` })[channel.kind];

const isMember = (channel: Channel): boolean => channel.members.has(people.bot.id);

/** The channel as far as the bot may know of it: a private one that it is not in does not exist for it. */
export const visibleChannel = (context: Context, id: unknown): Channel | undefined => {
  const channel = context.state.channels.get(textOf(id));
  return channel && (channel.kind === 'public' || isMember(channel)) ? channel : undefined;
};

/** The conversation to post to. A user id stands for the direct conversation with that person. */
export const postTarget = (context: Context, id: unknown): Channel | Refusal => {
  const user = context.state.users.get(textOf(id));
  if (user) return user.isBot ? refuse('channel_not_found') : directChannel(context.state, user.id);
  const channel = visibleChannel(context, id);
  if (!channel) return refuse('channel_not_found');
  if (channel.archived) return refuse('is_archived');
  if (!isMember(channel) && !granted(context, 'chat:write.public')) return refuse('not_in_channel');
  return channel;
};

/** A page of a list, by `limit` and a `cursor` that counts rows. */
export const page = <T>(
  rows: readonly T[],
  args: Fields,
  limits = { default: 100, max: 1000 },
): { rows: readonly T[]; more: boolean; metadata: Fields } => {
  const limit = Math.min(limits.max, Math.max(1, Number(args['limit'] ?? limits.default) || limits.default));
  const start = args['cursor'] ? Number(Buffer.from(textOf(args['cursor']), 'base64url').toString()) || 0 : 0;
  const end = start + limit;
  const more = end < rows.length;
  return {
    rows: rows.slice(start, end),
    more,
    metadata: { next_cursor: more ? Buffer.from(String(end)).toString('base64url') : '' },
  };
};
