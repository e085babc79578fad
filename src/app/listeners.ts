import { allChecks } from '../features/check/all-checks';
import { approve } from '../features/approvals/approve';
import { cancel } from '../features/approvals/cancel';
import { deny } from '../features/approvals/deny';
import { details, filterDetails } from '../features/check/details';
import { pauseDigest, resumeDigest, runDigestNow } from '../features/digests/run-digest-button';
import { allRuns, compareRuns, pickRun } from '../features/history/history-buttons';
import { connectFromHome, nextPage, previousPage, refreshHome } from '../features/home/home-buttons';
import { endMuteAction } from '../features/mutes/end-mute';
import { muteFinding } from '../features/mutes/ask-mute';
import { reveal } from '../features/approvals/reveal';
import { runAgain } from '../features/check/run-again';
import { shareAcl } from '../features/acl/share-acl';
import { endSubscription } from '../features/subscriptions/unsubscribe-button';
import { voidToken } from '../features/approvals/void-token-button';
import { acl } from '../features/acl/acl.command';
import { audit } from '../features/audit/audit.command';
import { check } from '../features/check/check.command';
import { clusters } from '../features/help/clusters.command';
import { connect } from '../features/approvals/connect.command';
import { digest } from '../features/digests/digest.command';
import { help } from '../features/help/help.command';
import { history } from '../features/history/history.command';
import { mute } from '../features/mutes/mute.command';
import { mutes } from '../features/mutes/mutes.command';
import { subscribe } from '../features/subscriptions/subscribe.command';
import { subscriptions } from '../features/subscriptions/subscriptions.command';
import { token } from '../features/approvals/token.command';
import { unmute } from '../features/mutes/unmute.command';
import { unsubscribe } from '../features/subscriptions/unsubscribe.command';
import type { AuditServices } from '../features/audit/audit.command';
import type { HelpServices } from '../features/help/help.command';
import type { HistoryServices } from '../features/history/stored-run';
import type { HomeServices } from '../features/home/load';
import type { MuteServices } from '../features/mutes/change-mute';
import type { SealServices } from '../features/approvals/seal-job';
import type { SubscribeServices } from '../features/subscriptions/services';
import type { AnyAction, AnyCommand, AnyView } from '../slack/define';
import type { EventListener } from '../slack/define-event';
import { homeOpened } from '../features/home/home-opened';
import { askConnect } from '../features/approvals/connect.submission';
import { askToken } from '../features/approvals/token.submission';
import { denyWithReason } from '../features/approvals/deny.submission';
import { muteFindingView } from '../features/mutes/mute-finding';

/** The services of all commands, buttons, modals and events together. */
export type ListenerServices = AuditServices &
  HelpServices &
  HistoryServices &
  HomeServices &
  MuteServices &
  SealServices &
  SubscribeServices & {
    /** The ids of all checks. */
    readonly checkIds: readonly string[];
    /** Returns why a check matters, by its id. */
    readonly rationale: (checkId: string) => string | undefined;
  };

/** The subcommands of `/peering`, in the order of help. To add one, add a line here. */
export const commands: readonly AnyCommand<ListenerServices>[] = [
  check,
  acl,
  history,
  digest,
  subscribe,
  unsubscribe,
  subscriptions,
  mute,
  unmute,
  mutes,
  token,
  connect,
  audit,
  clusters,
  help,
];

/** The buttons. */
export const actions: readonly AnyAction<ListenerServices>[] = [
  runAgain,
  details,
  filterDetails,
  allChecks,
  allRuns,
  pickRun,
  compareRuns,
  shareAcl,
  muteFinding,
  endMuteAction,
  endSubscription,
  approve,
  deny,
  cancel,
  reveal,
  voidToken,
  runDigestNow,
  pauseDigest,
  resumeDigest,
  previousPage,
  nextPage,
  refreshHome,
  connectFromHome,
];

/** The modals that can be submitted. */
export const views: readonly AnyView<ListenerServices>[] = [
  askToken,
  askConnect,
  denyWithReason,
  muteFindingView,
];

/** The events of Slack that the manifest subscribes to. */
export const events: readonly EventListener<ListenerServices>[] = [homeOpened];
