export { approvalButtons } from './approval-buttons';
export type { Approvals } from './approvals';
export { cardButtons, requestSentence, statusWords, type ApprovalCard } from './card.message';
export { connectCommand } from './connect.command';
export type { ApprovalRecord } from './request';
export { requestPrefix } from './approvals.store';
export { signDetails } from './sign-details';
export type { SealServices } from './seal-job';
