import { manageDigest } from './manage-digest';
import { digestButtons } from './digest-buttons';
import { defineAction } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';

/** Handles a click that runs or changes a digest, as the command does. */
const changeDigest = (kind: 'run' | 'pause' | 'resume') =>
  defineAction()({
    button: digestButtons[kind],
    command: 'digest',
    access: () => [],
    run: async ({ value: id, ...context }) => {
      const request = { change: { kind, id }, ...requesterOf(context) };
      const queued = await context.enqueue(manageDigest, request);
      return queueProblem(queued);
    },
  });

export const runDigestNow = changeDigest('run');
export const pauseDigest = changeDigest('pause');
export const resumeDigest = changeDigest('resume');
