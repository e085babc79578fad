import { defineApprovalJob } from '../jobs/define-approval-job';
import { describeState, notUndoer } from '../cards/describe-state';
import { showCard } from '../jobs/show-card';
import { undoExport } from '../export/export-service';
import { renderApprovalNotice } from '../cards/notice.message';
import { UndoExport } from '../jobs/payloads';
import { withSides } from '../runs/sides';
import { failure } from '../../../result';

const refusal = { words: notUndoer, detail: 'neither requester nor approver' };

/** Puts the entry back as it was before an approved change, while it is as that change has left it. */
export const undoExportJob = defineApprovalJob<UndoExport['claim']>({
  name: 'undo-export',
  payload: UndoExport,
  // A repeat finds the entry changed by the first attempt.
  options: { attempts: 1, backoffMs: 1000 },
  kinds: ['export', 'unexport'],
  allowedFor: () => ({
    click: 'undo',
    requester: { allow: 'permitted', refusal },
    approver: { allow: 'permitted', refusal },
  }),
  inState: 'done',

  late: ({ record, answer }) =>
    answer(renderApprovalNotice('unclear', `nothing was undone: ${describeState(record)}`), 'late'),

  handle: async (context) => {
    const { record, claim, answer, tokens, log } = context;
    const { id } = record.request;
    if (claim.fingerprint === undefined)
      return answer(renderApprovalNotice('unclear', 'nothing was undone: click Undo on the card'), 'unbound');
    const undone = await withSides(record.request, context, (sides) =>
      undoExport(record, sides, tokens.approvals, {
        person: claim.user,
        team: claim.team,
        click: context.id,
      }),
    );
    const result = undone.ok ? undone.value : failure({ as: 'refused', message: undone.error });
    if (!result.ok) {
      const { as, message } = result.error;
      log.info({ approval: id, reason: as }, 'nothing was undone');
      return answer(renderApprovalNotice('refused', `nothing was undone: ${message}`), as);
    }
    const undo = { by: claim.user, at: Date.now() };
    await tokens.approvals.amendOutcome(id, { message: result.value, facts: [], undone: true, undo });
    await showCard(id, context);
    return answer(renderApprovalNotice('done', result.value), 'undone');
  },
});
