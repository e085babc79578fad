import { actorOf } from '../../access/actor';
import { type Readiness, renderApprovalCard } from './card.message';
import type { ApprovalRecord } from './request';
import { success } from '../../result';
import { isGone, type SlackAnswer } from '../../slack/api/call';
import type { ApprovalServices } from './sealed-job';
import { requestClusters } from './examine';
import { findOtherSide } from './find-other-side';
import type { TokenServices } from './services';

export interface CardTools extends Pick<ApprovalServices, 'config' | 'poster' | 'reports' | 'authorizer'> {
  readonly tokens: Pick<TokenServices, 'approvals'>;
}

/** Shows the present state of a request on its card. If the card was deleted, posts it again. */
export const showCard = async (
  id: string,
  tools: CardTools,
  progress?: string,
): Promise<SlackAnswer<undefined>> => {
  const { approvals } = tools.tokens;
  // Read right before it is shown: a decision may have come meanwhile.
  const record = await approvals.find(id);
  if (typeof record === 'string' || tools.config.approvals === undefined) return success(undefined);
  const message = renderApprovalCard({
    ...record,
    readiness: await readinessOf(record, tools),
    approvers: tools.config.approvals.approvers,
    progress,
  });
  const since = record.request.createdAt;
  if (record.card !== null) {
    const edited =
      progress === undefined
        ? await tools.poster.edit(record.card, message)
        : await tools.poster.tryEdit(record.card, message);
    if (edited.ok || !isGone(edited.error)) {
      if (edited.ok && progress === undefined) await approvals.cardShown(record);
      return edited;
    }
  }
  // Each card that was deleted is followed by one new card, so the name contains the deleted one.
  const name = `approval/${id}${record.card === null ? '' : `/${record.card.ts}`}`;
  const posted = await tools.poster.post({ channel: tools.config.approvals.channel, name, since }, message);
  if (!posted.ok) return posted;
  await approvals.setCard(id, posted.value);
  // An earlier attempt may have posted an older state, which the sweeper edits.
  if (record.card !== null || record.state === 'pending') await approvals.cardShown(record);
  return success(undefined);
};

/**
 * Reads the newest stored verdicts of both sides, if they are configured. The other side of a token is shown only if the
 * requester may check it, and never if Slack does not answer.
 */
const readinessOf = async (
  { request }: ApprovalRecord,
  tools: Pick<ApprovalServices, 'config' | 'reports' | 'authorizer'>,
): Promise<readonly Readiness[]> => {
  const { config, reports } = tools;
  const requester = actorOf({ ...request, user: request.requester });
  const other = request.dialer === null ? await findOtherSide(request, requester, tools) : undefined;
  const named = [...requestClusters(request), ...(other === undefined ? [] : [other])];
  const known = [...new Set(named)].filter((name) => config.clusters.has(name));
  const latest = await reports.latest(known);
  return known.map((cluster) => {
    const newest = latest.get(cluster);
    return { cluster, verdict: newest?.verdict ?? null, errors: newest?.findings?.error ?? 0 };
  });
};
