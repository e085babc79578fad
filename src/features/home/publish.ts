import { setTimeout as pause } from 'node:timers/promises';
import type { HomeView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { callSlack, describeFailure } from '../../slack/api/call';
import { decodePage } from './home-button-values';
import type { Asked, SlackTools } from '../../slack/define';
import { loadHome } from './load';

/** What a click queued is done by a job a moment later. */
const settleMs = 2500;

/** A click on App Home. */
interface HomeClick {
  readonly value: string | undefined;
  /** The view that was clicked in: what it carries is its page. */
  readonly view: { readonly private_metadata: string; readonly hash: string };
}

interface Parts {
  readonly client: Pick<WebClient, 'views'>;
  readonly tools: SlackTools;
}

/** Puts App Home before the eyes of one person. */
export const createHomePublisher = ({ client, tools }: Parts) => {
  /** Gives the hash by which the view that is there now is known. With one given, no other view is replaced. */
  const publish = async (
    { actor, log }: Asked,
    view: HomeView,
    hash?: string,
  ): Promise<string | undefined> => {
    const what = { user_id: actor.user, view, ...(hash === undefined ? {} : { hash }) };
    const published = await callSlack(() => client.views.publish(what));
    if (published.ok) return published.value.view?.hash;
    const { failure } = published;
    if (failure.kind === 'refused' && failure.code === 'hash_conflict') return undefined;
    log.warn({ reason: describeFailure(failure) }, 'could not show App Home');
    return undefined;
  };

  return {
    publish,
    /**
     * After a click: turns the page; or shows the page as it is now, and once more when what was clicked has had its
     * time, unless the person has turned to another page meanwhile.
     */
    refresh: async (asked: Asked, { value, view }: HomeClick): Promise<void> => {
      const turned = decodePage(value);
      if (turned !== undefined) {
        await publish(asked, await loadHome(asked, turned, tools));
        return;
      }
      const page = decodePage(view.private_metadata) ?? 0;
      const hash = await publish(asked, await loadHome(asked, page, tools), view.hash);
      if (hash === undefined) return;
      await pause(settleMs, undefined, { ref: false });
      await publish(asked, await loadHome(asked, page, tools), hash);
    },
  };
};
