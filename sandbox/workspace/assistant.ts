import type { Acting } from './acting';
import type { Fields } from './blocks/schema';
import type { Driver } from './driver';
import { people, team } from './people';
import { addMessage } from './posting';
import { fileJson } from './present';
import { directChannel, type AssistantThread } from './state';

/** The conversation with the app, and threads of its assistant view: https://docs.slack.dev/ai/developing-ai-apps */

export const createAssistant = (
  acting: Acting,
  { say, sendEvent }: Pick<Driver, 'say' | 'sendEvent'>,
): Pick<Driver, 'openAssistant' | 'viewChannel' | 'write'> => {
  const { state, settings, userOf, origin } = acting;
  const { manifest } = settings;

  const isNotified = (event: string, scope: string): boolean =>
    manifest === undefined || (manifest.events.includes(event) && manifest.scopes.includes(scope));

  const tell = async (
    type: 'assistant_thread_started' | 'assistant_thread_context_changed',
    { user, channel, ts }: AssistantThread,
    viewed: string | undefined,
  ) => {
    if (!isNotified(type, 'assistant:write')) return undefined;
    const context: Fields =
      viewed === undefined ? {} : { channel_id: viewed, team_id: team.id, enterprise_id: null };
    return sendEvent({
      type,
      assistant_thread: { user_id: user, context, channel_id: channel, thread_ts: ts },
      event_ts: state.nextTs(),
    });
  };

  const openAssistant: Driver['openAssistant'] = async (userId, viewed) => {
    userOf(userId);
    if (manifest?.assistantView === false) throw new Error('the app has no assistant view');
    const { id: channel } = directChannel(state, userId);
    const ts = state.nextTs();
    const thread: AssistantThread = { user: userId, channel, ts, title: '', prompts: [] };
    state.assistants.set(ts, thread);
    // Before its first message, so that the page shows that as a thread.
    state.changed({ kind: 'thread', channel });
    addMessage(state, {
      channel,
      ts,
      user: people.bot.id,
      fromBot: true,
      text: 'New Assistant Thread',
      blocks: [],
      attachments: [],
    });
    await tell('assistant_thread_started', thread, viewed);
    return thread;
  };

  const viewChannel: Driver['viewChannel'] = async (thread, viewed) =>
    tell('assistant_thread_context_changed', thread, viewed);

  const write: Driver['write'] = async (userId, text, threadTs, attached = []) => {
    const { id: channel } = directChannel(state, userId);
    const message = say(userId, channel, text, threadTs, attached);
    if (!isNotified('message.im', 'im:history')) return undefined;
    return sendEvent({
      type: 'message',
      channel_type: 'im',
      user: userId,
      text: message.text,
      ts: message.ts,
      ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
      ...(message.files.length > 0 && {
        subtype: 'file_share',
        files: message.files.map((file) => fileJson(file, origin)),
        upload: false,
      }),
      team: userOf(userId).teamId,
      channel,
      event_ts: message.ts,
    });
  };

  return { openAssistant, viewChannel, write };
};
