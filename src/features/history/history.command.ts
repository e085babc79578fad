import { within } from '../../queue/within';
import { renderFailure } from '../../render/slack/failure';
import { renderHistory } from './history.message';
import { type HistoryServices, runsOf } from './stored-run';
import { defineCommand } from '../../slack/define';

export const historyCommand = defineCommand<HistoryServices>()({
  name: 'history',
  usage: 'history CLUSTER',
  summary: 'lists the run history of a cluster; you can open and compare runs',
  args: [{ name: 'cluster', kind: 'cluster' }],
  decidedBy: 'listener',
  access: ({ cluster }) => [cluster],
  run: async ({ args: { cluster }, deadline, log, ...context }) => {
    try {
      const runs = await within(Math.max(0, deadline - Date.now()), runsOf(cluster, context));
      return renderHistory(cluster, runs);
    } catch (error) {
      log.error({ reason: String(error) }, 'the history could not be read');
      return renderFailure({ kind: 'store-down', what: `the run history of "${cluster}"` });
    }
  },
});
