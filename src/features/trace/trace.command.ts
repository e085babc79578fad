import type { Message } from '../../render/slack/limits';
import { type FormServices, openCommandForm, openNamesForm } from '../../slack/command-form';
import { defineCommand, type SlackContext } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';
import { readLatestPeers, type LatestPeersServices } from '../history';
import { traceCall } from './trace-call';
import { listCalls, traceForm, typedTraceForm } from './trace-form';
import type { TraceRequest } from './trace-request';

export const traceCommand = defineCommand<LatestPeersServices & FormServices>()({
  name: 'trace',
  usage: 'trace CLUSTER SERVICE DESTINATION [PEER]',
  summary: 'follows a call from a service to a service of a peer, hop by hop, and shows where it breaks',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'service', kind: 'word' },
    { name: 'destination', kind: 'word' },
    { name: 'peer', kind: 'word', optional: true },
  ],
  decidedBy: 'job',
  access: ({ cluster }) => [cluster],
  run: ({ args: { peer = null, ...names }, ...context }) => queueTrace({ ...names, peer }, context),
  form: async ({ args, ...context }) => {
    const seen = await readLatestPeers('trace', args.cluster, context);
    return (
      openNamesForm(
        traceForm,
        seen.map((one) => [one.cluster, listCalls(one, args)] as const),
        context,
      ) ?? openCommandForm(typedTraceForm, context, args.cluster)
    );
  },
});

/** Queues a trace; returns a message if it could not be queued. */
export const queueTrace = async (
  names: Pick<TraceRequest, 'cluster' | 'service' | 'destination' | 'peer'>,
  context: SlackContext,
): Promise<Message | undefined> => {
  const queued = await context.enqueue(traceCall, { ...names, ...requesterOf(context) });
  return queueProblem(queued);
};
