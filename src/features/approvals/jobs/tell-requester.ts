import { renderApprovalNotice } from '../cards/notice.message';
import { requestKinds } from '../plans/kinds';
import type { ApprovalRecord, RequestState } from '../requests/request';
import { describeFailure } from '../../../slack/api/call';
import type { JobRun } from '../../../queue/define';
import type { Poster } from '../../../slack/api/poster';

type Notice = Parameters<typeof renderApprovalNotice>;
type Tools = { readonly poster: Pick<Poster, 'post'> };

const what = ({ request }: ApprovalRecord): string => requestKinds[request.kind].yours(request);

/** Messages by state; none for states that the requester caused, or that last only a moment. */
const words: Partial<Record<RequestState, (record: ApprovalRecord) => Notice | undefined>> = {
  approved: (record) =>
    requestKinds[record.request.kind].startedBy === 'requester'
      ? [
          'done',
          `${what(record)} is approved: reveal the token within 15 minutes, on its card or on the Home tab of this app`,
        ]
      : undefined,
  denied: (record) => {
    const reason = record.decision?.reason ?? '';
    return ['refused', `${what(record)} is denied${reason === '' ? '' : `: ${reason}`}`];
  },
  expired: (record) => ['refused', `${what(record)} has expired: submit a new request`],
  failed: (record) => ['refused', `${what(record)} has failed: ${record.outcome?.message ?? 'see its card'}`],
  done: (record) =>
    requestKinds[record.request.kind].startedBy === 'bot'
      ? ['done', `${what(record)} is done: ${record.outcome?.message ?? ''}`]
      : undefined,
};

/**
 * Tells the requester the state of the request in a direct message, since they need not be in the channel of the
 * approvers. Once for each state; nothing depends on it, since the card and App Home say the same.
 */
export const tellRequester = async (
  record: ApprovalRecord,
  { poster }: Tools,
  log: JobRun['log'],
): Promise<void> => {
  const notice = words[record.state]?.(record);
  if (notice !== undefined) await post(record, record.state, notice, { poster }, log);
};

/** Tells the requester that the owner of one side has approved, and which side still needs its yes. */
export const tellRequesterOfYes = (
  record: ApprovalRecord,
  {
    by,
    given,
    open,
  }: { readonly by: string; readonly given: readonly string[]; readonly open: readonly string[] },
  { poster }: Tools,
  log: JobRun['log'],
): Promise<void> => {
  const [approved, awaited] = [given, open].map((clusters) => `the owner of "${clusters.join('" and "')}"`);
  const text = `${what(record)} is approved by ${approved}; it still needs approval from ${awaited}`;
  return post(record, `yes/${by}`, ['waiting', text], { poster }, log);
};

const post = async (
  { request: { id, requester, createdAt } }: ApprovalRecord,
  name: string,
  notice: Notice,
  { poster }: Tools,
  log: JobRun['log'],
): Promise<void> => {
  const target = { channel: requester, name: `approval/${id}/${name}`, since: createdAt };
  const posted = await poster.post(target, renderApprovalNotice(...notice));
  if (!posted.ok)
    log.warn({ approval: id, reason: describeFailure(posted.error) }, 'could not notify a requester');
};
