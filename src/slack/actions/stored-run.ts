import type { ModalView } from '@slack/types';
import type { Report } from '../../report/report';
import { type CheckAction, decodeCheckAction } from '../../render/slack/buttons';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { SlackTools } from '../define';

/** What buttons that show a stored run have in common. They never run the check again. */

/** A click on a run: the value must name one. */
export const decodeRun = (
  value: string | undefined,
): (CheckAction & { readonly run: string }) | undefined => {
  const action = decodeCheckAction(value);
  return action?.run ? { ...action, run: action.run } : undefined;
};

/**
 * Shows a stored run. The button's value comes from outside, so a run counts only as one of the cluster that
 * access was decided for.
 */
export const showRun = async (
  { cluster, run }: { readonly cluster: string; readonly run: string },
  { reports }: Pick<SlackTools, 'reports'>,
  render: (report: Report) => ModalView,
): Promise<ModalView | Message> => {
  const report = await reports.find(run);
  return report === undefined || report.cluster.name !== cluster
    ? renderFailure({ kind: 'run-gone', cluster })
    : render(report);
};
