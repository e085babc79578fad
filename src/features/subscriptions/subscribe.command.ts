import { renderFailure } from '../../render/slack/failure';
import { subscribeTo } from './change-subscription';
import { defineCommand } from '../../slack/define';
import { parseSubscribe } from './parse-subscription';

const usage = 'subscribe CLUSTER [severity:warning] [check:mesh-*] [peer:NAME] [every 5m]';

export const subscribe = defineCommand({
  name: 'subscribe',
  usage,
  summary: 'watches a cluster and posts each change to this channel',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'filters', kind: 'words', optional: true },
  ],
  decidedBy: 'listener',
  access: ({ cluster }) => [cluster],
  run: async ({ cluster, filters = [] }, asked, tools) => {
    const said = parseSubscribe(filters, tools.checkIds);
    return said.ok
      ? subscribeTo(cluster, said.value, asked, tools)
      : renderFailure({ kind: 'usage', problem: said.problem, usage: `/peering ${usage}` });
  },
});
