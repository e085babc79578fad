export { fleetButtons } from './fleet-buttons';
