import { within } from '../../queue/within';
import { renderFailure } from '../../render/slack/failure';
import { defineCommand } from '../../slack/define';
import { diffRuns, diffUsage } from './diff-runs';
import { renderDiff } from './diff.message';
import { parseWhens } from './parse-when';
import { findRun, type HistoryServices, runsOf } from './stored-run';

export const diffCommand = defineCommand<HistoryServices>()({
  name: 'diff',
  usage: diffUsage,
  summary: 'shows what changed in a cluster between two stored runs, and how to put config entries back',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'when', kind: 'words', optional: true },
  ],
  decidedBy: 'listener',
  access: ({ cluster }) => [cluster],
  run: async ({ args: { cluster, when = [] }, deadline, log, ...context }) => {
    const whens = parseWhens(when, Date.now());
    if (!whens.ok)
      return renderFailure({ kind: 'usage', problem: whens.error, usage: `/peering ${diffUsage}` });
    const reader = { ...context, command: 'diff' } as const;
    const compare = async () =>
      diffRuns(cluster, whens.value, await runsOf(cluster, context), (run) =>
        findRun({ cluster, run }, reader),
      );
    try {
      const found = await within(Math.max(0, deadline - Date.now()), compare());
      return found.ok ? renderDiff(found.value) : renderFailure(found.error);
    } catch (error) {
      log.error({ reason: String(error) }, 'stored runs could not be compared');
      return renderFailure({ kind: 'store-down', what: `the run history of "${cluster}"` });
    }
  },
});
