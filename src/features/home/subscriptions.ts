import type { Subscription } from '../subscriptions/subscriptions.store';
import type { Asked, SlackTools } from '../../slack/define';
import { clustersOf } from '../../access/visible-clusters';

/** The subscriptions that a person made, of the clusters whose subscriptions that person may still see. */
export const subscriptionsFor = async (
  { actor }: Asked,
  tools: Pick<SlackTools, 'config' | 'authorizer' | 'subscriptions'>,
): Promise<readonly Subscription[]> => {
  const seen = new Set(await clustersOf(actor, 'subscriptions', tools));
  return (await tools.subscriptions.all())
    .filter(({ cluster, owner, team }) => owner === actor.user && team === actor.team && seen.has(cluster))
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
};
