import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { admit, rightOf, type Throttle } from './admission';
import { type AnyView, contextOf, type SlackRequest, type SlackServices, type SubmittedView } from './define';
import type { Handled } from './handle-command';

/** The answer to a submitted modal: as for a command, or the modal stays and shows what is wrong with its inputs. */
interface HandledView extends Handled {
  /** By `block_id`. */
  readonly errors?: Readonly<Record<string, string>>;
}

/**
 * Handles a submitted modal. The reply replaces the modal; without one it closes. Where Slack has to be asked who
 * the person is, that comes after the acknowledgement.
 */
export const handleView = async <Services extends object>(
  submitted: SubmittedView,
  request: SlackRequest,
  views: readonly AnyView<Services>[],
  services: SlackServices & Services,
  throttle: Throttle,
): Promise<HandledView> => {
  const view = views.find(({ callbackId }) => callbackId === submitted.callback_id);
  if (view === undefined) return {};
  const decoded = view.decode(submitted);
  // The view has decoded this itself, which the type of the registry cannot know.
  const value = decoded as never;
  const actor = { ...request.actor, channel: decoded === undefined ? '' : view.channel(value) };
  const here: SlackRequest = { ...request, actor };
  const admission = await admit(here, rightOf(view, decoded), services, throttle);
  if (!admission.ok) return { reply: admission.reply };
  if (decoded === undefined) {
    here.log.warn({ view: view.callbackId }, 'a modal has unknown contents');
    return { reply: renderFailure({ kind: 'unexpected', requestId: here.id }) };
  }
  const errors = view.problems?.({ ...contextOf(here, services), value });
  if (errors !== undefined) return { errors };
  const run = (now: SlackRequest): Promise<Message | undefined> =>
    view.run({ ...contextOf(now, services), value });
  const { askFirst } = admission;
  if (askFirst !== undefined) return { after: () => askFirst(run) };
  return { reply: await run(here) };
};
