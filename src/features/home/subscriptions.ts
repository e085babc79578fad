import type { Subscription, Subscriptions } from '../subscriptions';
import { matchesAny } from '../../config/match-clusters';
import { visibleOrNone } from '../../access/visible-clusters';
import type { SlackContext } from '../../slack/define';

/** The subscriptions that a person made, of the clusters whose subscriptions that person may still see. */
export const subscriptionsFor = async (
  context: SlackContext<{ readonly subscriptions: Pick<Subscriptions, 'all'> }>,
): Promise<readonly Subscription[]> => {
  const { actor, config, subscriptions } = context;
  const visible = await visibleOrNone(actor, 'subscriptions', context);
  return (await subscriptions.all())
    .filter(
      ({ cluster, owner, team }) =>
        owner === actor.user && team === actor.team && matchesAny(cluster, visible, config.owners),
    )
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
};
