import type { KnownBlock, ModalView } from '@slack/types';
import { code, sentence } from '../../../render/escape';
import { form } from '../../../render/slack/form';
import { context, section } from '../../../render/slack/blocks';
import { packLines } from '../../../render/slack/limits';
import { shownRequest } from '../cards/buttons';
import { requestLines } from '../cards/card.message';
import { type ExportKind, exportedWords, undoneBy } from '../plans/plan-export';
import type { ApprovalRequest } from '../requests/request';
import { approvalFormIds, reasonInput } from '../new-requests/form-parts.modal';

/** Renders the modal in which an approver reads a request again and decides. Its texts may be hostile. */
export const renderConfirmForm = (
  verdict: 'approved' | 'denied',
  request: ApprovalRequest,
  channel: string,
  sides: readonly string[] = [],
): ModalView => {
  const { request: id, fingerprint } = shownRequest(request);
  const blocks: readonly KnownBlock[] = [
    ...requestLines(request).flatMap((lines) => packLines(lines).map(section)),
    ...(verdict === 'approved' ? packLines(sides).map(section) : []),
    context(`request ${code(id, 40)}`),
  ];
  const metadata = [id, channel, fingerprint];
  return verdict === 'approved'
    ? form(approvalFormIds.approve, 'Approve the request', metadata, 'Approve', [...blocks])
    : form(approvalFormIds.deny, 'Deny the request', metadata, 'Deny', [
        ...blocks,
        reasonInput('Shown on the card and sent to the requester'),
      ]);
};

/** Renders the modal in which a person reads what Undo changes, and confirms it. */
export const renderUndoForm = (request: ApprovalRequest, channel: string): ModalView => {
  const { request: id, fingerprint } = shownRequest(request);
  const after = exportedWords({ ...request, kind: undoneBy(request.kind as ExportKind) });
  return form(approvalFormIds.undo, 'Undo the change', [id, channel, fingerprint], 'Undo', [
    ...requestLines(request, { title: 'What was approved', warns: false }).flatMap((lines) =>
      packLines(lines).map(section),
    ),
    section(`*After Undo*\n• ${sentence(after, 600)}`),
    context(`only while nobody has changed the entry since · request ${code(id, 40)}`),
  ]);
};
