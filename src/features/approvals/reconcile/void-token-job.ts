import { defineApprovalJob } from '../jobs/define-approval-job';
import { renderApprovalNotice } from '../cards/notice.message';
import { showCard } from '../jobs/show-card';
import { describeState } from '../cards/describe-state';
import { VoidToken } from '../jobs/payloads';
import { reconcile } from './reconcile';

const refusal = {
  words: 'only the requester and the approvers can void a token',
  detail: 'neither requester nor approver',
};

/** Voids a token that was generated and may not have been shown: the sweeper would do it within an hour. */
export const voidTokenJob = defineApprovalJob<VoidToken['claim']>({
  name: 'void-token',
  payload: VoidToken,
  options: { attempts: 3, backoffMs: 1000 },
  kinds: ['token'],
  allowedFor: () => ({
    click: 'void',
    requester: { allow: 'permitted', refusal },
    approver: { allow: 'permitted', refusal },
  }),
  inState: 'unknown',

  late: ({ record, answer }) =>
    answer(renderApprovalNotice('unclear', `no token was voided: ${describeState(record)}`), 'late'),

  handle: async (context) => {
    const { record, claim, answer, log, attempt, attempts } = context;
    const reconciled = await reconcile(record, context, log, { by: claim.user });
    await showCard(record.request.id, context);
    if (reconciled.kind === 'reconciled')
      return answer(renderApprovalNotice('done', reconciled.message), 'voided');
    if (attempt < attempts) return { kind: 'retry', reason: 'unreadable' };
    const words = `no token was voided yet: ${reconciled.message}; the bot tries again automatically`;
    return answer(renderApprovalNotice('unclear', words), 'unreadable');
  },
});
