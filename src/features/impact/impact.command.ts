import type { Message } from '../../render/slack/limits';
import { type FormServices, openCommandForm, openNamesForm } from '../../slack/command-form';
import { defineCommand, type SlackContext } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';
import { readLatestPeers, type LatestPeersServices } from '../history';
import { findImpactJob } from './find-impact-job';
import { impactForm, listParts, typedImpactForm } from './impact-form';
import type { ImpactRequest } from './impact-request';

export const impactCommand = defineCommand<LatestPeersServices & FormServices>()({
  name: 'impact',
  usage: 'impact CLUSTER SERVICE|PEER|GATEWAY',
  summary: 'lists the services that stop working if a service, a peer or a mesh gateway goes down',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'part', kind: 'word' },
  ],
  decidedBy: 'job',
  access: ({ cluster }) => [cluster],
  run: ({ args, ...context }) => queueImpact(args, context),
  form: async ({ args: { cluster }, ...context }) => {
    const seen = await readLatestPeers('impact', cluster, context);
    return (
      openNamesForm(
        impactForm,
        seen.map((one) => [one.cluster, listParts(one)] as const),
        context,
      ) ?? openCommandForm(typedImpactForm, context, cluster)
    );
  },
});

/** Queues the request; returns a message if it could not be queued. */
export const queueImpact = async (
  names: Pick<ImpactRequest, 'cluster' | 'part'>,
  context: SlackContext,
): Promise<Message | undefined> => {
  const queued = await context.enqueue(findImpactJob, { ...names, ...requesterOf(context) });
  return queueProblem(queued);
};
