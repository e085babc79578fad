import { renderComparison } from './compare.modal';
import { renderFailure } from '../../render/slack/failure';
import { renderPicker, renderRuns } from './history.message';
import { decodeHistoryAction, historyActionIds } from './history-button-values';
import { defineAction } from '../../slack/define';
import { findRun, type HistoryServices, runsOf } from './stored-run';

/** The buttons of a cluster's history. All of them read what is stored, and none runs a check. */

/** Lists every stored run. */
export const allRuns = defineAction<HistoryServices>()({
  id: historyActionIds.runs,
  command: 'history',
  decode: decodeHistoryAction,
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'All runs',
    fill: async ({ value: { cluster }, ...context }) =>
      renderRuns(cluster, await runsOf(cluster, context), context.actor.channel),
  },
});

/** Lists the runs that one run can be compared with. */
export const pickRun = defineAction<HistoryServices>()({
  id: historyActionIds.pick,
  command: 'history',
  decode: (value) => {
    const action = decodeHistoryAction(value);
    return action?.run ? { cluster: action.cluster, run: action.run } : undefined;
  },
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
  id: historyActionIds.compare,
  command: 'history',
  decode: (value) => {
    const { cluster, run, other } = decodeHistoryAction(value) ?? {};
    return cluster && run && other ? { cluster, run, other } : undefined;
  },
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Two runs compared',
    fill: async ({ value: { cluster, run, other }, ...context }) => {
      const [one, two] = await Promise.all([
        findRun(cluster, run, context),
        findRun(cluster, other, context),
      ]);
      return one === undefined || two === undefined
        ? renderFailure({ kind: 'run-gone', cluster })
        : renderComparison({ run, report: one }, { run: other, report: two }, context.actor.channel);
    },
  },
});
