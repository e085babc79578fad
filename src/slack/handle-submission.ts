import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { admit, rightOf, type Throttle } from './admission';
import {
  type AnyModal,
  contextOf,
  type SlackRequest,
  type SlackServices,
  type SubmittedModal,
} from './define';
import type { Handled } from './handle-command';

/** The answer to a submitted modal: as for a command, or the modal stays and shows what is wrong with its inputs. */
interface HandledSubmission extends Handled {
  /** By `block_id`. */
  readonly errors?: Readonly<Record<string, string>>;
}

/**
 * Handles a submitted modal. The reply replaces the modal; without one it closes. If Slack must be asked who the
 * person is, that comes after the acknowledgement.
 */
export const handleSubmission = async <Services extends object>(
  submitted: SubmittedModal,
  request: SlackRequest,
  modals: readonly AnyModal<Services>[],
  services: SlackServices & Services,
  throttle: Throttle,
): Promise<HandledSubmission> => {
  const modal = modals.find(({ callbackId }) => callbackId === submitted.callback_id);
  if (modal === undefined) return {};
  const decoded = modal.decode(submitted);
  // The modal has decoded this itself, which the type of the registry cannot know.
  const value = decoded as never;
  const actor = { ...request.actor, channel: decoded === undefined ? '' : modal.channel(value) };
  const here: SlackRequest = { ...request, actor };
  // The click that opened a modal of a request was counted, so that a decision counts as one.
  const counted = modal.decidedBy === 'request' ? async () => undefined : throttle;
  const admission = await admit(here, rightOf(modal, decoded), services, counted);
  if (!admission.ok) return { reply: admission.reply };
  if (decoded === undefined) {
    here.log.warn({ modal: modal.callbackId }, 'a modal has unknown contents');
    return { reply: renderFailure({ kind: 'unexpected', requestId: here.id }) };
  }
  const errors = modal.problems?.({ ...contextOf(here, services), value });
  if (errors !== undefined) return { errors };
  const run = (now: SlackRequest): Promise<Message | undefined> =>
    modal.run({ ...contextOf(now, services), value });
  const { askFirst } = admission;
  if (askFirst !== undefined) return { after: () => askFirst(run) };
  return { reply: await run(here) };
};
