import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { admit, rightOf, type Throttle } from './admission';
import type { AnyView, Asked, SlackTools, SubmittedView } from './define';
import type { Handled } from './handle-command';

/** What becomes of a submitted modal: as for a command, or it stays and says what is wrong with its inputs. */
interface HandledView extends Handled {
  /** By `block_id`. */
  readonly errors?: Readonly<Record<string, string>>;
}

/**
 * Does what a submitted modal stands for. The reply takes the modal's place; without one it closes. Where Slack
 * has to be asked who the person is, that comes after the acknowledgement.
 */
export const handleView = async (
  submitted: SubmittedView,
  asked: Asked,
  views: readonly AnyView[],
  tools: SlackTools,
  throttle: Throttle,
): Promise<HandledView> => {
  const view = views.find(({ callbackId }) => callbackId === submitted.callback_id);
  if (view === undefined) return {};
  const value = view.decode(submitted);
  const actor = { ...asked.actor, channel: value === undefined ? '' : view.channel(value) };
  const here: Asked = { ...asked, actor };
  const admission = await admit(here, rightOf(view, value), tools, throttle);
  if (!admission.ok) return { reply: admission.reply };
  if (value === undefined) {
    here.log.warn({ view: view.callbackId }, 'modal with contents that are not ours');
    return { reply: renderFailure({ kind: 'unexpected', requestId: here.id }) };
  }
  const errors = view.problems?.(value, here, tools);
  if (errors !== undefined) return { errors };
  const run = (now: Asked): Promise<Message | undefined> => view.run(value, now, tools);
  const { askFirst } = admission;
  if (askFirst !== undefined) return { after: () => askFirst(run) };
  const reply = await run(here);
  return reply === undefined ? {} : { reply };
};
