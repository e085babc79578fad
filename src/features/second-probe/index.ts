export { createAskSecond } from './ask-second';
export { createSecondOutcomes } from './outcomes.store';
export { defineProbeJob, type ProbeServices } from './probe-cluster';
