export { planRequests } from './plan-requests';
export { planMigration } from './plan-migration';
export { countUnsealed } from './walk-records';
