import { checkActionIds } from './check-button-values';
import { renderAllChecks } from './details.modal';
import { defineAction } from '../../slack/define';
import { decodeRun, type HistoryServices, showRun } from '../history/stored-run';

/** Every check of a stored run with its outcome. */
export const allChecks = defineAction<HistoryServices>()({
  id: checkActionIds.allChecks,
  command: 'check',
  decode: decodeRun,
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'All checks',
    fill: ({ value, ...context }) =>
      showRun(value, context, (report) => renderAllChecks(report, context.actor.channel)),
  },
});
