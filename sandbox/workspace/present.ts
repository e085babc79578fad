import type { Fields } from './blocks/schema';
import type { Channel, Message, StoredFile, User, View } from './model';
import { appId, botId, people, team } from './people';
import { messagesIn, type State } from './state';

/** The workspace's things as Slack's JSON. */

/** Minutes east of UTC, now. */
const offsetMinutes = (tz: string, now: number): number => {
  const zone = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' })
    .formatToParts(now)
    .find((part) => part.type === 'timeZoneName')?.value;
  const [, sign, hours, minutes] = zone?.match(/GMT([+-])(\d{2}):(\d{2})/) ?? [];
  return hours ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
};

export const userJson = (state: State, user: User): Fields => ({
  id: user.id,
  team_id: user.teamId,
  name: user.name,
  real_name: user.realName,
  deleted: user.deleted,
  tz: user.tz,
  tz_label: user.tz,
  tz_offset: offsetMinutes(user.tz, state.now()) * 60,
  is_admin: false,
  is_owner: false,
  is_primary_owner: false,
  is_bot: user.isBot,
  is_app_user: false,
  is_restricted: user.isRestricted,
  is_ultra_restricted: user.isUltraRestricted,
  ...(user.teamId !== team.id && { is_stranger: true }),
  updated: 0,
  profile: {
    real_name: user.realName,
    display_name: user.name,
    team: user.teamId,
    ...(user.isBot ? { bot_id: botId, api_app_id: appId } : {}),
  },
});

export const channelJson = (channel: Channel): Fields => ({
  id: channel.id,
  ...(channel.kind === 'im'
    ? { user: [...channel.members].find((id) => id !== people.bot.id) }
    : { name: channel.name, name_normalized: channel.name }),
  is_channel: channel.kind === 'public',
  is_group: channel.kind === 'private',
  is_im: channel.kind === 'im',
  is_mpim: false,
  is_private: channel.kind !== 'public',
  is_archived: channel.archived,
  is_general: false,
  is_shared: channel.shared,
  is_ext_shared: channel.shared,
  is_org_shared: false,
  is_member: channel.members.has(people.bot.id),
  num_members: channel.members.size,
  created: 0,
  context_team_id: team.id,
});

export const fileJson = (file: StoredFile, origin: string): Fields => ({
  id: file.id,
  name: file.name,
  title: file.title,
  size: file.length,
  filetype: file.name.split('.').at(-1) ?? 'text',
  url_private: `${origin}/files/${file.id}`,
  url_private_download: file.url ?? `${origin}/download/${file.id}`,
  permalink: `${origin}/files/${file.id}`,
  channels: file.channels,
});

export const messageJson = (state: State, message: Message, origin: string, withMetadata = true): Fields => {
  const replies = messagesIn(state, message.channel).filter(
    (other) => other.threadTs === message.ts && other.ts !== message.ts && other.ephemeralTo === undefined,
  );
  return {
    type: 'message',
    ...(message.broadcast ? { subtype: 'thread_broadcast' } : {}),
    user: message.user,
    ...(message.fromBot ? { bot_id: botId, app_id: appId } : {}),
    team: team.id,
    ts: message.ts,
    text: message.text,
    blocks: message.blocks,
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(message.files.length > 0 ? { files: message.files.map((file) => fileJson(file, origin)) } : {}),
    ...(message.edited ? { edited: { user: message.user, ts: message.edited } } : {}),
    ...(message.metadata && withMetadata ? { metadata: message.metadata } : {}),
    ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
    ...(replies.length > 0
      ? {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users_count: new Set(replies.map((reply) => reply.user)).size,
          reply_users: [...new Set(replies.map((reply) => reply.user))],
          latest_reply: replies.at(-1)?.ts,
        }
      : {}),
  };
};

export const viewJson = (view: View, values: Fields = {}): Fields => ({
  id: view.id,
  team_id: team.id,
  app_id: appId,
  app_installed_team_id: team.id,
  bot_id: botId,
  type: view.content['type'],
  blocks: view.content['blocks'],
  private_metadata: view.content['private_metadata'] ?? '',
  callback_id: view.content['callback_id'] ?? '',
  external_id: view.externalId,
  hash: view.hash,
  title: view.content['title'] ?? { type: 'plain_text', text: 'View' },
  close: view.content['close'] ?? null,
  submit: view.content['submit'] ?? null,
  clear_on_close: view.content['clear_on_close'] ?? false,
  notify_on_close: view.content['notify_on_close'] ?? false,
  root_view_id: view.root,
  previous_view_id: view.previous,
  state: { values },
});
