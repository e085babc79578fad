import { z } from 'zod';
import { defineTextButton } from '../../../slack/define-button';
import { fingerprintOf } from '../requests/fingerprint';
import type { ApprovalRequest } from '../requests/request';

/** A request as a button names it. The stored request decides what a click may do, and for whom. */
export interface ShownRequest {
  readonly request: string;
  /** Of the request that the message showed; absent on cards of earlier versions, which hold only an id. */
  readonly fingerprint?: string | undefined;
}

const value = z.codec(
  z.string().regex(/^[a-z0-9]{8,40}(?:\.[0-9a-f]{32})?$/),
  z.object({ request: z.string(), fingerprint: z.string().optional() }),
  {
    decode: (text) => {
      const [request = '', fingerprint] = text.split('.');
      return fingerprint === undefined ? { request } : { request, fingerprint };
    },
    encode: ({ request, fingerprint }) => (fingerprint === undefined ? request : `${request}.${fingerprint}`),
  },
);

/** Names a request together with its contents. */
export const shownRequest = (request: ApprovalRequest): ShownRequest & { readonly fingerprint: string } => ({
  request: request.id,
  fingerprint: fingerprintOf(request),
});

export const approvalButtons = {
  /** Opens a modal that shows the request; its submission approves. */
  approve: defineTextButton({ id: 'approval:approve', value }),
  /** Opens a modal that shows the request and asks for the reason. */
  deny: defineTextButton({ id: 'approval:deny', value }),
  cancel: defineTextButton({ id: 'approval:cancel', value }),
  /** Opens the empty modal that the token is put into. */
  reveal: defineTextButton({ id: 'approval:reveal', value }),
  void: defineTextButton({ id: 'approval:void', value }),
  /** Puts back what a change of exports has changed. */
  undo: defineTextButton({ id: 'approval:undo', value }),
} as const;
