import type { Wish } from '../jobs/people';
import { refusalWords } from '../jobs/refusal';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import type { AnyView, Asked, SlackTools, SubmittedView } from './define';
import { type Handled, type Throttle, whenAllowed } from './handle-command';

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
): Promise<Handled> => {
  const view = views.find(({ callbackId }) => callbackId === submitted.callback_id);
  if (view === undefined) return {};
  const value = view.decode(submitted);
  const wish: Wish = { command: view.command, clusters: value === undefined ? [] : view.access(value) };
  const actor = { ...asked.actor, channel: value === undefined ? '' : view.channel(value) };
  const here: Asked = { ...asked, actor };
  const decision = tools.authorizer.decide(actor, wish);
  if (decision.kind === 'denied') return { reply: renderFailure(refusalWords(decision, wish)) };
  const tooMany = await throttle(here);
  if (tooMany) return { reply: renderFailure(tooMany) };
  if (value === undefined) {
    here.log.warn({ view: view.callbackId }, 'modal with contents that are not ours');
    return { reply: renderFailure({ kind: 'unexpected', requestId: here.id }) };
  }
  const run = (now: Asked): Promise<Message | undefined> => view.run(value, now, tools);
  if (decision.kind === 'unsure') return { after: () => whenAllowed(here, wish, tools, run) };
  const reply = await run(here);
  return reply === undefined ? {} : { reply };
};
