import { revealToken } from './reveal-token';
import { approvalButtons } from '../cards/buttons';
import { queueSealed, type SealServices } from '../jobs/seal-job';
import { renderApprovalNotice } from '../cards/notice.message';
import { defineAction } from '../../../slack/define';

/**
 * Clicks closer than this (ms) are one: the modal of a second would close that of the first, into which the token may
 * be on its way.
 */
const doubleClickMs = 2_000;

/** Opens an empty modal; the worker that can generate the token puts it there, and nowhere else. */
export const reveal = defineAction<SealServices>()({
  button: approvalButtons.reveal,
  decidedBy: 'request',
  request: ({ request }) => request,
  modal: {
    title: 'Peering token',
    refuse: async ({ value: { request }, actor: { team, user }, isFirst }) =>
      (await isFirst(`reveal/${request}/${team}/${user}`, doubleClickMs))
        ? undefined
        : renderApprovalNotice(
            'waiting',
            'you clicked Reveal token a moment ago: see the modal that it opened',
          ),
    fill: ({ value: { request, fingerprint }, modalId, ...context }) =>
      queueSealed(revealToken, { request, fingerprint, view: modalId }, context),
  },
});
