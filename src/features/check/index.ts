export { checkCluster } from './check-cluster';
export { checkKey } from './check-request';
export { fleetButtons } from './fleet-buttons';
