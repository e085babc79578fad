import { checkCluster } from './check-cluster';
import type { Job } from './define';
import { digestDue } from './digests/due';
import { manageDigest } from './digests/manage';
import { runDigest } from './digests/run';
import { inspectAcl } from './inspect-acl';
import { subscriptionDue } from './subscriptions/due';
import { pollSubscription } from './subscriptions/poll';
import { askApproval } from './tokens/ask-approval';
import { connectClusters } from './tokens/connect-clusters';
import { decideApproval } from './tokens/decide-approval';
import { revealToken } from './tokens/reveal-token';
import { voidToken } from './tokens/void-token';

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
