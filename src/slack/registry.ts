import { allChecks } from './actions/all-checks';
import { approve } from './actions/approve';
import { cancel } from './actions/cancel';
import { deny } from './actions/deny';
import { details, filterDetails } from './actions/details';
import { pauseDigest, resumeDigest, runDigestNow } from './actions/digest';
import { allRuns, compareRuns, pickRun } from './actions/history';
import { connectFromHome, nextPage, previousPage, refreshHome } from './actions/home';
import { endMuteAction } from './actions/end-mute';
import { muteFinding } from './actions/mute-finding';
import { reveal } from './actions/reveal';
import { runAgain } from './actions/run-again';
import { shareAcl } from './actions/share-acl';
import { endSubscription } from './actions/unsubscribe';
import { voidToken } from './actions/void-token';
import { acl } from './commands/acl';
import { audit } from './commands/audit';
import { check } from './commands/check';
import { clusters } from './commands/clusters';
import { connect } from './commands/connect';
import { digest } from './commands/digest';
import { help } from './commands/help';
import { history } from './commands/history';
import { mute } from './commands/mute';
import { mutes } from './commands/mutes';
import { subscribe } from './commands/subscribe';
import { subscriptions } from './commands/subscriptions';
import { token } from './commands/token';
import { unmute } from './commands/unmute';
import { unsubscribe } from './commands/unsubscribe';
import type { AnyAction, AnyCommand, AnyView } from './define';
import type { EventListener } from './define-event';
import { homeOpened } from './home';
import { askConnect } from './views/ask-connect';
import { askToken } from './views/ask-token';
import { denyWithReason } from './views/deny';
import { muteFindingView } from './views/mute-finding';

/** The subcommands of `/peering`, in the order of help. A new one is a file and a line here. */
export const commands: readonly AnyCommand[] = [
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
export const actions: readonly AnyAction[] = [
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
export const views: readonly AnyView[] = [askToken, askConnect, denyWithReason, muteFindingView];

/** What Slack tells of by itself; the manifest subscribes to it. */
export const events: readonly EventListener[] = [homeOpened];
