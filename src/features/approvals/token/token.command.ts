import { renderTokenForm } from './token-form.modal';
import type { SealServices } from '../jobs/seal-job';
import { submitRequest, clustersFor, noForm, usages } from '../new-requests/new-request';
import { defineCommand } from '../../../slack/define';

export const tokenCommand = defineCommand<SealServices>()({
  name: 'token',
  usage: usages.token,
  summary: 'requests a peering token; after another person approves, it is shown once, only to you',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'peer', kind: 'word' },
    { name: 'rest', kind: 'rest', optional: true },
  ],
  decidedBy: 'job',
  access: ({ cluster }) => [cluster],
  run: ({ args: { cluster, peer, rest = '' }, ...context }) => {
    const [, replace, reason = ''] = /^(replace(?=\s|$))?\s*(.*)$/su.exec(rest) ?? [];
    return submitRequest(
      { kind: 'token', acceptor: cluster, peer, replace: replace !== undefined, reason },
      context,
    );
  },
  form: async ({ args: { cluster }, ...context }) => {
    const clusters = await clustersFor('token', context);
    return (
      noForm(clusters, context) ??
      renderTokenForm({ channel: context.actor.channel, clusters, chosen: cluster })
    );
  },
});
