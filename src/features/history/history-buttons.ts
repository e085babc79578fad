import { renderComparison } from './compare.modal';
import { renderFailure } from '../../render/slack/failure';
import { renderPicker, renderRuns } from './history.message';
import { decodeHistoryAction, historyActionIds } from './history-button-values';
import { defineAction } from '../../slack/define';
import { findRun, runsOf } from './stored-run';

/** The buttons of a cluster's history. All of them read what is stored, and none runs a check. */

/** Every kept run. */
export const allRuns = defineAction({
  id: historyActionIds.runs,
  command: 'history',
  decode: decodeHistoryAction,
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'All runs',
    fill: async ({ cluster }, { actor }, tools) =>
      renderRuns(cluster, await runsOf(cluster, tools), actor.channel),
  },
});

/** The runs that one run can be compared with. */
export const pickRun = defineAction({
  id: historyActionIds.pick,
  command: 'history',
  decode: (value) => {
    const action = decodeHistoryAction(value);
    return action?.run ? { cluster: action.cluster, run: action.run } : undefined;
  },
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Compare with',
    fill: async ({ cluster, run }, { actor }, tools) => {
      const runs = await runsOf(cluster, tools);
      const chosen = runs.find((one) => one.run === run);
      return chosen === undefined
        ? renderFailure({ kind: 'run-gone', cluster })
        : renderPicker(cluster, chosen, runs, actor.channel);
    },
  },
});

/** What changed from one kept run to another. */
export const compareRuns = defineAction({
  id: historyActionIds.compare,
  command: 'history',
  decode: (value) => {
    const { cluster, run, other } = decodeHistoryAction(value) ?? {};
    return cluster && run && other ? { cluster, run, other } : undefined;
  },
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Two runs compared',
    fill: async ({ cluster, run, other }, { actor }, tools) => {
      const [one, two] = await Promise.all([findRun(cluster, run, tools), findRun(cluster, other, tools)]);
      return one === undefined || two === undefined
        ? renderFailure({ kind: 'run-gone', cluster })
        : renderComparison({ run, report: one }, { run: other, report: two }, actor.channel);
    },
  },
});
