import { checkCluster } from './check-cluster';
import type { Job } from './define';
import { inspectAcl } from './inspect-acl';

/** Every job, by name. A new one is a file and a line here. */
export const jobs: readonly Job[] = [checkCluster, inspectAcl];
