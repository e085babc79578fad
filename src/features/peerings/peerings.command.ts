import type { Message } from '../../render/slack/limits';
import { defineAction, defineCommand, type SlackContext } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';
import { isPattern } from '../../config/match-clusters';
import { listPeeringsJob } from './list-peerings-job';
import { peeringsButtons } from './peerings-buttons';

/** Queues the request; returns a message if it could not be queued. */
const queuePeerings = async (words: readonly string[], context: SlackContext): Promise<Message | undefined> =>
  queueProblem(await context.enqueue(listPeeringsJob, { words: [...words], ...requesterOf(context) }));

export const peeringsSlackCommand = defineCommand()({
  name: 'peerings',
  usage: 'peerings [CLUSTER…|GLOB|SELECTOR]',
  summary: 'lists who peers with whom, with the state on each side',
  args: [
    { name: 'cluster', kind: 'pattern', optional: true },
    { name: 'others', kind: 'words', optional: true },
  ],
  decidedBy: 'job',
  // Of several, the job selects the clusters that the person may see.
  access: ({ cluster, others = [] }) =>
    cluster === undefined || isPattern(cluster) || others.length > 0 ? [] : [cluster],
  run: ({ args: { cluster = 'all', others = [] }, ...context }) =>
    queuePeerings([cluster, ...others], context),
});

/** Lists the peerings of the same clusters again, in a new message. */
export const peeringsAgain = defineAction()({
  button: peeringsButtons.runAgain,
  command: 'peerings',
  access: () => [],
  run: ({ value: { words }, ...context }) => queuePeerings(words.split(' '), context),
});
