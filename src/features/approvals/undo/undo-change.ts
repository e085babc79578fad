import { approvalButtons } from '../cards/buttons';
import type { ConfirmServices } from '../decisions/confirm';
import { undoModal } from './confirm-undo';
import { defineAction } from '../../../slack/define';

/** Shows the change that would be undone, from its verified record; the submission undoes it. */
export const undoChange = defineAction<ConfirmServices>()({
  button: approvalButtons.undo,
  decidedBy: 'request',
  request: ({ request }) => request,
  modal: { title: 'Undo the change', fill: undoModal },
});
