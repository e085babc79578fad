import { createHash } from 'node:crypto';
import { isBroadcast, renderChanges, renderSubscriptionCard } from './card.message';
import type { Subscription } from './subscriptions.store';
import type { Watch } from './watches.store';
import { isGone, type SlackFailure } from '../../slack/api/call';
import type { Poster } from '../../slack/api/poster';

/** Why telling stopped: another process goes on with it, or Slack did not take something. */
type Stopped = { readonly kind: 'handed-over' } | { readonly kind: 'failed'; readonly error: SlackFailure };

/** What is being told of a subscription. */
export interface Telling {
  readonly subscription: Subscription;
  /** How it stands now. */
  readonly watch: () => Watch;
  /** Keeps how it stands from now on; false where this process may not go on. */
  readonly keep: (watch: Watch) => Promise<boolean>;
  readonly poster: Poster;
}

/** A card that shows the same is edited this often (ms) all the same, so that it shows that it lives. */
const refreshMs = 30 * 60_000;

const handedOver: Stopped = { kind: 'handed-over' };
const failed = (error: SlackFailure): Stopped => ({ kind: 'failed', error });

/**
 * Puts the card right, posted once and edited from then on, and posts a reply for each look that had something to
 * tell. Each message has a name of its own and is let go of once it is there, so that whoever repeats this adds only
 * what is missing. Undefined: all is told.
 */
export const tell = async (telling: Telling): Promise<Stopped | undefined> =>
  (await editCard(telling)) ?? (await postCard(telling)) ?? (await postReplies(telling));

const nameOf = ({ channel, cluster, createdMs }: Subscription): string =>
  `watch/${channel}/${cluster}/${createdMs}`;

/** Edits the card where it shows something else; one that was deleted is to be posted anew. */
const editCard = async ({ subscription, watch, keep, poster }: Telling): Promise<Stopped | undefined> => {
  const now = watch();
  const { card, pending } = now;
  if (card.place === null) return undefined;
  const shown = shownBy(subscription, now);
  const isOld = Date.now() - card.shownAt > refreshMs;
  // Replies go under it: with some to post, it must be known that it is still there.
  if (card.shown === shown && !isOld && pending.length === 0) return undefined;
  const edited = await poster.edit(card.place, renderSubscriptionCard({ ...subscription, ...now }));
  if (!edited.ok && !isGone(edited.error)) return failed(edited.error);
  const at = Date.now();
  const next = edited.ok
    ? { ...card, shown, shownAt: at }
    : { place: null, count: card.count + 1, since: at, shown: '', shownAt: 0 };
  return (await keep({ ...now, card: next, refusals: 0 })) ? undefined : handedOver;
};

const postCard = async ({ subscription, watch, keep, poster }: Telling): Promise<Stopped | undefined> => {
  const now = watch();
  const { card } = now;
  if (card.place !== null) return undefined;
  const target = {
    channel: subscription.channel,
    name: `${nameOf(subscription)}/card/${card.count}`,
    since: card.since,
  };
  const posted = await poster.post(target, renderSubscriptionCard({ ...subscription, ...now }));
  if (!posted.ok) return failed(posted.error);
  const next = { ...card, place: posted.value, shown: shownBy(subscription, now), shownAt: Date.now() };
  return (await keep({ ...now, card: next, refusals: 0 })) ? undefined : handedOver;
};

const postReplies = async ({ subscription, watch, keep, poster }: Telling): Promise<Stopped | undefined> => {
  for (;;) {
    const now = watch();
    const [told, ...rest] = now.pending;
    if (told === undefined || now.card.place === null) return undefined;
    const posted = await poster.post(
      {
        channel: subscription.channel,
        thread: now.card.place.ts,
        name: `${nameOf(subscription)}/${told.seq}`,
        since: told.at,
        broadcast: isBroadcast(told),
      },
      renderChanges(subscription, told),
    );
    if (!posted.ok) return failed(posted.error);
    if (!(await keep({ ...now, pending: rest }))) return handedOver;
  }
};

/** A hash of what the card shows but for the time of the look. */
const shownBy = (subscription: Subscription, watch: Watch): string => {
  const { blocks } = renderSubscriptionCard({ ...subscription, ...watch, look: { ...watch.look, at: 0 } });
  return createHash('sha256').update(JSON.stringify(blocks)).digest('base64');
};
