import { inspectAcl } from './inspect-acl';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { type Asked, defineCommand, type SlackTools } from '../../slack/define';
import { requesterOf } from '../../slack/requester';

export const acl = defineCommand({
  name: 'acl',
  usage: 'acl CLUSTER [ACCESSOR]',
  summary: 'shows whether tokens grant what peering needs, and which rule decides; only you see the answer',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'accessor', kind: 'word', optional: true },
  ],
  decidedBy: 'job',
  access: ({ cluster }) => [cluster],
  run: ({ cluster, accessor }, asked, tools) =>
    queueInspection(cluster, accessor ?? null, false, asked, tools),
});

/** Queues an inspection; answers where it could not be queued. */
export const queueInspection = async (
  cluster: string,
  accessor: string | null,
  share: boolean,
  asked: Asked,
  { enqueue }: Pick<SlackTools, 'enqueue'>,
): Promise<Message | undefined> => {
  const request = { cluster, accessor, share, ...requesterOf(asked) };
  const queued = await enqueue(inspectAcl, request, { id: asked.id }, asked);
  return queued.kind === 'failed' ? renderFailure({ kind: 'queue-down' }) : undefined;
};
