import { allChecks } from './actions/all-checks';
import { details, filterDetails } from './actions/details';
import { allRuns, compareRuns, pickRun } from './actions/history';
import { runAgain } from './actions/run-again';
import { shareAcl } from './actions/share-acl';
import { acl } from './commands/acl';
import { audit } from './commands/audit';
import { check } from './commands/check';
import { clusters } from './commands/clusters';
import { help } from './commands/help';
import { history } from './commands/history';
import type { AnyAction, AnyCommand, AnyView } from './define';

/** The subcommands of `/peering`, in the order of help. A new one is a file and a line here. */
export const commands: readonly AnyCommand[] = [check, acl, history, audit, clusters, help];

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
];

/** The modals that can be submitted. */
export const views: readonly AnyView[] = [];
