import { z } from 'zod';
import { defineTextButton } from '../../slack/define-button';

/** The id of a request, and nothing else: the stored request decides what a click may do, and for whom. */
const value = z.string().regex(/^[a-z0-9]{8,40}$/);

export const approvalButtons = {
  approve: defineTextButton({ id: 'approval:approve', value }),
  /** Opens a modal that asks for the reason. */
  deny: defineTextButton({ id: 'approval:deny', value }),
  cancel: defineTextButton({ id: 'approval:cancel', value }),
  /** Opens the empty modal that the token is put into. */
  reveal: defineTextButton({ id: 'approval:reveal', value }),
  void: defineTextButton({ id: 'approval:void', value }),
} as const;
