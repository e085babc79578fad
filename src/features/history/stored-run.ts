import { visibleOrNone } from '../../access/visible-clusters';
import { sidesShownBy } from '../../config/other-sides';
import type { CommandName } from '../../config/commands';
import { failure, type Result, success } from '../../result';
import type { RequestFailure } from '../../render/failure';
import type { SlackContext } from '../../slack/define';
import type { ModalView } from '@slack/types';
import type { RunReport } from '../../report/cluster-state';
import { renderFailure } from '../../render/slack/failure';
import type { RunLine } from './history.message';
import type { Message } from '../../render/slack/limits';
import type { Reports } from './reports.store';
import type { Config } from '../../config/config';

/** Shared by the buttons that show a stored run. They never run the check again. */

/** A stored run with its report. */
export interface StoredRun {
  readonly run: string;
  readonly report: RunReport;
}

export interface HistoryServices {
  readonly reports: Reports;
}

/** A click of a person, and the command whose permission it needs. */
export type RunContext = Pick<
  SlackContext<HistoryServices>,
  'actor' | 'config' | 'authorizer' | 'reports'
> & {
  readonly command: CommandName;
};

/**
 * Returns a stored run, or why it is not shown: it has expired, or it shows other sides of peerings that the person may
 * not see. The button's value comes from outside, so only runs of the cluster that access was decided for are returned.
 */
export const findRun = async (
  { cluster, run }: { readonly cluster: string; readonly run: string },
  context: RunContext,
): Promise<Result<RunReport, RequestFailure>> => {
  const { actor, config, reports, command } = context;
  const report = await reports.find(run);
  if (report?.cluster.name !== cluster) return failure({ kind: 'run-gone', cluster });
  const read = sidesShownBy(report, config.clusters.get(cluster));
  const visible = await visibleOrNone(actor, command, context, read);
  return visible.length === read.length ? success(report) : failure({ kind: 'run-hidden', cluster });
};

/** Lists the stored runs of a cluster, newest first. */
export const runsOf = async (
  cluster: string,
  { reports, config }: HistoryServices & { readonly config: Config },
): Promise<readonly RunLine[]> =>
  (await reports.history([cluster], config.history.reports)).get(cluster) ?? [];

/** Shows a stored run. */
export const showRun = async (
  stored: { readonly cluster: string; readonly run: string },
  context: RunContext,
  render: (report: RunReport) => ModalView,
): Promise<ModalView | Message> => {
  const found = await findRun(stored, context);
  return found.ok ? render(found.value) : renderFailure(found.error);
};
