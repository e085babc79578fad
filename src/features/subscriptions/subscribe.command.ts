import { openCommandForm } from '../../slack/command-form';
import { subscribeForm } from './subscribe-form';
import { visibleOrNone } from '../../access/visible-clusters';
import { isPattern, matchesAny } from '../../config/match-clusters';
import { accessTo } from '../../slack/access-to';
import { renderFailure } from '../../render/slack/failure';
import { renderNoMatch } from '../../slack/unknown-cluster';
import { subscribeTo } from './change-subscription';
import { defineCommand } from '../../slack/define';
import { parseSubscribe } from './parse-subscription';
import type { SubscribeServices } from './services';

const usage =
  'subscribe CLUSTER|GLOB|SELECTOR [severity:warning] [check:mesh-*] [peer:NAME] [every 5m] [broadcast:off]';

export const subscribeCommand = defineCommand<SubscribeServices & { readonly checkIds: readonly string[] }>()(
  {
    name: 'subscribe',
    usage,
    summary: 'watches a cluster, or all that match, and posts each change to this channel',
    args: [
      { name: 'cluster', kind: 'pattern' },
      { name: 'filters', kind: 'words', optional: true },
    ],
    decidedBy: 'listener',
    access: accessTo,
    run: async ({ args: { cluster, filters = [] }, ...context }) => {
      const parsed = parseSubscribe(filters, context.checkIds);
      if (!parsed.ok)
        return renderFailure({ kind: 'usage', problem: parsed.error, usage: `/peering ${usage}` });
      if (isPattern(cluster)) {
        const known = await visibleOrNone(context.actor, 'subscribe', context);
        if (!matchesAny(cluster, known, context.config.owners))
          return renderNoMatch(cluster, known, context.config);
      }
      return subscribeTo(cluster, parsed.value, context);
    },
    form: ({ args: { cluster }, ...context }) => openCommandForm(subscribeForm, context, cluster),
  },
);
