import type { KnownBlock } from '@slack/types';
import { prose, sentence } from '../../render/escape';
import { count } from '../../render/words';
import {
  type ApprovalCard,
  approvalButtons,
  cardButtons,
  requestSentence,
  sideLines,
  statusWords,
} from '../approvals';
import { buttonRow, context, header, section } from '../../render/slack/blocks';
import { packLines } from '../../render/slack/limits';

/** Requests for peering tokens on App Home. */

/** A request that waits for the reader, or that the reader made. */
export interface HomeRequest {
  readonly card: ApprovalCard;
  readonly own: boolean;
}

/** Each takes three blocks at most. */
const maxRequests = 5;
const maxChanges = 4;

/** The buttons of the requester; the others are for approvers. */
const ownButtons: ReadonlySet<string | undefined> = new Set([
  approvalButtons.cancel.id,
  approvalButtons.reveal.id,
  approvalButtons.void.id,
]);

const requestBlocks = ({ card, own }: HomeRequest): readonly KnownBlock[] => {
  const { request, state } = card;
  const { plan, reason, peer, replace } = request;
  // The plan is shown as on the card, so that nobody approves what they did not read.
  const changes = state === 'pending' ? plan.slice(0, maxChanges) : [];
  const left = state === 'pending' ? plan.length - changes.length : 0;
  const texts = packLines([
    requestSentence(request),
    ...(reason === '' ? [] : [`> ${prose(reason, 150)}`]),
    ...changes.map((change) => `• ${sentence(change, 80)}`),
    ...(left > 0 ? [`… and ${count(left, 'more change')} on its card`] : []),
    ...(replace && state === 'pending'
      ? [`⚠️ *${prose(peer, 64)} is in use*, and the cluster that uses the token replaces its peer`]
      : []),
    statusWords(card),
    ...(state === 'pending' ? sideLines(card) : []),
  ]);
  const buttons = cardButtons(card).filter(({ action_id: id }) => ownButtons.has(id) === own);
  return [...texts.slice(0, 2).map(section), ...buttonRow(buttons)];
};

/** The requests that concern the reader, those that wait for the reader first. */
export const renderRequests = (requests: readonly HomeRequest[]): readonly KnownBlock[] => {
  if (requests.length === 0) return [];
  const sorted = requests.toSorted((a, b) => Number(a.own) - Number(b.own));
  const left = sorted.length - maxRequests;
  return [
    header('Requests'),
    ...sorted.slice(0, maxRequests).flatMap(requestBlocks),
    ...(left > 0 ? [context(`… and ${count(left, 'more request')}`)] : []),
  ];
};
