import { approvalButtons } from './approval-buttons';
import { queueSealed, type SealServices } from './seal-job';
import { undoExportJob } from './undo-export-job';
import { defineAction } from '../../slack/define';

/** Undoes an approved change of exports, while nobody has changed the entry since. */
export const undoChange = defineAction<SealServices>()({
  button: approvalButtons.undo,
  decidedBy: 'request',
  request: ({ request }) => request,
  run: ({ value: { request, fingerprint }, ...context }) =>
    queueSealed(undoExportJob, { request, fingerprint }, context),
});
