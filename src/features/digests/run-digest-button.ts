import { manageDigest } from './manage-digest';
import { renderFailure } from '../../render/slack/failure';
import { decodeDigest, digestActionIds } from './digest-button-values';
import { defineAction } from '../../slack/define';
import { requesterOf } from '../../slack/requester';

/** Buttons that run or change a digest, as the command does. */
const changing = (id: string, kind: 'run' | 'pause' | 'resume') =>
  defineAction()({
    id,
    command: 'digest',
    decode: decodeDigest,
    access: () => [],
    run: async ({ value: { id: digest }, ...context }) => {
      const request = { wish: { kind, id: digest }, ...requesterOf(context) };
      const queued = await context.enqueue(manageDigest, request);
      return queued.kind === 'failed' ? renderFailure({ kind: 'queue-down' }) : undefined;
    },
  });

export const runDigestNow = changing(digestActionIds.run, 'run');
export const pauseDigest = changing(digestActionIds.pause, 'pause');
export const resumeDigest = changing(digestActionIds.resume, 'resume');
