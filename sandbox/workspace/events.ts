import { setTimeout as sleep } from 'node:timers/promises';
import type { Acting } from './acting';
import { type Fields, textOf } from './blocks/schema';
import type { Driver } from './driver';
import { shareLinks } from './links';
import type { Message } from './model';
import { appId, people, team } from './people';
import { fileJson, viewJson } from './present';
import { directChannel } from './state';

/** Events, with Slack's retries: https://docs.slack.dev/apis/events-api */

export const createEvents = (
  acting: Acting,
  { say }: Pick<Driver, 'say'>,
): Pick<Driver, 'sendEvent' | 'mention' | 'share' | 'compose' | 'openHome'> => {
  const { state, settings, deliver, signal, userOf, origin } = acting;

  const sendEvent: Driver['sendEvent'] = async (event) => {
    const payload: Fields = {
      token: 'legacy',
      team_id: team.id,
      api_app_id: appId,
      type: 'event_callback',
      event,
      event_id: state.nextId('Ev'),
      event_time: Math.floor(state.now() / 1000),
      authorizations: [
        {
          enterprise_id: null,
          team_id: team.id,
          user_id: people.bot.id,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: state.channels.get(textOf(event['channel']))?.shared ?? false,
    };
    const first = await deliver('events_api', payload);
    const retry = async (): Promise<void> => {
      let reason = first.error;
      for (const [index, delay] of settings.eventRetriesMs.entries()) {
        if (!reason) return;
        await sleep(delay, undefined, { signal, ref: false });
        const word = reason === 'operation_timeout' ? 'http_timeout' : 'http_error';
        reason = (await deliver('events_api', payload, { number: index + 1, reason: word })).error;
      }
    };
    if (first.error)
      retry().catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    return first;
  };

  const tellLinks = async ({ user, channel, ts, threadTs, text }: Message) => {
    const isBotMember = state.channels.get(channel)?.members.has(people.bot.id) ?? false;
    const event = shareLinks(state, settings, { user, text, posted: { channel, ts, threadTs, isBotMember } });
    return event && sendEvent(event);
  };

  const share: Driver['share'] = (user, channel, text, threadTs) =>
    tellLinks(say(user, channel, text, threadTs));

  const compose: Driver['compose'] = async (user, text) => {
    userOf(user);
    const event = shareLinks(state, settings, { user, text });
    return event && sendEvent(event);
  };

  const mention: Driver['mention'] = async (user, channel, words, threadTs, attached = []) => {
    const named = `<@${people.bot.id}>`;
    const text = words.includes(named) ? words : `${named} ${words}`;
    const message = say(user, channel, text, threadTs, attached);
    await tellLinks(message);
    const { manifest } = settings;
    const isNotified =
      manifest === undefined ||
      (manifest.events.includes('app_mention') && manifest.scopes.includes('app_mentions:read'));
    if (!isNotified || !state.channels.get(channel)?.members.has(people.bot.id)) return undefined;
    return sendEvent({
      type: 'app_mention',
      user,
      text: message.text,
      ts: message.ts,
      ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
      ...(message.files.length > 0 && {
        files: message.files.map((file) => fileJson(file, origin)),
        upload: false,
      }),
      team: userOf(user).teamId,
      channel,
      event_ts: message.ts,
    });
  };

  const openHome: Driver['openHome'] = async (userId) => {
    userOf(userId);
    const subscribed = settings.manifest?.events.includes('app_home_opened') ?? true;
    if (!subscribed) return undefined;
    const view = state.homes.get(userId);
    return sendEvent({
      type: 'app_home_opened',
      user: userId,
      channel: directChannel(state, userId).id,
      tab: 'home',
      event_ts: state.nextTs(),
      ...(view ? { view: viewJson(view) } : {}),
    });
  };

  return { sendEvent, mention, share, compose, openHome };
};
