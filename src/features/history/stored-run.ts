import type { ModalView } from '@slack/types';
import type { Report } from '../../report/report';
import { renderFailure } from '../../render/slack/failure';
import type { RunLine } from './history.message';
import type { Message } from '../../render/slack/limits';
import type { Reports } from './reports.store';
import type { Config } from '../../config/config';

/** Shared by the buttons that show a stored run. They never run the check again. */

export interface HistoryServices {
  readonly reports: Reports;
}

/**
 * Returns a stored run; undefined if it has expired. The button's value comes from outside, so only runs of the cluster
 * that access was decided for are returned.
 */
export const findRun = async (
  cluster: string,
  run: string,
  { reports }: HistoryServices,
): Promise<Report | undefined> => {
  const report = await reports.find(run);
  return report?.cluster.name === cluster ? report : undefined;
};

/** Lists the stored runs of a cluster, newest first. */
export const runsOf = async (
  cluster: string,
  { reports, config }: HistoryServices & { readonly config: Config },
): Promise<readonly RunLine[]> =>
  (await reports.history([cluster], config.history.reports)).get(cluster) ?? [];

/** Shows a stored run. */
export const showRun = async (
  { cluster, run }: { readonly cluster: string; readonly run: string },
  services: HistoryServices,
  render: (report: Report) => ModalView,
): Promise<ModalView | Message> => {
  const report = await findRun(cluster, run, services);
  return report === undefined ? renderFailure({ kind: 'run-gone', cluster }) : render(report);
};
