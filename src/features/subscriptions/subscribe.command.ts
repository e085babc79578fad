import { renderFailure } from '../../render/slack/failure';
import { subscribeTo } from './change-subscription';
import { defineCommand } from '../../slack/define';
import { parseSubscribe } from './parse-subscription';
import type { SubscribeServices } from './services';

const usage = 'subscribe CLUSTER [severity:warning] [check:mesh-*] [peer:NAME] [every 5m]';

export const subscribeCommand = defineCommand<SubscribeServices & { readonly checkIds: readonly string[] }>()(
  {
    name: 'subscribe',
    usage,
    summary: 'watches a cluster and posts each change to this channel',
    args: [
      { name: 'cluster', kind: 'cluster' },
      { name: 'filters', kind: 'words', optional: true },
    ],
    decidedBy: 'listener',
    access: ({ cluster }) => [cluster],
    run: async ({ args: { cluster, filters = [] }, ...context }) => {
      const parsed = parseSubscribe(filters, context.checkIds);
      return parsed.ok
        ? subscribeTo(cluster, parsed.value, context)
        : renderFailure({ kind: 'usage', problem: parsed.error, usage: `/peering ${usage}` });
    },
  },
);
