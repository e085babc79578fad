import type { ModalView } from '@slack/types';
import type { AuditEvent } from '../../../access/audit-event';
import type { Authorizer } from '../../../access/authorizer';
import { visibleClusters } from '../../../access/visible-clusters';
import { renderFailure } from '../../../render/slack/failure';
import type { Message } from '../../../render/slack/limits';
import { digestOf } from '../../../signing/sign';
import { describeFailure } from '../../../slack/api/call';
import type { SlackContext } from '../../../slack/define';
import type { ShownRequest } from '../cards/buttons';
import type { Approvals } from '../store/approvals';
import { isShownWhole, sideLines } from '../cards/card.message';
import { renderConfirmForm } from './confirm.modal';
import {
  describeState,
  noRequest,
  notAnApprover,
  notShownWhole,
  otherRequest,
  ownRequest,
} from '../cards/describe-state';
import { requestClusters } from '../requests/clusters';
import { fingerprintOf } from '../requests/fingerprint';
import { renderApprovalNotice } from '../cards/notice.message';
import type { ApprovalRecord, ApprovalRequest } from '../requests/request';
import type { SealServices } from '../jobs/seal-job';
import { yesesNeededBy } from '../approvers/yeses';

export interface ConfirmServices extends SealServices {
  /** Reads and verifies stored requests; absent if no signing key is set. */
  readonly signed: { readonly approvals: Pick<Approvals, 'find'> } | undefined;
  /** Decides who may approve; absent if approvals are not set up. */
  readonly approvers: Authorizer | undefined;
  readonly record: (event: AuditEvent) => Promise<void>;
}

export type ConfirmContext = SlackContext<ConfirmServices> & { readonly value: ShownRequest };

/** Finds the request of a click; undefined, and a line in the log, if there is none that this bot made. */
export const findClicked = async ({
  value,
  signed,
  log,
}: ConfirmContext): Promise<ApprovalRecord | undefined> => {
  const found = (await signed?.approvals.find(value.request)) ?? 'missing';
  if (typeof found !== 'string') return found;
  log.error({ approval: value.request, reason: found }, 'a click on an unknown request');
  return undefined;
};

/**
 * Makes the modal in which a decision is confirmed. Its contents come only from the verified record: a card can be
 * replaced by an attacker who has read a response URL, a modal cannot.
 */
export const confirmModal = async (
  verdict: 'approved' | 'denied',
  context: ConfirmContext,
): Promise<ModalView | Message> => {
  const { value, actor, config } = context;
  const found = await findClicked(context);
  if (found === undefined) return noRequest;
  const { request, state } = found;
  const refused = await refusedDecision(verdict, request, context);
  if (refused) return refused;
  if (value.fingerprint !== undefined && value.fingerprint !== fingerprintOf(request)) {
    await recordRefusedClick(`${verdict}: the message showed another request`, request, context);
    return otherRequest;
  }
  if (state !== 'pending') return renderApprovalNotice('unclear', `too late: ${describeState(found)}`);
  if (verdict === 'approved' && !isShownWhole(request)) return notShownWhole;
  const needed = yesesNeededBy(request, config) ?? [];
  return renderConfirmForm(verdict, request, actor.channel, sideLines({ ...found, needed }));
};

/** Refuses people who may not decide before they see the request. The job asks again, without a cache. */
const refusedDecision = async (
  verdict: 'approved' | 'denied',
  request: ApprovalRequest,
  context: ConfirmContext,
): Promise<Message | undefined> => {
  const { id, actor, approvers, config, log } = context;
  const refuse = async (message: Message, why: string): Promise<Message> => {
    await recordRefusedClick(`${verdict}: ${why}`, request, context);
    return message;
  };
  if (approvers === undefined) return renderFailure({ kind: 'not-set-up', cluster: null });
  if (actor.team !== request.team)
    return refuse(renderFailure({ kind: 'other-team' }), 'user of another workspace');
  if (actor.user === request.requester)
    return refuse(renderApprovalNotice('refused', ownRequest[verdict]), 'own request');
  const answer = await visibleClusters(
    actor,
    request.kind,
    { config, authorizer: approvers },
    requestClusters(request),
  );
  if (!answer.ok) {
    log.error({ reason: describeFailure(answer.error) }, 'could not ask Slack who the person is');
    return renderFailure({ kind: 'unexpected', requestId: id });
  }
  return answer.value.length > 0
    ? undefined
    : refuse(renderApprovalNotice('refused', notAnApprover), 'not an approver');
};

/** Records a click that is refused before it is queued. */
export const recordRefusedClick = (
  detail: string,
  request: ApprovalRequest,
  { actor: { user: person, team }, record }: ConfirmContext,
): Promise<void> =>
  record({
    action: 'refused-click',
    requestId: request.id,
    person,
    team,
    cluster: request.acceptor,
    hash: digestOf(request),
    detail,
  });
