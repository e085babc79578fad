import { pairRequest, submitRequest, usages } from './new-request';
import type { SealServices } from './seal-job';
import { defineCommand } from '../../slack/define';

export const renewCommand = defineCommand<SealServices>()({
  name: 'renew',
  usage: usages.renew,
  summary:
    'requests a new token for a peering and uses it on the same dialer; needs peering_token with peering = "write" on both',
  args: [
    { name: 'acceptor', kind: 'cluster' },
    { name: 'dialer', kind: 'cluster' },
    { name: 'reason', kind: 'rest', optional: true },
  ],
  decidedBy: 'job',
  access: ({ acceptor, dialer }) => [acceptor, dialer],
  run: ({ args, ...context }) => submitRequest(pairRequest('renew', args, context), context),
});
