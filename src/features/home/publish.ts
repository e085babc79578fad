import { setTimeout as pause } from 'node:timers/promises';
import type { HomeView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { SlackRequest } from '../../slack/define';
import { unansweredIn } from '../../slack/api/outbox/unanswered.message';
import type { Unanswered } from '../../slack/api/outbox/unanswered.store';
import { callSlack, describeFailure } from '../../slack/api/call';
import { homeButtons } from './home-buttons';
import type { HomePublisher } from '../../slack/listeners';
import { type HomeServices, loadHome } from './load';
import { omitUndefined } from '../../omit-undefined';

/** Usual duration of a job that a click queued, in ms. */
const usualJobMs = 2500;

/** Shows App Home to one person. What it says about unanswered requests is cleared then. */
export const createHomePublisher = (
  client: Pick<WebClient, 'views'>,
  unanswered: Pick<Unanswered, 'clear'>,
): HomePublisher<HomeServices> => {
  /** Returns the hash of the view that is now shown. With a `hash`, only the view with that hash is replaced. */
  const publish = async (
    { actor, log }: SlackRequest,
    view: HomeView,
    hash?: string,
  ): Promise<string | undefined> => {
    const what = { user_id: actor.user, view, ...omitUndefined({ hash }) };
    const published = await callSlack(() => client.views.publish(what));
    if (published.ok) {
      await unanswered.clear(actor.user, unansweredIn(view.blocks)).catch((error: unknown) => {
        log.warn({ reason: String(error) }, 'App Home will show a note again');
      });
      return published.value.view?.hash;
    }
    const { error: failure } = published;
    if (failure.kind === 'refused' && failure.code === 'hash_conflict') return undefined;
    log.warn({ reason: describeFailure(failure) }, 'could not show App Home');
    return undefined;
  };

  return {
    publish,
    /**
     * Turns the page; or shows the current page again, and once more after the job of the click has had its time,
     * unless the person has turned to another page by then.
     */
    refresh: async (context, { value, view }) => {
      const turned = homeButtons.refresh.decode(value);
      if (turned !== undefined) {
        await publish(context, await loadHome(turned, context));
        return;
      }
      const page = homeButtons.refresh.decode(view.private_metadata) ?? 0;
      const hash = await publish(context, await loadHome(page, context), view.hash);
      if (hash === undefined) return;
      await pause(usualJobMs, undefined, { ref: false });
      await publish(context, await loadHome(page, context), hash);
    },
  };
};
