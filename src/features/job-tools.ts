import type { ClusterConfig, Config } from '../config/config';
import type { ConsulErrorKind } from '../consul/answer';
import type { Report } from '../report/report';
import type { Mutes } from './mutes/mutes.store';
import type { MessageRefs } from '../slack/api/message-refs.store';
import type { Recorder } from './audit/recorder';
import type { Reports } from './history/reports.store';
import type { DigestTools } from './digests/tools';
import type { Authorizer } from '../access/authorizer';
import type { SubscriptionTools } from './subscriptions/tools';
import type { Poster } from '../slack/api/poster';
import type { respondPrivately } from '../slack/api/response-url';
import type { AclRead } from '../clusters/read-acl';
import type { TokenTools } from './approvals/tools';

/** Everything that jobs work with. Each handler takes the few that it needs. */
export interface JobTools {
  readonly config: Config;
  readonly authorizer: Authorizer;
  readonly poster: Poster;
  readonly respond: typeof respondPrivately;
  readonly messageRefs: MessageRefs;
  readonly reports: Reports;
  /** Marks what is muted; it does not store the report. */
  readonly check: RunCheck;
  readonly mutes: Mutes;
  readonly inspectAcl: InspectAcl;
  readonly digests: DigestTools;
  readonly subscriptions: SubscriptionTools;
  /** Why a check matters, by its id. */
  readonly rationale: (checkId: string) => string | undefined;
  /** Notes down who changed what. */
  readonly record: Recorder;
  /** What the jobs about peering tokens need beside this: only where this worker runs them. */
  readonly tokens?: TokenTools;
  /** The bot's own name, as people invite it. */
  readonly botName: string;
}

interface CheckOptions {
  readonly peer: string | null;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Hears how many reads are done and how many are planned. */
  readonly onProgress: (done: number, total: number) => void;
}

/** A report, or why the cluster could not be read at all. */
export type Checked =
  | { readonly ok: true; readonly report: Report }
  | {
      readonly ok: false;
      readonly cause: ConsulErrorKind;
      readonly message: string;
      /** Whether it can pass by itself, so that trying again is worth while. */
      readonly passes: boolean;
    };

/** Reads a cluster's tokens and says what they grant. */
type InspectAcl = (
  cluster: ClusterConfig,
  options: { readonly accessor: string | null; readonly signal: AbortSignal },
) => Promise<AclRead>;

/** Reads a cluster and checks it. */
export type RunCheck = (cluster: ClusterConfig, options: CheckOptions) => Promise<Checked>;
