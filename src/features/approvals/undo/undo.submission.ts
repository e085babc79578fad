import { confirmedIn } from '../decisions/confirmed';
import { approvalFormIds } from '../new-requests/form-parts.modal';
import { queueSealed, type SealServices } from '../jobs/seal-job';
import { undoExportJob } from './undo-export-job';
import { defineModal } from '../../../slack/define';

/** Undoes the change that the modal showed, while nobody has changed the entry since. */
export const undoConfirmed = defineModal<SealServices>()({
  callbackId: approvalFormIds.undo,
  decidedBy: 'request',
  decode: confirmedIn,
  request: ({ request }) => request,
  channel: ({ channel }) => channel,
  run: ({ value: { request, fingerprint }, ...context }) =>
    queueSealed(undoExportJob, { request, fingerprint }, context),
});
