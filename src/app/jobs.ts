import { checkCluster } from '../features/check/check-cluster';
import type { Job } from '../queue/define';
import { digestDue } from '../features/digests/due';
import { manageDigest } from '../features/digests/manage-digest';
import { runDigest } from '../features/digests/run-digest';
import { inspectAcl } from '../features/acl/inspect-acl';
import { subscriptionDue } from '../features/subscriptions/due';
import { pollSubscription } from '../features/subscriptions/poll-subscription';
import { askApproval } from '../features/approvals/ask-approval';
import { connectClusters } from '../features/approvals/connect-clusters';
import { decideApproval } from '../features/approvals/decide-approval';
import { revealToken } from '../features/approvals/reveal-token';
import { voidToken } from '../features/approvals/void-token';

/** Every job, by name. A new one is a file and a line here. */
export const jobs: readonly Job[] = [
  checkCluster,
  inspectAcl,
  manageDigest,
  digestDue,
  runDigest,
  subscriptionDue,
  pollSubscription,
  askApproval,
  decideApproval,
  revealToken,
  voidToken,
  connectClusters,
];
