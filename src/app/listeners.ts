import type { CommandForm } from '../render/slack/command-form';
import { checkForm } from '../features/check/check-form';
import { submitCheck } from '../features/check/check-form.submission';
import { subscribeForm } from '../features/subscriptions/subscribe-form';
import { submitSubscribe } from '../features/subscriptions/subscribe-form.submission';
import { muteCommandForm } from '../features/mutes/mute-command-form';
import { submitMute } from '../features/mutes/mute-command-form.submission';
import { impactForm, typedImpactForm } from '../features/impact/impact-form';
import { traceForm, typedTraceForm } from '../features/trace/trace-form';
import { digestForm } from '../features/digests/digest-form';
import { submitDigest } from '../features/digests/digest-form.submission';
import { allChecks } from '../features/check/all-checks';
import { approveConfirmed } from '../features/approvals/decisions/approve.submission';
import { approve } from '../features/approvals/decisions/approve';
import { cancel } from '../features/approvals/decisions/cancel';
import { deny } from '../features/approvals/decisions/deny';
import { details, filterDetails } from '../features/check/details';
import { pauseDigest, resumeDigest, runDigestNow } from '../features/digests/change-digest';
import { allRuns, compareRuns, pickRun } from '../features/history/browse-runs';
import { connectFromHome, nextPage, previousPage, refreshHome } from '../features/home/turn-page';
import { endMuteAction, endMuteGroupAction } from '../features/mutes/end-mute';
import { muteFinding } from '../features/mutes/ask-mute';
import { reveal } from '../features/approvals/token/reveal';
import { runAgain } from '../features/check/run-again';
import { runFleetAgain } from '../features/check/run-fleet-again';
import { shareAcl } from '../features/acl/share-acl';
import { type IncidentServices, releaseIncident, takeIncident } from '../features/incidents/take-incident';
import { endSubscription } from '../features/subscriptions/end-subscription';
import { undoChange } from '../features/approvals/undo/undo-change';
import { undoConfirmed } from '../features/approvals/undo/undo.submission';
import { voidUnseenToken } from '../features/approvals/reconcile/void-unseen-token';
import { aclCommand } from '../features/acl/acl.command';
import { impactAgain } from '../features/impact/impact-again';
import { impactCommand } from '../features/impact/impact.command';
import { peeringsAgain, peeringsSlackCommand } from '../features/peerings/peerings.command';
import { traceAgain } from '../features/trace/trace-again';
import { traceCommand } from '../features/trace/trace.command';
import { auditCommand } from '../features/audit/audit.command';
import { checkCommand } from '../features/check/check.command';
import { doctorSlackCommand } from '../features/doctor/doctor.command';
import { clustersCommand } from '../features/help/clusters.command';
import { disconnectCommand, renewCommand } from '../features/approvals/pair/pair.command';
import { exportCommand, unexportCommand } from '../features/approvals/export/export.command';
import { connectCommand } from '../features/approvals/connect/connect.command';
import { digestCommand } from '../features/digests/digest.command';
import { helpCommand } from '../features/help/help.command';
import { diffCommand } from '../features/history/diff.command';
import { historyCommand } from '../features/history/history.command';
import { muteCommand } from '../features/mutes/mute.command';
import { mutesCommand } from '../features/mutes/mutes.command';
import { subscribeCommand } from '../features/subscriptions/subscribe.command';
import { subscriptionsCommand } from '../features/subscriptions/subscriptions.command';
import { tokenCommand } from '../features/approvals/token/token.command';
import { unmuteCommand } from '../features/mutes/unmute.command';
import { unsubscribeCommand } from '../features/subscriptions/unsubscribe.command';
import type { AuditServices } from '../features/audit/audit.command';
import type { HelpServices } from '../features/help/help.command';
import type { HistoryServices } from '../features/history/stored-run';
import type { HomeServices } from '../features/home/load';
import type { MuteServices } from '../features/mutes/change-mute';
import type { ConfirmServices } from '../features/approvals/decisions/confirm';
import type { SubscribeServices } from '../features/subscriptions/services';
import type { AnyAction, AnyCommand, AnyModal } from '../slack/define';
import type { AssistantListener, EventListener, LinkListener } from '../slack/define-event';
import { defineFormActions } from '../slack/form-buttons';
import { homeOpened } from '../features/home/home-opened';
import { suggestPrompts } from '../features/assistant/suggest-prompts';
import { previewLinks } from '../features/previews/preview-links';
import { submitConnect } from '../features/approvals/connect/connect.submission';
import { submitExport, submitUnexport } from '../features/approvals/export/export.submission';
import { submitDisconnect, submitRenew } from '../features/approvals/pair/pair.submission';
import { submitToken } from '../features/approvals/token/token.submission';
import { denyWithReason } from '../features/approvals/decisions/deny.submission';
import { muteFindingModal } from '../features/mutes/mute-finding';
import { submitTrace, submitTypedTrace } from '../features/trace/trace-form.submission';
import { submitImpact, submitTypedImpact } from '../features/impact/impact-form.submission';

/** The services of all commands, buttons, modals and events together. */
export type ListenerServices = AuditServices &
  HelpServices &
  HistoryServices &
  HomeServices &
  IncidentServices &
  MuteServices &
  ConfirmServices &
  SubscribeServices & {
    /** The ids of all checks. */
    readonly checkIds: readonly string[];
    /** Returns why a check matters, by its id. */
    readonly rationale: (checkId: string) => string | undefined;
  };

/** The subcommands of `/peering`, in the order of help. To add one, add a line here. */
export const commands: readonly AnyCommand<ListenerServices>[] = [
  checkCommand,
  traceCommand,
  impactCommand,
  peeringsSlackCommand,
  aclCommand,
  historyCommand,
  diffCommand,
  digestCommand,
  subscribeCommand,
  unsubscribeCommand,
  subscriptionsCommand,
  muteCommand,
  unmuteCommand,
  mutesCommand,
  tokenCommand,
  connectCommand,
  disconnectCommand,
  renewCommand,
  exportCommand,
  unexportCommand,
  auditCommand,
  doctorSlackCommand,
  clustersCommand,
  helpCommand,
];

/** The buttons. */
export const actions: readonly AnyAction<ListenerServices>[] = [
  runAgain,
  runFleetAgain,
  details,
  filterDetails,
  allChecks,
  allRuns,
  pickRun,
  compareRuns,
  shareAcl,
  traceAgain,
  impactAgain,
  peeringsAgain,
  muteFinding,
  endMuteAction,
  endMuteGroupAction,
  endSubscription,
  takeIncident,
  releaseIncident,
  approve,
  deny,
  cancel,
  reveal,
  voidUnseenToken,
  undoChange,
  runDigestNow,
  pauseDigest,
  resumeDigest,
  previousPage,
  nextPage,
  refreshHome,
  connectFromHome,
  ...defineFormActions(commands),
];

/** The modals that can be submitted. */
export const submissions: readonly AnyModal<ListenerServices>[] = [
  submitToken,
  submitConnect,
  submitDisconnect,
  submitRenew,
  submitExport,
  submitUnexport,
  approveConfirmed,
  denyWithReason,
  undoConfirmed,
  muteFindingModal,
  submitCheck,
  submitSubscribe,
  submitMute,
  submitDigest,
  submitTrace,
  submitTypedTrace,
  submitImpact,
  submitTypedImpact,
];

/** The events of Slack that show App Home. */
export const eventListeners: readonly EventListener<ListenerServices>[] = [homeOpened];

/** Shows previews of links in messages. */
export const linkListener: LinkListener<ListenerServices> = previewLinks;

/** Suggests prompts in threads of the assistant view. */
export const assistantListener: AssistantListener<ListenerServices> = suggestPrompts;

/** The modals of commands that show the command that they make. */
export const commandForms: readonly CommandForm[] = [
  checkForm,
  traceForm,
  typedTraceForm,
  impactForm,
  typedImpactForm,
  subscribeForm,
  muteCommandForm,
  digestForm,
];
