import { renderComparison } from './comparison.modal';
import { renderFailure } from '../../render/slack/failure';
import { renderPicker, renderRuns } from './history.message';
import { historyButtons } from './history-buttons';
import { defineAction } from '../../slack/define';
import { findRun, type HistoryServices, runsOf } from './stored-run';

/** Lists every stored run. */
export const allRuns = defineAction<HistoryServices>()({
  button: historyButtons.runs,
  command: 'history',
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'All runs',
    fill: async ({ value: { cluster }, ...context }) =>
      renderRuns(cluster, await runsOf(cluster, context), context.actor.channel),
  },
});

/** Lists the runs that one run can be compared with. */
export const pickRun = defineAction<HistoryServices>()({
  button: historyButtons.pick,
  command: 'history',
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Compare with',
    fill: async ({ value: { cluster, run }, ...context }) => {
      const runs = await runsOf(cluster, context);
      const chosen = runs.find((one) => one.run === run);
      return chosen === undefined
        ? renderFailure({ kind: 'run-gone', cluster })
        : renderPicker(cluster, chosen, runs, context.actor.channel);
    },
  },
});

/** Compares two stored runs. */
export const compareRuns = defineAction<HistoryServices>()({
  button: historyButtons.compare,
  command: 'history',
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Two runs compared',
    fill: async ({ value: { cluster, run, other }, ...context }) => {
      const reader = { ...context, command: 'history' } as const;
      const [one, two] = await Promise.all([
        findRun({ cluster, run }, reader),
        findRun({ cluster, run: other }, reader),
      ]);
      if (!one.ok) return renderFailure(one.error);
      if (!two.ok) return renderFailure(two.error);
      return renderComparison(
        { run, report: one.value },
        { run: other, report: two.value },
        context.actor.channel,
      );
    },
  },
});
