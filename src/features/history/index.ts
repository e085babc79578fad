export { historyActionIds } from './history-button-values';
export { errorTrend, historyButton, runWords, type RunLine } from './history.message';
export type { Latest, Reports, RunSummary } from './reports.store';
export {
  allChecksButton,
  checkActionIds,
  decodeCheckAction,
  detailsButton,
  runAgainButton,
} from './run-button-values';
export { decodeRun, showRun, type HistoryServices } from './stored-run';
