import { type Acting, present } from './acting';
import { type Fields, isObject } from './blocks/schema';
import { validateView } from './blocks/validate';
import type { Driver } from './driver';
import { elementsIn, inputErrors, lookUp, stateValues, type Values, valueOf } from './input';
import type { Message, User, View } from './model';
import { messageJson, viewJson } from './present';
import { closeViews, maxStack, pushView, replaceView } from './views';

/** Buttons, menus and modals. */

interface Source {
  /** The `container` of the payload. */
  readonly source: Fields;
  readonly blocks: readonly Fields[];
}

export const createInteracting = (
  acting: Acting,
): Pick<Driver, 'click' | 'submitView' | 'closeView' | 'useShortcut'> => {
  const { state, deliver, origin, userOf, channelOf, newTrigger, newResponseUrl, common } = acting;

  const messageAt = (user: string, ts: string): Message =>
    present(
      [...state.messages.values()]
        .flat()
        .find((message) => message.ts === ts && (!message.ephemeralTo || message.ephemeralTo === user)),
      `message ${ts} that ${user} can see`,
    );

  const topView = (user: string): View =>
    present(state.views.get(state.stacks.get(user)?.at(-1) ?? ''), `open modal of ${user}`);

  const fromMessage = (user: User, message: Message): Source => {
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
        ...(!ephemeral && { message: messageJson(state, message, origin, false) }),
        response_url: url,
        trigger_id: newTrigger(user.id),
      },
    };
  };

  /** The preview of a link with that element. Its click names no message, since that is not the app's own. */
  const fromPreview = (user: User, message: Message, actionId: string): Source | undefined => {
    const preview = message.attachments.find(
      (one) =>
        one['is_app_unfurl'] === true &&
        elementsIn(one['blocks'] as readonly Fields[]).some(
          ({ element }) => element['action_id'] === actionId,
        ),
    );
    if (preview === undefined) return undefined;
    const { message: _, container, ...source } = fromMessage(user, message).source;
    const at = isObject(container) ? container : {};
    return {
      blocks: preview['blocks'] as readonly Fields[],
      source: {
        ...source,
        container: {
          ...at,
          type: 'message_attachment',
          attachment_id: preview['id'],
          is_app_unfurl: true,
          app_unfurl_url: preview['app_unfurl_url'],
        },
        app_unfurl: preview,
      },
    };
  };

  const fromView = (user: User, view: View, values: Values): Source => {
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

  const click: Driver['click'] = async (userId, anchor, actionId, given = {}) => {
    const user = userOf(userId);
    // A menu's new choice is in the state of its view too.
    const values: Values = {
      ...given.values,
      ...(given.selected !== undefined &&
        given.blockId !== undefined && { [`${given.blockId}/${actionId}`]: given.selected }),
    };
    const { source, blocks } =
      anchor === 'modal'
        ? fromView(user, topView(userId), values)
        : anchor === 'home'
          ? fromView(user, present(state.homes.get(userId), `Home tab of ${userId}`), values)
          : (fromPreview(user, messageAt(userId, anchor), actionId) ??
            fromMessage(user, messageAt(userId, anchor)));
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
      ...(text !== undefined && { text }),
      ...(value !== undefined && { value }),
      ...(style !== undefined && { style }),
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

  const useShortcut: Driver['useShortcut'] = async (userId, callbackId, messageTs) => {
    const user = userOf(userId);
    const shared = { ...common(user), callback_id: callbackId, action_ts: state.nextTs() };
    if (messageTs === undefined)
      return deliver('interactive', { type: 'shortcut', ...shared, trigger_id: newTrigger(userId) });
    const message = messageAt(userId, messageTs);
    const { source } = fromMessage(user, message);
    return deliver('interactive', {
      type: 'message_action',
      ...shared,
      trigger_id: source['trigger_id'],
      response_url: source['response_url'],
      channel: source['channel'],
      message_ts: messageTs,
      message: messageJson(state, message, origin, false),
    });
  };

  return { click, submitView, closeView, useShortcut };
};
