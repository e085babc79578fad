import { isRedisAway } from '../redis/is-redis-away';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { loadingMessage, renderNoticeModal } from '../render/slack/notice';
import { admit, rightOf, type Throttle, withNewDeadline } from './admission';
import { type AnyAction, contextOf, type Modals, type SlackRequest, type SlackServices } from './define';

/** The data of a click. */
export interface Click {
  readonly actionId: string;
  readonly value: string | undefined;
  /** The metadata of the modal around the button; absent elsewhere. */
  readonly metadata?: string | undefined;
}

/** Handles a click after its acknowledgement, with a new access decision. Returns the private answer. */
export const handleAction = async <Services extends object>(
  click: Click,
  request: SlackRequest,
  actions: readonly AnyAction<Services>[],
  services: SlackServices & Services,
  modals: Modals,
  throttle: Throttle,
): Promise<Message | undefined> => {
  const action = actions.find(({ button }) => button.id === click.actionId);
  // A button that only opens a link needs no handling, nor does one of a version that is gone.
  if (action === undefined) return undefined;
  const decoded = action.button.decode(click.value, click.metadata);
  const admission = await admit(request, rightOf(action, decoded), services, throttle);
  if (!admission.ok) return admission.reply;
  if (decoded === undefined) {
    request.log.warn({ action: click.actionId }, 'a button has an unknown value');
    return renderFailure({ kind: 'unexpected', requestId: request.id });
  }
  // The action has decoded this itself, which the type of the registry cannot know.
  const value = decoded as never;
  const allowed = <T>(run: (now: SlackRequest) => Promise<T>): Promise<T | Message> =>
    admission.askFirst ? admission.askFirst(run) : run(withNewDeadline(request));
  const { modal } = action;
  if (modal === undefined)
    return allowed(async (now) => action.run?.({ ...contextOf(now, services), value }));
  const { title, fill: contentOf } = modal;
  const refused = await modal.refuse?.({ ...contextOf(request, services), value });
  if (refused) return refused;
  const modalId = await modals.open(renderNoticeModal(title, loadingMessage));
  if (modalId === undefined) return renderFailure({ kind: 'no-modal', command: null });
  const shown = await allowed((now) => contentOf({ ...contextOf(now, services), value, modalId })).catch(
    (error: unknown) => {
      // After an outage of Redis, or a bug, the modal must not load indefinitely.
      request.log.error({ err: error, action: click.actionId }, 'a modal could not be filled');
      return renderFailure(
        isRedisAway(error)
          ? { kind: 'store-down', what: 'the content of the modal' }
          : { kind: 'unexpected', requestId: request.id },
      );
    },
  );
  if (shown !== undefined)
    await modals.fill(modalId, 'type' in shown ? shown : renderNoticeModal(title, shown));
  return undefined;
};
