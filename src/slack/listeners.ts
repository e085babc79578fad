import { randomUUID } from 'node:crypto';
import type { App, BlockElementAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Actor } from '../access/access';
import { callSlack, describeFailure } from './api/call';
import type { respondPrivately } from './api/response-url';
import { currentRequest, inRequest } from '../queue/current-request';
import type { Message } from '../render/slack/limits';
import { decodeModalContext } from '../render/slack/modal';
import { doneMessage, loadingMessage, renderNoticeModal } from '../render/slack/notice';
import { queueingMs, type Throttle } from './admission';
import type { AnyAction, AnyCommand, AnyView, Asked, Modals, SlackTools } from './define';
import type { EventListener } from './define-event';
import { handleAction } from './handle-action';
import { handleCommand } from './handle-command';
import { handleView } from './handle-view';
import { createHomePublisher } from '../features/home/publish';

export interface ListenerParts {
  readonly commands: readonly AnyCommand[];
  readonly actions: readonly AnyAction[];
  readonly views: readonly AnyView[];
  readonly events: readonly EventListener[];
  readonly tools: SlackTools;
  readonly client: Pick<WebClient, 'views'>;
  readonly respond: typeof respondPrivately;
  readonly throttle: Throttle;
  readonly log: Logger;
}

/** Slack's own words for who acts, as they differ between commands and interactions. */
interface Sender {
  readonly user: string;
  readonly team: string | undefined;
  readonly organisation: string | undefined;
  readonly channel: string | undefined;
  readonly responseUrl: string | undefined;
}

/** Puts the listeners on a Bolt app: one for each kind, which look up what to do in the registries. */
export const attachListeners = (app: App, parts: ListenerParts): void => {
  const { commands, actions, views, events, tools, client, respond, throttle, log } = parts;

  const home = createHomePublisher({ client, tools });

  app.use(({ next }) => inRequest(randomUUID(), log, next));

  const asked = (sender: Sender, what: Readonly<Record<string, unknown>>): Asked => {
    const id = currentRequest() ?? randomUUID();
    const { user, team = '', organisation, channel = '', responseUrl } = sender;
    const actor: Actor = { user, team, channel, ...(organisation === undefined ? {} : { organisation }) };
    const child = log.child({ request: id });
    child.info({ ...what, user, team, channel }, 'asked');
    return {
      id,
      actor,
      ...(responseUrl === undefined ? {} : { responseUrl }),
      deadline: Date.now() + queueingMs,
      log: child,
    };
  };

  const answer = async ({ responseUrl, log }: Asked, message: Message | undefined): Promise<void> => {
    if (message === undefined) return;
    if (responseUrl === undefined) {
      log.warn('nowhere to answer to');
      return;
    }
    const sent = await respond(responseUrl, message);
    if (!sent.ok) log.warn({ reason: describeFailure(sent.failure) }, 'could not answer');
  };

  const fillView = async (id: string, view: ModalView, { log }: Asked): Promise<void> => {
    const filled = await callSlack(() => client.views.update({ view_id: id, view }));
    // Whoever closed the modal does not wait for it.
    if (!filled.ok) log.info({ reason: describeFailure(filled.failure) }, 'could not fill the modal');
  };

  /** A click inside a modal changes that one in place. */
  const modalsFor = (triggerId: string, request: Asked, inside?: string): Modals => ({
    open: async (view) => {
      if (inside !== undefined) return inside;
      const opened = await callSlack(() => client.views.open({ trigger_id: triggerId, view }));
      if (opened.ok) return opened.value.view?.id;
      request.log.warn({ reason: describeFailure(opened.failure) }, 'could not open a modal');
      return undefined;
    },
    fill: (id, view) => fillView(id, view, request),
  });

  app.command(/.*/, async ({ command, ack }) => {
    const request = asked(
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
    const { reply, after } = await handleCommand(command.text, here, commands, tools, throttle);
    await ack(reply ? { response_type: 'ephemeral', ...reply } : undefined);
    if (after) await answer(request, await after());
  });

  app.action({ type: 'block_actions' }, async ({ body, action, ack }) => {
    await ack();
    const inside = body.view?.type === 'modal' ? body.view : undefined;
    const request = asked(
      {
        user: body.user.id,
        // In a shared channel `team` is where the message is, and the user's own team is another.
        team: body.user.team_id ?? body.team?.id,
        organisation: body.enterprise?.id ?? body.team?.enterprise_id,
        channel: body.channel?.id ?? decodeModalContext(inside?.private_metadata)?.channel,
        responseUrl: body.response_url,
      },
      { action: action.action_id },
    );
    const modals = modalsFor(body.trigger_id, request, inside?.id);
    const click = {
      actionId: action.action_id,
      value: chosenIn(action),
      ...(inside === undefined ? {} : { metadata: inside.private_metadata }),
    };
    const message = await handleAction(click, request, actions, tools, modals, throttle);
    if (message && body.response_url === undefined) await tellIn(modals, message);
    else await answer(request, message);
    if (body.view?.type === 'home') await home.refresh(request, { value: click.value, view: body.view });
  });

  for (const listener of events) {
    app.event(listener.name, async ({ event, body }) => {
      const happened = listener.decode(event);
      if (happened === undefined) return;
      const request = asked(
        {
          user: happened.user,
          // The workspace that the app is in: whether the person belongs to it, Slack is asked.
          team: body.team_id,
          organisation: body.enterprise_id,
          channel: undefined,
          responseUrl: undefined,
        },
        { event: listener.name },
      );
      await home.publish(request, await listener.home(request, tools));
    });
  }

  app.view(/.*/, async ({ body, view, ack }) => {
    const request = asked(
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
    const { reply, after, errors } = await handleView(view, request, views, tools, throttle);
    if (errors) await ack({ response_action: 'errors', errors: { ...errors } });
    else if (after) {
      await ack({ response_action: 'update', view: notice(loadingMessage) });
      await fillView(view.id, notice((await after()) ?? doneMessage), request);
    } else await ack(reply ? { response_action: 'update', view: notice(reply) } : undefined);
  });
};

/** The value of a button, or of the choice in a menu. */
const chosenIn = (action: BlockElementAction): string | undefined => {
  if ('value' in action) return action.value;
  return 'selected_option' in action ? action.selected_option?.value : undefined;
};

/** Says something where there is no address to respond to: in a modal. */
const tellIn = async (modals: Modals, message: Message): Promise<void> => {
  const view = renderNoticeModal('peering-bot', message);
  const id = await modals.open(view);
  if (id !== undefined) await modals.fill(id, view);
};
