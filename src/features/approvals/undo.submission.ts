import { confirmedIn } from './confirmed';
import { approvalFormIds } from './request-forms.modal';
import { queueSealed, type SealServices } from './seal-job';
import { undoExportJob } from './undo-export-job';
import { defineModal } from '../../slack/define';

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
