/**
 * What the buttons of a request for a peering token carry: the request's id and nothing else. What they may do, and
 * for whom, is decided by the stored request when they are clicked.
 */

export const approvalActionIds = {
  approve: 'approval:approve',
  /** Opens a modal that asks for the reason. */
  deny: 'approval:deny',
  cancel: 'approval:cancel',
  /** Opens the empty modal that the token is put into. */
  reveal: 'approval:reveal',
  void: 'approval:void',
} as const;

/** What ids of requests look like. */
const requestId = /^[a-z0-9]{8,40}$/;

export interface ApprovalAction {
  readonly request: string;
}

/** Reads a button's value, which comes from outside; nothing where it is no request's id. */
export const decodeApprovalAction = (value: string | undefined): ApprovalAction | undefined =>
  value !== undefined && requestId.test(value) ? { request: value } : undefined;
