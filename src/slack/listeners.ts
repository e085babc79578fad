import { randomUUID } from 'node:crypto';
import type {
  AckFn,
  App,
  BlockElementAction,
  EnvelopedEvent,
  RespondArguments,
  SlashCommand,
  ViewOutput,
} from '@slack/bolt';
import type { HomeView, ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { actorOf } from '../access/actor';
import { callSlack, describeFailure } from './api/call';
import type { AnswerTarget } from './api/outbox/entry';
import type { Respond } from './api/response-url';
import { readClickedMessage, threadOfClick } from './clicked-message';
import { currentRequest, inRequest } from '../queue/current-request';
import type { Message } from '../render/slack/limits';
import { omitUndefined } from '../omit-undefined';
import { renderFailure } from '../render/slack/failure';
import { inputAction } from '../render/slack/form';
import { type CommandForm, formIdOf, withPreview } from '../render/slack/command-form';
import { decodeModalContext } from '../render/slack/modal';
import { doneMessage, loadingMessage, renderNoticeModal } from '../render/slack/notice';
import { queueingMs, type Throttle, withNewDeadline } from './admission';
import {
  type AnyAction,
  type AnyCommand,
  type AnyModal,
  contextOf,
  type Modals,
  type SlackContext,
  type SlackRequest,
  type SlackServices,
} from './define';
import { type AssistantListener, type EventListener, linkEvent, type LinkListener } from './define-event';
import { handleAction } from './handle-action';
import { alreadyCounted, commandIn, handleCommand } from './handle-command';
import { createLatestOnly } from './latest-only';
import { readFields } from './command-form';
import { checkMessageShortcut, checkShortcut, clustersIn } from './shortcuts';
import { visibleOrNone } from '../access/visible-clusters';
import { handleSubmission } from './handle-submission';
import { handleSuggestion } from './handle-suggestion';
import { assistantEvents, decodeAssistantThread } from './assistant-thread';
import { isDirectThread } from './direct-thread';
import {
  decodeDirectMessage,
  decodeMention,
  directMessageEvent,
  type Mention,
  mentionEvent,
} from './mention';
import { splitWords } from './split-words';
import { plain } from '../render/escape';
import { unqueuedNameOf } from './reply';
import { noTracing, type SpanChange, type Tracing } from '../tracing/tracing';

/** A click on App Home. */
interface HomeClick {
  readonly value: string | undefined;
  /** The view that was clicked in; its metadata is its page. */
  readonly view: { readonly private_metadata: string; readonly hash: string };
}

/** Shows App Home to the person behind a request. */
export interface HomePublisher<Services> {
  readonly publish: (request: SlackRequest, view: HomeView) => Promise<unknown>;
  /** Shows App Home again after a click on it. */
  readonly refresh: (context: SlackContext<Services>, click: HomeClick) => Promise<void>;
}

export interface ListenerParts<Services> {
  readonly commands: readonly AnyCommand<Services>[];
  readonly actions: readonly AnyAction<Services>[];
  readonly submissions: readonly AnyModal<Services>[];
  readonly commandForms: readonly CommandForm[];
  readonly events: readonly EventListener<Services>[];
  readonly links: LinkListener<Services>;
  readonly assistant: AssistantListener<Services>;
  /** Called when a request arrives. */
  readonly services: () => SlackServices & Services;
  readonly home: HomePublisher<Services>;
  readonly client: Pick<WebClient, 'views' | 'chat'> & {
    readonly assistant: Pick<WebClient['assistant'], 'threads'>;
  };
  /** The bot's own user id, which people mention. */
  readonly botUserId: string;
  readonly respond: Respond;
  /** Stores an answer that Slack did not take at once; workers deliver it. @throws while Redis is away */
  readonly answerLater: (target: AnswerTarget, message: Message) => Promise<unknown>;
  readonly throttle: Throttle;
  /** Limits how often App Home is opened. */
  readonly throttleHome: Throttle;
  /** Limits how many messages get previews of their links. */
  readonly throttlePreviews: Throttle;
  /** Limits how often prompts are suggested. */
  readonly throttlePrompts: Throttle;
  /** Limits how often the options of a form are searched. */
  readonly throttleSearches: Throttle;
  readonly log: Logger;
  readonly tracing?: Tracing;
}

/** The sender as Slack names it, which differs between commands and interactions. */
interface Sender {
  readonly user: string;
  readonly team: string | undefined;
  readonly organisation: string | undefined;
  readonly channel: string | undefined;
  readonly responseUrl: string | undefined;
  /** The thread that the request was made in. */
  readonly thread?: string | undefined;
}

/** Slack repeats an event for up to this time, in ms. */
const repeatedEventMs = 3_600_000;

/** Time during which a thread of the assistant view keeps the title that its first command gave it, in ms. */
const titleMs = 86_400_000;
/** Maximum characters of such a title. */
const maxTitle = 80;

/** Runs a slash command, and acknowledges it once it is queued. */
export type CommandListener = (command: SlashCommand, ack: AckFn<RespondArguments>) => Promise<void>;

/**
 * Attaches one listener of each kind to a Bolt app; they look up their handlers in the registries. Returns the listener of
 * commands, for a receiver that need not send them through Bolt.
 */
export const attachListeners = <Services extends object>(
  app: App,
  parts: ListenerParts<Services>,
): CommandListener => {
  const { commands, actions, submissions, events, services, home, client, respond, answerLater, log } = parts;
  const {
    throttle,
    throttleHome,
    throttlePreviews,
    throttlePrompts,
    throttleSearches,
    links,
    assistant,
    botUserId,
    commandForms,
    tracing = noTracing,
  } = parts;

  const traced = (work: () => Promise<void>): Promise<void> =>
    inRequest(randomUUID, log, () => tracing.inSpan({ name: 'request', kind: 'server', isRoot: true }, work));
  app.use(({ next }) => traced(next));

  const handle: typeof handleCommand<Services> = (text, ...rest) => {
    const command = commandIn(text, commands)?.name;
    if (command !== undefined) tracing.annotate({ attributes: { 'peering_bot.command': command } });
    return handleCommand(text, ...rest);
  };

  /**
   * Answers where only this person sees it, without an address that came with the request. In the conversation with the bot
   * that is a normal message, which stays.
   */
  const whisper = (
    { channel, user, thread }: Pick<Sender, 'user' | 'thread'> & { readonly channel: string },
    { text, blocks }: Message,
  ) => {
    const message = { channel, text, blocks, ...omitUndefined({ thread_ts: thread }) };
    return callSlack<unknown>(() =>
      isDirectThread({ channel, thread })
        ? client.chat.postMessage(message)
        : client.chat.postEphemeral({ ...message, user }),
    );
  };

  const receive = (sender: Sender, what: Readonly<Record<string, unknown>>): SlackRequest => {
    const id = currentRequest() ?? randomUUID();
    const { user, team = '', organisation, channel = '', responseUrl, thread } = sender;
    const child = log.child({ request: id });
    child.info({ ...what, user, team, channel }, 'request');
    tracing.annotate(describeRequest(id, what));
    const note = {
      name: `${id}/note`,
      since: Date.now(),
      channel,
      user,
      responseUrl,
      ...omitUndefined({ thread: isDirectThread({ channel, thread, responseUrl }) ? thread : undefined }),
    };
    const answer = async (message: Message): Promise<void> => {
      if (responseUrl === undefined && channel === '') {
        child.warn('no address to answer to');
        return;
      }
      const sent = await (responseUrl === undefined
        ? whisper({ channel, user, thread }, message)
        : respond(responseUrl, message));
      if (sent.ok) return;
      child.warn({ reason: describeFailure(sent.error) }, 'could not answer at once');
      await answerLater(note, message).catch((error: unknown) => {
        child.error({ reason: String(error) }, 'could not answer');
      });
    };
    return {
      id,
      actor: actorOf({ user, team, organisation, channel }),
      responseUrl,
      thread,
      deadline: Date.now() + queueingMs,
      log: child,
      answer,
      answerForJob: async (message) => {
        await answerLater({ ...note, name: unqueuedNameOf(id) }, message).catch((error: unknown) => {
          child.warn({ reason: String(error) }, 'could not store an answer');
          return answer(message);
        });
      },
    };
  };

  const answer = async (request: SlackRequest, message: Message | undefined): Promise<void> => {
    if (message !== undefined) await request.answer?.(message);
  };

  const fillModal = async (id: string, modal: ModalView, { log }: SlackRequest): Promise<void> => {
    const filled = await callSlack(() => client.views.update({ view_id: id, view: modal }));
    // The person may have closed the modal.
    if (!filled.ok) log.info({ reason: describeFailure(filled.error) }, 'could not fill the modal');
  };

  /** A click inside a modal changes that one in place. */
  const modalsFor = (triggerId: string, request: SlackRequest, inside?: string): Modals => ({
    open: async (modal) => {
      if (inside !== undefined) return inside;
      const opened = await callSlack(() => client.views.open({ trigger_id: triggerId, view: modal }));
      if (opened.ok) return opened.value.view?.id;
      request.log.warn({ reason: describeFailure(opened.error) }, 'could not open a modal');
      return undefined;
    },
    fill: (id, modal) => fillModal(id, modal, request),
  });

  const onCommand: CommandListener = async (command, ack) => {
    const request = receive(
      {
        user: command.user_id,
        team: command.team_id,
        organisation: command.enterprise_id,
        channel: command.channel_id,
        responseUrl: command.response_url,
      },
      { command: command.command },
    );
    const modals = modalsFor(command.trigger_id, request);
    const here = { ...request, modals };
    const { reply, after } = await handle(command.text, here, commands, services(), throttle);
    await ack(reply ? { response_type: 'ephemeral', ...reply } : undefined);
    if (after) await answer(request, await after());
  };
  app.command(/.*/, ({ command, ack }) => onCommand(command, ack));

  const latestOnly = createLatestOnly();

  /** Shows the command that the inputs of a modal make now. It repeats only what the person filled in. */
  const showPreview = async (modal: ViewOutput): Promise<void> => {
    const shown = commandForms.find((one) => formIdOf(one) === modal.callback_id);
    if (shown === undefined) return;
    const view = withPreview(shown, modal, readFields(shown, modal));
    await latestOnly(modal.id, async () => {
      const updated = await callSlack(() => client.views.update({ view_id: modal.id, view }));
      if (!updated.ok) log.info({ reason: describeFailure(updated.error) }, 'could not show the command');
    });
  };

  app.action({ type: 'block_actions' }, async ({ body, action, ack }) => {
    await ack();
    const inside = body.view?.type === 'modal' ? body.view : undefined;
    if (inside !== undefined && action.action_id === inputAction) return showPreview(inside);
    const request = receive(
      {
        user: body.user.id,
        // In a shared channel `team` is where the message is, and the user's own team is another.
        team: body.user.team_id ?? body.team?.id,
        organisation: body.enterprise?.id ?? body.team?.enterprise_id,
        channel: body.channel?.id ?? decodeModalContext(inside?.private_metadata)?.channel,
        responseUrl: body.response_url,
        thread: threadOfClick(body.container),
      },
      { action: action.action_id },
    );
    const modals = modalsFor(body.trigger_id, request, inside?.id);
    const click = {
      actionId: action.action_id,
      value: chosenIn(action),
      metadata: inside?.private_metadata,
    };
    const clicked = readClickedMessage(body, client, request.log);
    let isTooMany = false;
    const counted: Throttle = async (counting) => {
      const tooMany = await throttle(counting);
      isTooMany = tooMany !== undefined;
      return tooMany;
    };
    const here = { ...request, clicked };
    const message = await handleAction(click, here, actions, services(), modals, counted);
    if (message && body.response_url === undefined) await answerIn(modals, message);
    else await answer(request, message);
    if (body.view?.type === 'home' && !isTooMany) {
      await home.refresh(contextOf(request, services()), { value: click.value, view: body.view });
    }
  });

  app.shortcut(/.*/, async ({ shortcut, ack }) => {
    await ack();
    const { callback_id: name, user, team, enterprise, trigger_id: trigger } = shortcut;
    if (name !== checkShortcut && name !== checkMessageShortcut) return;
    const on = shortcut.type === 'message_action' ? shortcut : undefined;
    const first: unknown = on?.message['thread_ts'];
    const request = receive(
      {
        user: user.id,
        team: user.team_id ?? team?.id,
        organisation: enterprise?.id ?? team?.enterprise_id,
        channel: on?.channel.id,
        responseUrl: on?.response_url,
        thread: typeof first === 'string' ? first : on?.message_ts,
      },
      { shortcut: name },
    );
    const modals = modalsFor(trigger, request);
    const tell = async (message: Message | undefined): Promise<void> => {
      if (message && on === undefined) await answerIn(modals, message);
      else await answer(request, message);
    };
    // Before Slack is asked which clusters the person may see.
    const tooMany = await throttle(request);
    if (tooMany !== undefined) return tell(renderFailure(tooMany));
    const visible = await visibleOrNone(request.actor, 'check', services());
    const line = ['check', ...clustersIn(on?.message, visible)].join(' ');
    const here = { ...withNewDeadline(request), modals };
    const { reply, after } = await handle(line, here, commands, services(), alreadyCounted);
    await tell(reply ?? (await after?.()));
  });

  /** By the type of the event. They share one listener of Bolt, which calls each of its listeners for every request. */
  const onEvent = new Map<string, (event: unknown, body: EnvelopedEvent) => Promise<void>>();
  app.event(/.*/, async ({ event, body }) => onEvent.get(event.type)?.(event, body));

  for (const listener of events) {
    onEvent.set(listener.name, async (event, body) => {
      const happened = listener.decode(event);
      if (happened === undefined) return;
      const request = receive(
        {
          user: happened.user,
          // The workspace that the app is in; Slack tells whether the person belongs to it.
          team: body.team_id,
          organisation: body.enterprise_id,
          channel: undefined,
          responseUrl: undefined,
        },
        { event: listener.name },
      );
      if (await throttleHome(request)) {
        request.log.warn('App Home was opened too often: what was shown before stays');
        return;
      }
      await home.publish(request, await listener.home(contextOf(request, services())));
    });
  }

  onEvent.set(linkEvent, async (event, body) => {
    // People of other organizations read the channel too.
    if (body.is_ext_shared_channel === true) return;
    const shared = links.decode(event);
    if (shared === undefined) return;
    if (!(await services().isFirst(`event/${body.event_id}`, repeatedEventMs))) return;
    const { user, channel, ts } = shared;
    const request = receive(
      { user, team: body.team_id, organisation: body.enterprise_id, channel, responseUrl: undefined },
      { event: linkEvent },
    );
    // Nobody has requested a preview, so nothing is said if there is none.
    if (await throttlePreviews(request)) return;
    const unfurls = await links.previews(shared, contextOf(request, services()));
    if (Object.keys(unfurls).length === 0) return;
    const unfurled = await callSlack(() => client.chat.unfurl({ channel, ts, unfurls }));
    if (!unfurled.ok)
      request.log.warn({ reason: describeFailure(unfurled.error) }, 'could not show previews of links');
  });

  /** Runs the command of a message, and answers in its thread. */
  const runMessage = async (
    mention: Mention,
    body: Pick<EnvelopedEvent, 'event_id' | 'team_id' | 'enterprise_id'>,
    name: string,
  ): Promise<void> => {
    // Slack repeats an event that was not acknowledged in time.
    if (!(await services().isFirst(`event/${body.event_id}`, repeatedEventMs))) return;
    const { user, team = body.team_id, channel, thread, command, files } = mention;
    const request = receive(
      { user, team, organisation: body.enterprise_id, channel, responseUrl: undefined, thread },
      { event: name },
    );
    // Everyone in the channel can mention the bot, and each answer is a call to Slack: one a minute says so.
    const tooMany = await throttle(request);
    if (tooMany !== undefined) {
      const { retryMs = 0 } = 'retryMs' in tooMany ? tooMany : {};
      if (await services().isFirst(`too-many/${team}/${user}`, Math.max(1, retryMs)))
        await answer(request, renderFailure(tooMany));
      return;
    }
    const given = { ...request, ...omitUndefined({ files }) };
    const { reply, after } = await handle(command, given, commands, services(), alreadyCounted);
    await answer(request, reply ?? (await after?.()));
    await nameThread(mention, request);
  };

  /** Names a thread of the assistant view after its first command. */
  const nameThread = async (
    { channel, thread, command }: Mention,
    { log: child }: SlackRequest,
  ): Promise<void> => {
    if (thread === undefined || !isDirectThread({ channel, thread })) return;
    if (commandIn(command, commands) === undefined) return;
    if (!(await services().isFirst(`title/${channel}/${thread}`, titleMs))) return;
    const title = plain(splitWords(command).join(' '), maxTitle) || 'help';
    const named = await callSlack(() =>
      client.assistant.threads.setTitle({ channel_id: channel, thread_ts: thread, title }),
    );
    if (!named.ok) child.info({ reason: describeFailure(named.error) }, 'could not name a thread');
  };

  onEvent.set(mentionEvent, async (event, body) => {
    const mention = decodeMention(event, botUserId);
    if (mention !== undefined) await runMessage(mention, body, mentionEvent);
  });

  onEvent.set('message', async (event, body) => {
    const message = decodeDirectMessage(event, botUserId);
    if (message !== undefined) await runMessage(message, body, directMessageEvent);
  });

  for (const name of assistantEvents) {
    onEvent.set(name, async (event, body) => {
      const opened = decodeAssistantThread(event);
      if (opened === undefined) return;
      if (!(await services().isFirst(`event/${body.event_id}`, repeatedEventMs))) return;
      const { user, channel, thread } = opened;
      const { team_id: team, enterprise_id: organisation } = body;
      const request = receive(
        { user, team, organisation, channel, responseUrl: undefined, thread },
        { event: name },
      );
      // The prompts that were suggested before stay.
      if (await throttlePrompts(request)) return;
      const prompts = await assistant.prompts(opened, contextOf(request, services()));
      if (prompts.length === 0) return;
      const args = { channel_id: channel, thread_ts: thread, prompts: [...prompts] };
      const suggested = await callSlack(() => client.assistant.threads.setSuggestedPrompts(args));
      if (!suggested.ok)
        request.log.warn({ reason: describeFailure(suggested.error) }, 'could not suggest prompts');
    });
  }

  app.options(inputAction, async ({ body, ack }) => {
    const { user, team, enterprise, view } = body;
    const request = receive(
      {
        user: user.id,
        team: user.team_id ?? team?.id,
        organisation: enterprise?.id ?? team?.enterprise_id,
        channel: undefined,
        responseUrl: undefined,
      },
      { options: view?.callback_id },
    );
    const search = {
      callbackId: view?.callback_id,
      metadata: view?.private_metadata,
      block: body.block_id,
      query: body.value,
    };
    const found = await handleSuggestion(search, request, submissions, services(), throttleSearches);
    await ack(found);
  });

  app.view(/.*/, async ({ body, view, ack }) => {
    const request = receive(
      {
        user: body.user.id,
        team: body.user.team_id ?? body.team?.id,
        organisation: body.enterprise?.id ?? body.team?.enterprise_id,
        channel: undefined,
        responseUrl: undefined,
      },
      { view: view.callback_id },
    );
    const title = view.title.text;
    const notice = (message: Pick<Message, 'blocks'>): ModalView => renderNoticeModal(title, message);
    const { reply, after, errors } = await handleSubmission(view, request, submissions, services(), throttle);
    if (errors) await ack({ response_action: 'errors', errors: { ...errors } });
    else if (after) {
      await ack({ response_action: 'update', view: notice(loadingMessage) });
      await fillModal(view.id, notice((await after()) ?? doneMessage), request);
    } else await ack(reply ? { response_action: 'update', view: notice(reply) } : undefined);
  });

  return (command, ack) => traced(() => onCommand(command, ack));
};

/** The value of a button, or of the choice in a menu. */
const chosenIn = (action: BlockElementAction): string | undefined => {
  if ('value' in action) return action.value;
  return 'selected_option' in action ? action.selected_option?.value : undefined;
};

/** Answers in a modal if there is no address to respond to. */
const answerIn = async (modals: Modals, message: Message): Promise<void> => {
  const modal = renderNoticeModal('peering-bot', message);
  const id = await modals.open(modal);
  if (id !== undefined) await modals.fill(id, modal);
};

/** Names the span of a request. The names are those of the manifest and of this code; another form is left out. */
const describeRequest = (id: string, what: Readonly<Record<string, unknown>>): SpanChange => {
  const [[kind, name] = []] = Object.entries(what);
  const known = typeof name === 'string' && /^[\w/.:-]{1,64}$/.test(name) ? name : '';
  return { name: `${kind ?? 'request'} ${known}`.trim(), attributes: { 'peering_bot.request': id } };
};
