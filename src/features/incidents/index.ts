export { claimMentions, isDueNow } from './claim-mentions';
export { type Incident, isIncident, observedState } from './incident';
export { incidentRows, onCallLine } from './incident.message';
export type { Incidents } from './incidents.store';
export { observeVerdict } from './observe-verdict';
