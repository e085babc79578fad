export { historyButtons } from './history-buttons';
export { errorTrend, runWords, type RunLine } from './history.message';
export { readSeenPeers, type SeenPeers, type SeenPeersServices } from './read-seen-peers';
export type { Latest, Reports, RunSummary } from './reports.store';
export { allChecksButton, detailsButton, runAgainButton, runButtons } from './run-buttons';
export { showRun, type HistoryServices } from './stored-run';
