export { addChanges } from './add-changes';
export { historyButtons } from './history-buttons';
export { errorTrend, runWords, type RunLine } from './history.message';
export { readLatestPeers, type LatestPeers, type LatestPeersServices } from './read-latest-peers';
export type { Latest, Reports, RunSummary } from './reports.store';
export { allChecksButton, detailsButton, runAgainButton, runButtons } from './run-buttons';
export { showRun, type HistoryServices } from './stored-run';
