import { renderSubscriptions } from './notices.message';
import { defineCommand } from '../../slack/define';
import { clustersOf } from '../../access/visible-clusters';

export const subscriptions = defineCommand({
  name: 'subscriptions',
  usage: 'subscriptions',
  summary: 'lists the subscriptions of this channel, and yours in other channels',
  args: [],
  decidedBy: 'listener',
  access: () => [],
  run: async (_, { actor }, tools) => {
    const seen = new Set(await clustersOf(actor, 'subscriptions', tools));
    const all = (await tools.subscriptions.all())
      .filter(({ cluster }) => seen.has(cluster))
      .sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
    return renderSubscriptions(
      all.filter(({ channel }) => channel === actor.channel),
      all.filter(({ channel, owner }) => channel !== actor.channel && owner === actor.user),
    );
  },
});
