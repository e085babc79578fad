import { createHash } from 'node:crypto';
import { isBroadcast, renderChanges, renderSubscriptionCard } from './card.message';
import type { Subscription } from './subscriptions.store';
import type { Watch } from './watches.store';
import { isGone, isNoAccess, type SlackFailure } from '../../slack/api/call';
import type { OwnerLinks } from '../../render/slack/owner-links';
import type { Incident } from '../incidents';
import type { Poster } from '../../slack/api/poster';

/** Reason to stop: another process continues, or Slack did not accept a message. */
type Stopped = { readonly kind: 'handed-over' } | { readonly kind: 'failed'; readonly error: SlackFailure };

/** A subscription whose changes are being posted. */
interface PostChangesParts {
  readonly subscription: Subscription;
  /** Returns its present state. */
  readonly watch: () => Watch;
  /** Stores its new state; false if this process must stop. */
  readonly keep: (watch: Watch) => Promise<boolean>;
  readonly poster: Poster;
  /** The incidents of the clusters, by cluster. */
  readonly open: ReadonlyMap<string, Incident>;
  /** The web pages of the owner, of a subscription to one cluster. */
  readonly links: OwnerLinks | undefined;
  /** Returns the groups that a message of this name mentions for clusters. */
  readonly mention: (clusters: readonly string[], message: string) => Promise<readonly string[]>;
  /** Lets another message make a mention that could not be posted. */
  readonly returnMention: (cluster: string, message: string) => Promise<void>;
}

/** Maximum age of a card's last edit, in ms: an unchanged card is edited too, to show that it is current. */
const refreshMs = 30 * 60_000;

/** Posts what is left of one kind; undefined if nothing stops it. */
type Step = (parts: PostChangesParts) => Promise<Stopped | undefined>;

const handedOver: Stopped = { kind: 'handed-over' };
const failed = (error: SlackFailure): Stopped => ({ kind: 'failed', error });

/**
 * Posts or edits the card, and posts a reply for each poll with changes. Each message has its own name and is removed
 * from the state once it is posted, so a repeat adds only missing ones. Undefined: everything is posted.
 */
export const postChanges: Step = async (parts) =>
  (await editCard(parts)) ?? (await postCard(parts)) ?? (await postReplies(parts));

const nameOf = ({ channel, cluster, createdMs }: Subscription): string =>
  `watch/${channel}/${cluster}/${createdMs}`;

/** Stores a state; stops where another process continues. */
const store = async (watch: Watch, keep: PostChangesParts['keep']): Promise<Stopped | undefined> =>
  (await keep(watch)) ? undefined : handedOver;

/** Edits the card if its content has changed; one that was deleted will be posted again. */
const editCard: Step = async ({ subscription, watch, keep, poster, open, links }) => {
  const now = watch();
  const { card, pending } = now;
  if (card.ref === null) return undefined;
  const shown = shownBy(subscription, now, { open, links });
  const isOld = Date.now() - card.shownAt > refreshMs;
  // Replies go under it: with some to post, it must be known that it is still there.
  if (card.shown === shown && !isOld && pending.length === 0) return undefined;
  const edited = await poster.edit(
    card.ref,
    renderSubscriptionCard({ ...subscription, ...now, open, links }),
  );
  if (!edited.ok && !isGone(edited.error)) return failed(edited.error);
  const at = Date.now();
  const next = edited.ok
    ? { ...card, shown, shownAt: at }
    : { ref: null, count: card.count + 1, since: at, shown: '', shownAt: 0 };
  return store({ ...now, card: next, refusals: 0 }, keep);
};

const postCard: Step = async ({ subscription, watch, keep, poster, open, links }) => {
  const now = watch();
  const { card } = now;
  if (card.ref !== null) return undefined;
  const target = {
    channel: subscription.channel,
    name: `${nameOf(subscription)}/card/${card.count}`,
    since: card.since,
  };
  const posted = await poster.post(target, renderSubscriptionCard({ ...subscription, ...now, open, links }));
  if (!posted.ok) return failed(posted.error);
  const next = {
    ...card,
    ref: posted.value,
    shown: shownBy(subscription, now, { open, links }),
    shownAt: Date.now(),
  };
  return store({ ...now, card: next, refusals: 0 }, keep);
};

const postReplies: Step = async (parts) => {
  const { subscription, watch, keep } = parts;
  for (;;) {
    const now = watch();
    const [next, ...rest] = now.pending;
    if (next === undefined || now.card.ref === null) return undefined;
    const name = `${nameOf(subscription)}/${next.seq}`;
    const { turned = [] } = next;
    const groups = turned.length === 0 ? [] : await parts.mention(turned, name);
    // Another message mentions them, or a person is on it.
    const isDone = next.isLate === true && groups.length === 0;
    const refused = isDone
      ? undefined
      : await postReply({ name, thread: now.card.ref.ts, next, groups }, parts);
    if (refused !== undefined) {
      if (isNoAccess(refused)) for (const cluster of turned) await parts.returnMention(cluster, name);
      return failed(refused);
    }
    const stopped = await store({ ...now, pending: rest }, keep);
    if (stopped !== undefined) return stopped;
  }
};

interface Reply {
  readonly name: string;
  readonly thread: string;
  readonly next: Watch['pending'][number];
  /** The groups that it mentions. */
  readonly groups: readonly string[];
}

const postReply = async (
  { name, thread, next, groups }: Reply,
  { subscription, poster, open }: PostChangesParts,
): Promise<SlackFailure | undefined> => {
  // People on call are mentioned where they see it.
  const broadcast = (subscription.broadcast && isBroadcast(next)) || groups.length > 0;
  const target = { channel: subscription.channel, thread, name, since: next.at, broadcast };
  const posted = await poster.post(target, renderChanges(subscription, next, { groups, open }));
  return posted.ok ? undefined : posted.error;
};

/** Hashes the contents of the card, without the time of the poll. */
const shownBy = (
  subscription: Subscription,
  watch: Watch,
  { open, links }: Pick<PostChangesParts, 'open' | 'links'>,
): string => {
  const { blocks } = renderSubscriptionCard({
    ...subscription,
    ...watch,
    look: { ...watch.look, at: 0 },
    open,
    links,
  });
  return createHash('sha256').update(JSON.stringify(blocks)).digest('base64');
};
