import { approvalFormIds } from '../../../src/features/approvals/new-requests/form-parts.modal';
import type { Workspace } from '../../../sandbox/workspace/workspace';

/** Waits for the modal that a click on Approve opened, and submits it. */
export const confirmApproval = async (
  slack: Pick<Workspace, 'until' | 'views' | 'submitView'>,
  who: string,
): Promise<void> => {
  await slack.until(
    () => slack.views(who).at(-1)?.content['callback_id'] === approvalFormIds.approve,
    'the modal that confirms',
    20_000,
  );
  await slack.submitView(who);
};
