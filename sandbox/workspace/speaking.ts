import type { Acting } from './acting';
import type { Fields } from './blocks/schema';
import { isRefusal } from './content';
import type { Driver } from './driver';
import type { StoredFile, User } from './model';
import { appId, partnerTeam, people, team } from './people';
import { addMessage } from './posting';
import { respond } from './response-url';
import { messagesIn } from './state';

/** Commands, and what people say. */

const domainOf = (user: User): string => (user.teamId === team.id ? team.domain : partnerTeam.domain);

export const createSpeaking = (acting: Acting): Pick<Driver, 'typeCommand' | 'say'> => {
  const { state, settings, deliver, userOf, channelOf, newTrigger, newResponseUrl } = acting;

  const whisper = (user: string, channel: string, text: string): void => {
    addMessage(state, {
      channel,
      user: people.slackbot.id,
      fromBot: false,
      ephemeralTo: user,
      text,
      blocks: [],
      attachments: [],
    });
  };

  const typeCommand: Driver['typeCommand'] = async (userId, channelId, line) => {
    const user = userOf(userId);
    const channel = channelOf(channelId);
    const [, command = '', text = ''] = line.match(/^(\/\S+)\s*([\s\S]*)$/) ?? [];
    const known = settings.manifest?.commands.some((entry) => entry.command === command) ?? true;
    if (!command || !known) {
      whisper(userId, channelId, `${command || line} is not a valid command.`);
      return { payload: {}, error: 'invalid_command', ms: 0 };
    }
    const { url, entry } = newResponseUrl({ user: userId, channel: channelId });
    const payload: Fields = {
      token: 'legacy',
      team_id: user.teamId,
      team_domain: domainOf(user),
      channel_id: channelId,
      channel_name: { public: channel.name, private: 'privategroup', im: 'directmessage' }[channel.kind],
      user_id: userId,
      user_name: user.name,
      command,
      text: text.trimEnd(),
      api_app_id: appId,
      is_enterprise_install: 'false',
      response_url: url,
      trigger_id: newTrigger(userId),
    };
    const delivered = await deliver('slash_commands', payload);
    if (delivered.error) whisper(userId, channelId, `${command} failed with the error "${delivered.error}"`);
    const ack = delivered.ack ?? {};
    if (ack['text'] || ack['blocks']) {
      const said = respond(state, settings, entry, ack);
      if (isRefusal(said)) {
        whisper(userId, channelId, `${command} failed with the error "invalid_command_response"`);
        return { ...delivered, error: 'invalid_command_response' };
      }
    }
    return delivered;
  };

  const say: Driver['say'] = (user, channel, text, threadTs, attached = []) => {
    userOf(user);
    channelOf(channel);
    const files = attached.map((file): StoredFile => {
      const content = Buffer.from(file.text);
      const { name } = file;
      const id = state.nextId('F');
      const stored = { id, name, title: name, length: content.length, content, channels: [channel] };
      state.files.set(id, stored);
      return stored;
    });
    const found = threadTs && messagesIn(state, channel).find((message) => message.ts === threadTs);
    return addMessage(state, {
      channel,
      user,
      fromBot: false,
      text,
      blocks: [],
      attachments: [],
      files,
      threadTs: found ? (found.threadTs ?? found.ts) : undefined,
    });
  };

  return { typeCommand, say };
};
