import { voidTokenJob } from './void-token-job';
import { approvalButtons } from '../cards/buttons';
import { queueSealed, type SealServices } from '../jobs/seal-job';
import { defineAction } from '../../../slack/define';

/** Voids a token that may have been generated and was not shown. */
export const voidUnseenToken = defineAction<SealServices>()({
  button: approvalButtons.void,
  decidedBy: 'request',
  request: ({ request }) => request,
  run: ({ value: { request, fingerprint }, ...context }) =>
    queueSealed(voidTokenJob, { request, fingerprint }, context),
});
