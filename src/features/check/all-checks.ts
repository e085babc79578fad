import { checkActionIds } from './check-button-values';
import { renderAllChecks } from './details.modal';
import { defineAction } from '../../slack/define';
import { decodeRun, showRun } from '../history/stored-run';

/** Every check of a stored run with its outcome. */
export const allChecks = defineAction({
  id: checkActionIds.allChecks,
  command: 'check',
  decode: decodeRun,
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'All checks',
    fill: (value, { actor }, tools) =>
      showRun(value, tools, (report) => renderAllChecks(report, actor.channel)),
  },
});
