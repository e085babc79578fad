import { type AclRequest, inspectAcl } from './inspect-acl';
import type { Message } from '../../render/slack/limits';
import { defineCommand, type SlackContext } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';

export const aclCommand = defineCommand()({
  name: 'acl',
  usage: 'acl CLUSTER [ACCESSOR]',
  summary: 'shows whether tokens grant what peering needs, and which rule decides; only you see the answer',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'accessor', kind: 'word', optional: true },
  ],
  decidedBy: 'job',
  access: ({ cluster }) => [cluster],
  run: ({ args: { cluster, accessor = null }, ...context }) =>
    queueInspection({ cluster, accessor, share: false }, context),
});

/** Queues an inspection; returns a message if it could not be queued. */
export const queueInspection = async (
  inspection: Pick<AclRequest, 'cluster' | 'accessor' | 'share'>,
  context: SlackContext,
): Promise<Message | undefined> => {
  const queued = await context.enqueue(inspectAcl, { ...inspection, ...requesterOf(context) });
  return queueProblem(queued);
};
