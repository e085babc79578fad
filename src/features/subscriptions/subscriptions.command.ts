import { matchesAny } from '../../config/match-clusters';
import { renderSubscriptions } from './notices.message';
import { defineCommand } from '../../slack/define';
import { visibleOrNone } from '../../access/visible-clusters';
import type { SubscribeServices } from './services';

export const subscriptionsCommand = defineCommand<SubscribeServices>()({
  name: 'subscriptions',
  usage: 'subscriptions',
  summary: 'lists the subscriptions of this channel, and yours in other channels',
  args: [],
  decidedBy: 'listener',
  access: () => [],
  run: async ({ actor, subscriptions: stored, ...context }) => {
    const { owners } = context.config;
    const visible = await visibleOrNone(actor, 'subscriptions', context);
    const all = (await stored.all())
      .filter(({ cluster }) => matchesAny(cluster, visible, owners))
      .sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
    return renderSubscriptions(
      all.filter(({ channel }) => channel === actor.channel),
      all.filter(({ channel, owner }) => channel !== actor.channel && owner === actor.user),
    );
  },
});
