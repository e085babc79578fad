import { actorOf } from '../../../access/actor';
import type { Message } from '../../../render/slack/limits';
import type { MessageRef } from '../../../slack/api/message-ref';
import { type Readiness, renderApprovalCard } from '../cards/card.message';
import { approvalChannels, yesesNeededBy } from '../approvers/yeses';
import { renderApprovalNotice } from '../cards/notice.message';
import type { ApprovalRecord } from '../requests/request';
import { success } from '../../../result';
import { isGone, type SlackAnswer } from '../../../slack/api/call';
import type { ApprovalServices } from './sealed-job';
import { requestClusters } from '../requests/clusters';
import { findOtherSide } from './find-other-side';
import type { TokenServices } from './services';

export interface CardTools extends Pick<ApprovalServices, 'config' | 'poster' | 'reports' | 'authorizer'> {
  readonly tokens: Pick<TokenServices, 'approvals'>;
}

type CardField = 'card' | 'otherCard';

const cardFields = ['card', 'otherCard'] as const;

/** A card to edit, or to post if there is none. */
interface ShownCard {
  readonly field: CardField;
  readonly ref: MessageRef | null;
  readonly channel: string;
  /** The card of a channel in which the request is no longer decided, and whose place this one takes. */
  readonly former: MessageRef | null;
}

/** Returns the card in each channel in which a request is decided. The channel of an owner may have changed. */
const cardsOf = (
  record: Pick<ApprovalRecord, CardField>,
  channels: readonly string[],
): readonly ShownCard[] => {
  const kept = cardFields.flatMap((field): ShownCard[] => {
    const ref = record[field];
    return ref === null ? [] : [{ field, ref, channel: ref.channel, former: null }];
  });
  const missing = channels.filter((channel) => kept.every((one) => one.channel !== channel));
  const free = cardFields
    .filter((field) => !channels.includes(record[field]?.channel ?? ''))
    .toSorted((a, b) => Number(record[a] !== null) - Number(record[b] !== null));
  const added = missing.flatMap((channel, at): ShownCard[] => {
    const field = free[at];
    return field === undefined ? [] : [{ field, ref: null, channel, former: record[field] }];
  });
  return [...kept.filter(({ field }) => added.every((one) => one.field !== field)), ...added];
};

/**
 * Shows the present state of a request on its card, or on the cards of both owners. A card that was deleted is posted again.
 * Returns the first failure.
 */
export const showCard = async (
  id: string,
  tools: CardTools,
  progress?: string,
): Promise<SlackAnswer<undefined>> => {
  const { approvals } = tools.tokens;
  // Read right before it is shown: a decision may have come meanwhile.
  const record = await approvals.find(id);
  if (typeof record === 'string') return success(undefined);
  const channels = approvalChannels(record.request, tools.config);
  const cards = cardsOf(record, channels);
  if (cards.length === 0) return success(undefined);
  const message = renderApprovalCard({
    ...record,
    readiness: await readinessOf(record, tools),
    needed: yesesNeededBy(record.request, tools.config) ?? [],
    progress,
  });
  let failed: SlackAnswer<undefined> | undefined;
  let mayBeOld = false;
  for (const card of cards) {
    const isCurrent = channels.includes(card.channel);
    const shown = await showOne(card, { record, isCurrent, message }, tools, progress !== undefined);
    if (!shown.ok) failed ??= shown;
    // An earlier attempt may have posted an older state, which the sweeper edits.
    if (card.ref === null && record.state !== 'pending') mayBeOld = true;
  }
  if (failed) return failed;
  if (progress === undefined && !mayBeOld) await approvals.cardShown(record);
  return success(undefined);
};

/** Edits or posts the card in one channel. */
const showOne = async (
  { field, ref, channel, former }: ShownCard,
  {
    record: { request },
    isCurrent,
    message,
  }: { readonly record: ApprovalRecord; readonly isCurrent: boolean; readonly message: Message },
  { poster, tokens }: CardTools,
  isProgress: boolean,
): Promise<SlackAnswer<undefined>> => {
  if (ref !== null) {
    const edited = isProgress ? await poster.tryEdit(ref, message) : await poster.edit(ref, message);
    if (edited.ok || !isGone(edited.error)) return edited;
    if (!isCurrent) return success(undefined);
  }
  const base = `approval/${request.id}${field === 'card' ? '' : `/in/${channel}`}`;
  // Each card that was deleted or replaced is followed by one new card, so the name contains the earlier one.
  const earlier = ref ?? former;
  const name = `${base}${earlier === null ? '' : `/${earlier.ts}`}`;
  const posted = await poster.post({ channel, name, since: request.createdAt }, message);
  if (!posted.ok) return posted;
  await tokens.approvals.setCard(request.id, posted.value, field);
  if (former !== null) await poster.tryEdit(former, movedAway);
  return success(undefined);
};

const movedAway = renderApprovalNotice(
  'unclear',
  'this request is decided in another channel: the cluster has another owner now',
);

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
