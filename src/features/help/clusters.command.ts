import { visibleOrNone } from '../../access/visible-clusters';
import { within } from '../../queue/within';
import { renderClusters } from './help.message';
import type { Reports } from '../history';
import { defineCommand } from '../../slack/define';

export const clustersCommand = defineCommand<{ readonly reports: Reports }>()({
  name: 'clusters',
  usage: 'clusters',
  summary: 'lists the configured clusters with their latest verdicts',
  args: [],
  decidedBy: 'listener',
  access: () => [],
  run: async ({ deadline, reports, ...context }) => {
    const visible = await visibleOrNone(context.actor, 'check', context);
    const shown = visible.flatMap((name) => context.config.clusters.get(name) ?? []);
    // Without Redis the list is still useful.
    const reading = reports.latest(shown.map(({ name }) => name));
    const latest = await within(Math.max(0, deadline - Date.now()), reading).catch(() => undefined);
    return renderClusters(
      shown.map(({ name, datacenter, peers }) => ({
        name,
        datacenter,
        peers: Object.keys(peers).filter((peer) => visible.includes(peers[peer] ?? '')),
        last: latest === undefined ? 'unread' : latest.get(name),
      })),
    );
  },
});
