import type { ModalView } from '@slack/types';
import type { Wish } from '../jobs/people';
import { refusalWords } from '../jobs/refusal';
import type { Failure } from '../render/failure';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { loading, renderNotice } from '../render/slack/notice';
import type { AnyAction, Asked, SlackTools } from './define';
import { whenAllowed, type Throttle } from './handle-command';

/** What a click arrives with. */
export interface Click {
  readonly actionId: string;
  readonly value: string | undefined;
}

/** Opens and fills a modal of the person who clicked. */
export interface Modals {
  /** Shows a first view, and gives the id to fill it by; nothing where the trigger has expired. */
  readonly open: (view: ModalView) => Promise<string | undefined>;
  readonly fill: (id: string, view: ModalView) => Promise<void>;
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
  const value = action.decode(click.value);
  const wish: Wish = { command: action.command, clusters: value === undefined ? [] : action.access(value) };
  const decision = tools.authorizer.decide(asked.actor, wish);
  if (decision.kind === 'denied') return renderFailure(refusalWords(decision, wish));
  const tooMany: Failure | undefined = await throttle(asked);
  if (tooMany) return renderFailure(tooMany);
  if (value === undefined) {
    asked.log.warn({ action: action.id }, 'button with a value that is not ours');
    return renderFailure({ kind: 'unexpected', requestId: asked.id });
  }
  const { modal } = action;
  if (modal === undefined) {
    return whenAllowed(asked, wish, tools, async (now) => action.run?.(value, now, tools));
  }
  const id = await modals.open(renderNotice(modal.title, loading));
  if (id === undefined) return undefined;
  const shown = await whenAllowed(asked, wish, tools, (now) => modal.fill(value, now, tools));
  await modals.fill(id, 'type' in shown ? shown : renderNotice(modal.title, shown));
  return undefined;
};
