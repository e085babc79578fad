import { defineCommand } from '../../../slack/define';
import { renderPairForm } from './pair-form.modal';
import { clustersFor, noForm, pairRequest, submitRequest, usages } from '../new-requests/new-request';
import type { SealServices } from '../jobs/seal-job';

const pairCommandOf = (kind: 'disconnect' | 'renew', summary: string) =>
  defineCommand<SealServices>()({
    name: kind,
    usage: usages[kind],
    summary,
    args: [
      { name: 'acceptor', kind: 'cluster' },
      { name: 'dialer', kind: 'cluster' },
      { name: 'reason', kind: 'rest', optional: true },
    ],
    decidedBy: 'job',
    access: ({ acceptor, dialer }) => [acceptor, dialer],
    run: ({ args, ...context }) => submitRequest(pairRequest(kind, args, context), context),
    form: async ({ args: { acceptor, dialer }, ...context }) => {
      const clusters = await clustersFor(kind, context);
      const options = { channel: context.actor.channel, clusters, acceptor, dialer };
      return noForm(clusters, context) ?? renderPairForm(kind, options);
    },
  });

export const disconnectCommand = pairCommandOf(
  'disconnect',
  'requests to end the peering of two clusters, on both sides; needs peering_token with peering = "write" on both',
);

export const renewCommand = pairCommandOf(
  'renew',
  'requests a new token for a peering and uses it on the same dialer; needs peering_token with peering = "write" on both',
);
