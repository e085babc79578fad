import type { ModalView } from '@slack/types';
import { renderFailure } from '../../../render/slack/failure';
import type { Message } from '../../../render/slack/limits';
import { describeFailure } from '../../../slack/api/call';
import { type ConfirmContext, findClicked, recordRefusedClick } from '../decisions/confirm';
import { renderUndoForm } from '../decisions/confirm.modal';
import { describeState, noRequest, notUndoer, otherRequest } from '../cards/describe-state';
import { requestClusters } from '../requests/clusters';
import { fingerprintOf } from '../requests/fingerprint';
import { requestKinds } from '../plans/kinds';
import { renderApprovalNotice } from '../cards/notice.message';
import type { ApprovalRequest } from '../requests/request';

/** Makes the modal in which Undo is confirmed. As for a decision, its contents come only from the verified record. */
export const undoModal = async (context: ConfirmContext): Promise<ModalView | Message> => {
  const { value, actor } = context;
  const found = await findClicked(context);
  if (found === undefined || requestKinds[found.request.kind].undo !== true) return noRequest;
  const { request, state, outcome } = found;
  const refused = await refusedUndo(request, context);
  if (refused) return refused;
  if (value.fingerprint !== undefined && value.fingerprint !== fingerprintOf(request)) {
    await recordRefusedClick('undo: the message showed another request', request, context);
    return otherRequest;
  }
  if (state !== 'done') return renderApprovalNotice('unclear', `nothing to undo: ${describeState(found)}`);
  if (outcome?.undone === true) return renderApprovalNotice('unclear', 'the change is already undone');
  return renderUndoForm(request, actor.channel);
};

/** Refuses people who may not undo before they see the request. The job asks again, without a cache. */
const refusedUndo = async (
  request: ApprovalRequest,
  context: ConfirmContext,
): Promise<Message | undefined> => {
  const { id, actor, authorizer, approvers, log } = context;
  if (approvers === undefined) return renderFailure({ kind: 'not-set-up', cluster: null });
  if (actor.team !== request.team) {
    await recordRefusedClick('undo: user of another workspace', request, context);
    return renderFailure({ kind: 'other-team' });
  }
  const permission = { command: request.kind, clusters: requestClusters(request) };
  const own = actor.user === request.requester;
  // As in the job, the requester's permission counts for the channel of the request.
  const answer = own
    ? await authorizer.authorize({ ...actor, channel: request.channel }, permission)
    : await approvers.authorize(actor, permission);
  if (!answer.ok) {
    log.error({ reason: describeFailure(answer.error) }, 'could not ask Slack who the person is');
    return renderFailure({ kind: 'unexpected', requestId: id });
  }
  if (answer.value.kind === 'allowed') return undefined;
  await recordRefusedClick('undo: neither requester nor approver', request, context);
  return renderApprovalNotice('refused', notUndoer);
};
