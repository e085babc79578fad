import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from './blocks/schema';
import { isObject } from './blocks/schema';
import { validateView } from './blocks/validate';
import { isRefusal } from './content';
import type { Deliver, Delivered } from './delivery';
import { elementsIn, inputErrors, lookUp, stateValues, type Values, valueOf } from './input';
import type { Channel, Message, User, View } from './model';
import { appId, partnerTeam, people, team } from './people';
import { addMessage } from './posting';
import { messageJson, viewJson } from './present';
import { respond } from './response-url';
import type { Settings } from './settings';
import { directChannel, messagesIn, type ResponseUrl, type State } from './state';
import { closeViews, maxStack, pushView, replaceView } from './views';

/** What people do in the workspace. Mistakes of the caller, such as an unknown button, throw. */

/** Where something is clicked: a message's timestamp, `modal` for the topmost one, `home` for the Home tab. */
type Place = string;

interface ClickOptions {
  /** Tells elements with the same `action_id` apart. */
  readonly blockId?: string;
  /** Tells buttons with the same `action_id` apart. */
  readonly value?: string;
  /** What is chosen in a menu: the value of an option, an id, a date; a list for multi-selects. */
  readonly selected?: string | number | readonly string[];
  /** What the modal's inputs hold at that moment. */
  readonly values?: Values;
  /** Overrides fields of the action, as no honest client would. */
  readonly tamper?: Fields;
}

interface Submitted extends Partial<Delivered> {
  /** Errors by `block_id`, from the dialog itself (nothing was delivered) or from the app. */
  readonly errors?: Readonly<Record<string, string>>;
}

export interface Driver {
  /** Types `/command text` into a conversation. */
  readonly typeCommand: (user: string, channel: string, line: string) => Promise<Delivered>;
  /** Says something as a person. */
  readonly say: (user: string, channel: string, text: string, threadTs?: string) => Message;
  /** Presses a button or chooses from a menu. */
  readonly click: (
    user: string,
    place: Place,
    actionId: string,
    options?: ClickOptions,
  ) => Promise<Delivered>;
  /** Submits the topmost modal. */
  readonly submitView: (user: string, values?: Values) => Promise<Submitted>;
  /** Closes the topmost modal; the app hears of it where it asked to. */
  readonly closeView: (user: string) => Promise<Delivered | undefined>;
  /** Opens the app's Home tab. */
  readonly openHome: (user: string) => Promise<Delivered | undefined>;
  /** Delivers an event, with Slack's retries; resolves to the first try. */
  readonly sendEvent: (event: Fields) => Promise<Delivered>;
}

export interface DriverOptions {
  readonly state: State;
  readonly settings: Settings;
  readonly deliver: Deliver;
  readonly origin: string;
  /** Aborted when the workspace stops. */
  readonly signal: AbortSignal;
}

const domainOf = (user: User): string => (user.teamId === team.id ? team.domain : partnerTeam.domain);

const present = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`the workspace has no ${what}`);
  return value;
};

export const createDriver = (options: DriverOptions): Driver => {
  const { state, settings, deliver, origin, signal } = options;

  const userOf = (id: string): User => present(state.users.get(id), `user ${id}`);
  const channelOf = (id: string): Channel => present(state.channels.get(id), `channel ${id}`);

  const newTrigger = (user: string, view?: string): string => {
    const id = `${Date.now()}.${randomBytes(4).readUInt32BE()}.${randomBytes(16).toString('hex')}`;
    state.triggers.set(id, { user, createdAt: state.now(), used: false, ...(view ? { view } : {}) });
    return id;
  };

  const newResponseUrl = (
    to: Omit<ResponseUrl, 'createdAt' | 'posts'>,
  ): { url: string; entry: ResponseUrl } => {
    const key = randomBytes(16).toString('hex');
    const entry: ResponseUrl = { ...to, createdAt: state.now(), posts: 0 };
    state.responseUrls.set(key, entry);
    return { url: `${origin}/response/${key}`, entry };
  };

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

  const common = (user: User): Fields => ({
    token: 'legacy',
    api_app_id: appId,
    enterprise: null,
    is_enterprise_install: false,
    // The team that the app is installed in, also when someone of another team acts.
    team: { id: team.id, domain: team.domain },
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
  });

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

  const messageAt = (user: string, ts: string): Message =>
    present(
      [...state.messages.values()]
        .flat()
        .find((message) => message.ts === ts && (!message.ephemeralTo || message.ephemeralTo === user)),
      `message ${ts} that ${user} can see`,
    );

  const topView = (user: string): View =>
    present(state.views.get(state.stacks.get(user)?.at(-1) ?? ''), `open modal of ${user}`);

  const fromMessage = (user: User, message: Message): { source: Fields; blocks: readonly Fields[] } => {
    const channel = channelOf(message.channel);
    const ephemeral = message.ephemeralTo !== undefined;
    const thread = message.threadTs ? { thread_ts: message.threadTs } : {};
    const { url } = newResponseUrl({
      user: user.id,
      channel: channel.id,
      messageTs: message.ts,
      ...(message.threadTs ? { threadTs: message.threadTs } : {}),
    });
    return {
      blocks: message.blocks,
      source: {
        container: {
          type: 'message',
          message_ts: message.ts,
          channel_id: channel.id,
          is_ephemeral: ephemeral,
          ...thread,
        },
        channel: { id: channel.id, name: channel.kind === 'im' ? 'directmessage' : channel.name },
        ...(ephemeral ? {} : { message: messageJson(state, message, origin, false) }),
        response_url: url,
        trigger_id: newTrigger(user.id),
      },
    };
  };

  const fromView = (
    user: User,
    view: View,
    values: Values,
  ): { source: Fields; blocks: readonly Fields[] } => {
    const blocks = view.content['blocks'] as readonly Fields[];
    return {
      blocks,
      source: {
        container: { type: 'view', view_id: view.id },
        view: viewJson(view, stateValues(blocks, values)),
        trigger_id: newTrigger(user.id, view.id),
      },
    };
  };

  const click: Driver['click'] = async (userId, place, actionId, given = {}) => {
    const user = userOf(userId);
    const values = given.values ?? {};
    const { source, blocks } =
      place === 'modal'
        ? fromView(user, topView(userId), values)
        : place === 'home'
          ? fromView(user, present(state.homes.get(userId), `Home tab of ${userId}`), values)
          : fromMessage(user, messageAt(userId, place));
    const { blockId, element } = present(
      elementsIn(blocks).find(
        (entry) =>
          entry.element['action_id'] === actionId &&
          (given.blockId === undefined || entry.blockId === given.blockId) &&
          (given.value === undefined || entry.element['value'] === given.value),
      ),
      `element ${actionId} there`,
    );
    const chosen = given.selected ?? lookUp(values, blockId, element);
    const { text, value, style } = element;
    const action: Fields = {
      type: element['type'],
      action_id: actionId,
      block_id: blockId,
      ...(text === undefined ? {} : { text }),
      ...(value === undefined ? {} : { value }),
      ...(style === undefined ? {} : { style }),
      ...valueOf(element, chosen),
      action_ts: state.nextTs(),
      ...given.tamper,
    };
    const payload: Fields = {
      type: 'block_actions',
      ...common(user),
      ...source,
      state: {
        values: stateValues(
          blocks,
          chosen === undefined ? values : { ...values, [`${blockId}/${actionId}`]: chosen },
        ),
      },
      actions: [action],
    };
    return deliver('interactive', payload);
  };

  /** Does what the app answered to a submission: https://docs.slack.dev/surfaces/modals#updating_views */
  const afterSubmit = (
    user: string,
    view: View,
    ack: Fields,
  ): Readonly<Record<string, string>> | undefined => {
    const next = ack['view'];
    const valid = isObject(next) && validateView(next).length === 0;
    switch (ack['response_action']) {
      case 'errors':
        return ack['errors'] as Readonly<Record<string, string>>;
      case 'update':
        if (valid) replaceView(state, view, next);
        return undefined;
      case 'push':
        if (valid && (state.stacks.get(user) ?? []).length < maxStack) pushView(state, user, next);
        return undefined;
      case 'clear':
        closeViews(state, user, true);
        return undefined;
      default:
        // The app may have closed or replaced it meanwhile.
        if (state.stacks.get(user)?.at(-1) === view.id) closeViews(state, user, false);
        return undefined;
    }
  };

  const submitView: Driver['submitView'] = async (userId, values = {}) => {
    const user = userOf(userId);
    const view = topView(userId);
    const blocks = view.content['blocks'];
    const missing = inputErrors(blocks, values);
    if (Object.keys(missing).length > 0) return { errors: missing };
    const delivered = await deliver('interactive', {
      type: 'view_submission',
      ...common(user),
      trigger_id: newTrigger(userId, view.id),
      view: viewJson(view, stateValues(blocks, values)),
      response_urls: [],
    });
    const errors = delivered.ack ? afterSubmit(userId, view, delivered.ack) : undefined;
    return { ...delivered, ...(errors ? { errors } : {}) };
  };

  const closeView: Driver['closeView'] = async (userId) => {
    const user = userOf(userId);
    const clear = topView(userId).content['clear_on_close'] === true;
    const [closed] = closeViews(state, userId, clear);
    if (closed?.content['notify_on_close'] !== true) return undefined;
    return deliver('interactive', {
      type: 'view_closed',
      ...common(user),
      view: viewJson(closed),
      is_cleared: clear,
    });
  };

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
      is_ext_shared_channel: false,
    };
    const first = await deliver('events_api', payload);
    const again = async (): Promise<void> => {
      let reason = first.error;
      for (const [index, delay] of settings.eventRetriesMs.entries()) {
        if (!reason) return;
        await sleep(delay, undefined, { signal, ref: false });
        const word = reason === 'operation_timeout' ? 'http_timeout' : 'http_error';
        reason = (await deliver('events_api', payload, { number: index + 1, reason: word })).error;
      }
    };
    if (first.error)
      again().catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    return first;
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

  const say: Driver['say'] = (user, channel, text, threadTs) => {
    userOf(user);
    channelOf(channel);
    const found = threadTs && messagesIn(state, channel).find((message) => message.ts === threadTs);
    return addMessage(state, {
      channel,
      user,
      fromBot: false,
      text,
      blocks: [],
      attachments: [],
      threadTs: found ? (found.threadTs ?? found.ts) : undefined,
    });
  };

  return { typeCommand, say, click, submitView, closeView, openHome, sendEvent };
};
