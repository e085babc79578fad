import type { Fields } from './blocks/schema';
import type { Channel, Message, User } from './model';
import type { PageOffer } from './page-offer';
import { people, team } from './people';
import type { Settings } from './settings';
import { type Change, directChannel, messagesIn, type State } from './state';

/** Selects what the page shows to one person: only what that person could see in Slack. */

export const canSee = (channel: Channel | undefined, user: string): boolean =>
  channel?.members.has(user) ?? false;

export const seesMessage = (state: State, message: Message, user: string): boolean =>
  canSee(state.channels.get(message.channel), user) &&
  (message.ephemeralTo === undefined || message.ephemeralTo === user);

const role = (user: User): string => {
  if (user.isBot) return 'app';
  if (user.teamId !== team.id) return 'another organisation';
  return user.isRestricted ? 'guest' : 'member';
};

const person = (user: User): Fields => ({
  id: user.id,
  name: user.name,
  realName: user.realName,
  tz: user.tz,
  role: role(user),
});

const channelFor = (channel: Channel): Fields => ({
  id: channel.id,
  name: channel.name,
  kind: channel.kind,
  shared: channel.shared,
  archived: channel.archived,
  members: channel.members.size,
});

const messageFor = (message: Message): Fields => ({
  channel: message.channel,
  ts: message.ts,
  user: message.user,
  text: message.text,
  blocks: message.blocks,
  attachments: message.attachments,
  threadTs: message.threadTs ?? null,
  broadcast: message.broadcast ?? false,
  edited: message.edited !== undefined,
  ephemeral: message.ephemeralTo !== undefined,
  files: message.files.map(({ id, name, title, length }) => ({ id, name, title, length })),
});

const viewsFor = (state: State, user: string): readonly Fields[] =>
  (state.stacks.get(user) ?? []).flatMap((id) => {
    const view = state.views.get(id);
    return view ? [{ id: view.id, hash: view.hash, ...view.content }] : [];
  });

const homeFor = (state: State, user: string): Fields | null => state.homes.get(user)?.content ?? null;

const channelsFor = (state: State, user: string): readonly Fields[] =>
  [...state.channels.values()].filter((channel) => canSee(channel, user)).map(channelFor);

/** The threads about which the app says something, such as those of the assistant view. */
const threadsFor = (state: State, user: string): readonly Fields[] => {
  const own = [...state.assistants.values()].filter((thread) => thread.user === user).map(({ ts }) => ts);
  const withStatus = [...state.channels.values()]
    .filter((channel) => canSee(channel, user))
    .flatMap(({ id }) => messagesIn(state, id))
    .flatMap(({ ts }) => (state.statuses.has(ts) ? [ts] : []));
  return [...new Set([...own, ...withStatus])].map((ts) => {
    const assistant = state.assistants.get(ts);
    const status = state.statuses.get(ts);
    const text = status !== undefined && status.until > state.now() ? status.text : '';
    const { title = '', prompts = [] } = assistant ?? {};
    return { ts, isAssistant: assistant !== undefined, title, prompts, status: text };
  });
};

/** Everything at once, for a page that opens or changes its person. */
export const everythingFor = (state: State, settings: Settings, offer: PageOffer, user: string): Fields => {
  directChannel(state, user);
  const visible = [...state.channels.values()].filter((channel) => canSee(channel, user));
  return {
    team: team.name,
    me: user,
    bot: people.bot.id,
    direct: directChannel(state, user).id,
    people: [...state.users.values()].map(person),
    groups: [...state.usergroups.values()].map(({ id, handle }) => ({ id, handle })),
    channels: visible.map(channelFor),
    messages: visible.flatMap((channel) =>
      messagesIn(state, channel.id)
        .filter((message) => seesMessage(state, message, user))
        .map(messageFor),
    ),
    views: viewsFor(state, user),
    home: homeFor(state, user),
    threads: threadsFor(state, user),
    hasAssistant: settings.manifest?.assistantView ?? false,
    commands: settings.manifest?.commands ?? [],
    suggestions: offer.suggestions,
    notice: offer.notice ?? '',
    runsOn: offer.runner?.clusters ?? [],
  };
};

/** A change as far as it concerns this person; undefined where it does not. */
export const changeFor = (state: State, change: Change, user: string): Fields | undefined => {
  switch (change.kind) {
    case 'message':
      return seesMessage(state, change.message, user)
        ? { kind: 'message', message: messageFor(change.message) }
        : undefined;
    case 'deleted':
      return canSee(state.channels.get(change.channel), user) && (change.user ?? user) === user
        ? { kind: 'deleted', channel: change.channel, ts: change.ts }
        : undefined;
    case 'view':
      return change.user === user ? { kind: 'views', views: viewsFor(state, user) } : undefined;
    case 'home':
      return change.user === user ? { kind: 'home', home: homeFor(state, user) } : undefined;
    case 'channel':
      return { kind: 'channels', channels: channelsFor(state, user) };
    case 'thread':
      return canSee(state.channels.get(change.channel), user)
        ? { kind: 'threads', threads: threadsFor(state, user) }
        : undefined;
    case 'traffic':
      break;
  }
  return undefined;
};
