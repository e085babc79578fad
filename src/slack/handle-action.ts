import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { loadingMessage, renderNoticeModal } from '../render/slack/notice';
import { admit, afresh, rightOf, type Throttle } from './admission';
import type { AnyAction, Asked, Modals, SlackTools } from './define';

/** What a click arrives with. */
export interface Click {
  readonly actionId: string;
  readonly value: string | undefined;
  /** What the modal carries that was clicked in; absent elsewhere. */
  readonly metadata?: string;
}

/**
 * Does what a button stands for, after its acknowledgement. Access is decided anew for whoever clicks. Gives what
 * is to be answered privately.
 */
export const handleAction = async (
  click: Click,
  asked: Asked,
  actions: readonly AnyAction[],
  tools: SlackTools,
  modals: Modals,
  throttle: Throttle,
): Promise<Message | undefined> => {
  const action = actions.find(({ id }) => id === click.actionId);
  // A button that only opens a link has nothing to do here, nor has one of a version that is gone.
  if (action === undefined) return undefined;
  const value = action.decode(click.value, click.metadata);
  const admission = await admit(asked, rightOf(action, value), tools, throttle);
  if (!admission.ok) return admission.reply;
  if (value === undefined) {
    asked.log.warn({ action: action.id }, 'button with a value that is not ours');
    return renderFailure({ kind: 'unexpected', requestId: asked.id });
  }
  const allowed = <T>(run: (now: Asked) => Promise<T>): Promise<T | Message> =>
    admission.askFirst ? admission.askFirst(run) : run(afresh(asked));
  const { modal } = action;
  if (modal === undefined) return allowed(async (now) => action.run?.(value, now, tools));
  const refused = await modal.refuse?.(value, asked, tools);
  if (refused) return refused;
  const id = await modals.open(renderNoticeModal(modal.title, loadingMessage));
  if (id === undefined) return renderFailure({ kind: 'no-modal', command: null });
  const shown = await allowed((now) => modal.fill(value, now, tools, id)).catch((error: unknown) => {
    // Redis away, or a bug: the person must not be left with a modal that loads for ever.
    asked.log.error({ err: error, action: action.id }, 'a modal could not be filled');
    return renderFailure({ kind: 'unexpected', requestId: asked.id });
  });
  if (shown !== undefined)
    await modals.fill(id, 'type' in shown ? shown : renderNoticeModal(modal.title, shown));
  return undefined;
};
