import { checkFleetJob } from '../features/check/check-fleet-job';
import type { FleetServices } from '../features/check/fleet-request';
import { checkCluster } from '../features/check/check-cluster';
import { checkWithFiles } from '../features/check/check-with-files';
import type { ForetoldServices } from '../features/check/foretold-request';
import type { AnyJob } from '../queue/define';
import { dropDoubles } from '../slack/drop-doubles';
import { digestDue } from '../features/digests/digest-due';
import { manageDigest } from '../features/digests/manage-digest';
import { runDigest } from '../features/digests/run-digest';
import { type AclServices, inspectAcl } from '../features/acl/inspect-acl';
import { type DueServices, subscriptionDue } from '../features/subscriptions/subscription-due';
import { pollSubscription } from '../features/subscriptions/poll-subscription';
import { answerAlert, type AlertServices } from '../features/alerts';
import { deliverEvent, type DeliverServices } from '../features/events';
import { requestApproval } from '../features/approvals/new-requests/request-approval';
import { disconnectClusters } from '../features/approvals/pair/disconnect-clusters';
import { renewPeering } from '../features/approvals/pair/renew-peering';
import { exportService, unexportService } from '../features/approvals/export/export-service';
import { connectClusters } from '../features/approvals/connect/connect-clusters';
import { decideApproval } from '../features/approvals/decisions/decide-approval';
import { revealToken } from '../features/approvals/token/reveal-token';
import type { ApprovalServices } from '../features/approvals/jobs/sealed-job';
import type { DigestServices, ManageServices, ScheduleServices } from '../features/digests/services';
import type { PollServices } from '../features/subscriptions/services';
import type { ReplyServices } from '../slack/reply';
import type { DoctorServices } from '../features/doctor/doctor-request';
import { runDoctor } from '../features/doctor/run-doctor';
import { findImpactJob } from '../features/impact/find-impact-job';
import type { ImpactServices } from '../features/impact/impact-request';
import { listPeeringsJob } from '../features/peerings/list-peerings-job';
import type { PeeringsServices } from '../features/peerings/peerings-request';
import { traceCall } from '../features/trace/trace-call';
import type { TraceServices } from '../features/trace/trace-request';
import { undoExportJob } from '../features/approvals/undo/undo-export-job';
import { voidTokenJob } from '../features/approvals/reconcile/void-token-job';

/** The services of all jobs together. */
export type JobServices = ReplyServices &
  AclServices &
  AlertServices &
  ApprovalServices &
  FleetServices &
  ForetoldServices &
  DeliverServices &
  DigestServices &
  DoctorServices &
  DueServices &
  ImpactServices &
  ManageServices &
  PeeringsServices &
  PollServices &
  ScheduleServices &
  TraceServices;

/** Every job. To add one, add a line here. */
export const jobs: readonly AnyJob<JobServices>[] = [
  checkCluster,
  checkFleetJob,
  checkWithFiles,
  inspectAcl,
  traceCall,
  findImpactJob,
  listPeeringsJob,
  runDoctor,
  manageDigest,
  digestDue,
  runDigest,
  dropDoubles,
  subscriptionDue,
  pollSubscription,
  deliverEvent,
  answerAlert,
  requestApproval,
  decideApproval,
  revealToken,
  voidTokenJob,
  undoExportJob,
  connectClusters,
  disconnectClusters,
  renewPeering,
  exportService,
  unexportService,
];
