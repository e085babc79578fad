import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { SlackContext } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';
import { checkFleetJob } from './check-fleet-job';
import { fleetKey, type FleetRequest } from './fleet-request';

/** Queues a check of several clusters; returns a message if it could not, or if the person already runs the same. */
export const queueFleet = async (
  what: Pick<FleetRequest, 'words' | 'short'>,
  context: SlackContext,
): Promise<Message | undefined> => {
  const request = { ...what, ...requesterOf(context) };
  const queued = await context.enqueue(checkFleetJob, request, { key: fleetKey(request) });
  return queued.kind === 'joined'
    ? renderFailure({ kind: 'joined', cluster: what.words.join(' ') })
    : queueProblem(queued);
};
