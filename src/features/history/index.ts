export { addChanges } from './add-changes';
export { diffRuns } from './diff-runs';
export { historyButtons } from './history-buttons';
export { errorTrend, runWords, type RunLine } from './history.message';
export { parseWhens } from './parse-when';
export { readLatestPeers, type LatestPeers, type LatestPeersServices } from './read-latest-peers';
export { createReports, type Latest, type Reports, type RunSummary } from './reports.store';
export { allChecksButton, detailsButton, runAgainButton, runButtons } from './run-buttons';
export { showRun, type HistoryServices } from './stored-run';
