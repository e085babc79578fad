import { renderConnectForm } from './connect-form.modal';
import type { SealServices } from '../jobs/seal-job';
import { submitRequest, clustersFor, noForm, pairRequest, usages } from '../new-requests/new-request';
import { defineCommand } from '../../../slack/define';

export const connectCommand = defineCommand<SealServices>()({
  name: 'connect',
  usage: usages.connect,
  summary:
    'requests to peer two clusters; after another person approves, the bot peers them and nobody sees a token',
  args: [
    { name: 'acceptor', kind: 'cluster' },
    { name: 'dialer', kind: 'cluster' },
    { name: 'reason', kind: 'rest', optional: true },
  ],
  decidedBy: 'job',
  access: ({ acceptor, dialer }) => [acceptor, dialer],
  run: ({ args, ...context }) => submitRequest(pairRequest('connect', args, context), context),
  form: async ({ args: { acceptor, dialer }, ...context }) => {
    const clusters = await clustersFor('connect', context);
    return (
      noForm(clusters, context) ??
      renderConnectForm({ channel: context.actor.channel, clusters, acceptor, dialer })
    );
  },
});
