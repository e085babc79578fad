import { pairRequest, submitRequest, usages } from './new-request';
import type { SealServices } from './seal-job';
import { defineCommand } from '../../slack/define';

export const disconnectCommand = defineCommand<SealServices>()({
  name: 'disconnect',
  usage: usages.disconnect,
  summary:
    'requests to end the peering of two clusters, on both sides; needs peering_token with peering = "write" on both',
  args: [
    { name: 'acceptor', kind: 'cluster' },
    { name: 'dialer', kind: 'cluster' },
    { name: 'reason', kind: 'rest', optional: true },
  ],
  decidedBy: 'job',
  access: ({ acceptor, dialer }) => [acceptor, dialer],
  run: ({ args, ...context }) => submitRequest(pairRequest('disconnect', args, context), context),
});
