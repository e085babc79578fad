export { approvalActionIds } from './approval-button-values';
export type { Approvals } from './approvals';
export { approvalButtons, requestSentence, statusWords, type ApprovalCard } from './card.message';
export { connectCommand } from './connect.command';
export type { ApprovalRecord } from './request';
export type { SealServices } from './seal-job';
