export { approvalButtons } from './cards/buttons';
export type { Approvals } from './store/approvals';
export {
  cardButtons,
  requestSentence,
  sideLines,
  statusWords,
  type ApprovalCard,
} from './cards/card.message';
export { requestClusters } from './requests/clusters';
export { yesesNeededBy } from './approvers/yeses';
export { connectCommand } from './connect/connect.command';
export type { ApprovalRecord } from './requests/request';
export { requestPrefix } from './store/approvals.store';
export { signDetails } from './store/sign-details';
export type { SealServices } from './jobs/seal-job';
