import type { Enqueued } from '../queue/producer';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';

/** Returns what to tell the requester if a job was not queued, or if that is not confirmed; undefined if it was. */
export const queueProblem = ({ kind }: Enqueued): Message | undefined => {
  if (kind === 'failed') return renderFailure({ kind: 'queue-down' });
  return kind === 'unsure' ? renderFailure({ kind: 'queue-unsure' }) : undefined;
};
