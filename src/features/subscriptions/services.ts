import type { ReachCluster } from '../../clusters/reach-cluster';
import type { RunCheck } from '../../clusters/run-check';
import type { Authorizer } from '../../access/authorizer';
import type { Poster } from '../../slack/api/poster';
import type { Recorder } from '../audit';
import type { AnnounceServices } from '../events';
import type { Reports } from '../history';
import type { Incidents } from '../incidents';
import type { Subscriptions } from './subscriptions.store';
import type { Watches } from './watches.store';

/** The services of the commands and buttons. */
export interface SubscribeServices {
  readonly subscriptions: Subscriptions;
  readonly record: Recorder;
}

/** The services of the job that polls a cluster. */
export interface PollServices extends SubscribeServices, AnnounceServices {
  readonly authorizer: Authorizer;
  readonly poster: Poster;
  readonly reports: Reports;
  readonly check: RunCheck;
  readonly reach: ReachCluster;
  readonly watches: Watches;
  readonly incidents: Incidents;
  /** The bot's own name, as the audit trail names it. */
  readonly botName: string;
}
