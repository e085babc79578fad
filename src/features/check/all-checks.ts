import { type HistoryServices, runButtons, showRun } from '../history';
import { renderAllChecks } from './details.modal';
import { defineAction } from '../../slack/define';

/** Every check of a stored run with its outcome. */
export const allChecks = defineAction<HistoryServices>()({
  button: runButtons.allChecks,
  command: 'check',
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'All checks',
    fill: ({ value, ...context }) =>
      showRun(value, { ...context, command: 'check' }, (report) =>
        renderAllChecks(report, context.actor.channel),
      ),
  },
});
