import type { RequestFailure } from '../../../render/failure';
import { renderFailure } from '../../../render/slack/failure';
import { defineCommand } from '../../../slack/define';
import { visibleOrNone } from '../../../access/visible-clusters';
import { type LatestPeersServices, readLatestPeers } from '../../history';
import { renderExportForm } from './export-form.modal';
import { exportTargets } from './export-targets';
import { clustersFor, noForm, submitRequest, usages } from '../new-requests/new-request';
import type { ExportKind } from '../plans/plan-export';
import type { SealServices } from '../jobs/seal-job';

const exportCommandOf = (kind: ExportKind, summary: string) =>
  defineCommand<SealServices & LatestPeersServices>()({
    name: kind,
    usage: usages[kind],
    summary,
    args: [
      { name: 'service', kind: 'word' },
      { name: 'from', kind: 'word' },
      { name: 'acceptor', kind: 'cluster' },
      { name: 'to', kind: 'word' },
      { name: 'peer', kind: 'word' },
      { name: 'reason', kind: 'rest', optional: true },
    ],
    decidedBy: 'job',
    access: ({ acceptor }) => [acceptor],
    run: async ({ args: { service, from, acceptor, to, peer, reason = '' }, ...context }) => {
      if (from !== 'from' || to !== 'to') return renderFailure(misspelt(kind));
      return submitRequest({ kind, acceptor, peer, service, reason }, context);
    },
    form: async ({ args: { service, acceptor }, ...context }) => {
      const all = await clustersFor(kind, context);
      const none = noForm(all, context);
      if (none) return none;
      const seen = await readLatestPeers(kind, acceptor, context);
      const clusters = all.filter((name) => acceptor === undefined || name === acceptor);
      const visible = await visibleOrNone(context.actor, kind, context);
      const targets = exportTargets(clusters, context.config, { seen, visible });
      return (
        renderExportForm(kind, { channel: context.actor.channel, targets, service }) ??
        renderFailure({ kind: 'usage', problem: noPeer, usage: `/peering ${usages[kind]}` })
      );
    },
  });

const noPeer = 'no peer of these clusters is known to choose from';

const misspelt = (kind: ExportKind): RequestFailure => ({
  kind: 'usage',
  problem: 'expected a service, "from" and a cluster, "to" and a peer of it',
  usage: `/peering ${usages[kind]}`,
});

export const exportCommand = exportCommandOf(
  'export',
  'requests to export a service to a peer; needs peering_token with mesh = "write"',
);

export const unexportCommand = exportCommandOf(
  'unexport',
  'requests to end the export of a service to a peer; needs peering_token with mesh = "write"',
);
