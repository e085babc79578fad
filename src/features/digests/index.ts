export type { Definitions } from './definitions.store';
export { digestActionIds } from './digest-button-values';
export { factsOf } from './facts';
export { digestLine, type DigestFacts } from './notices.message';
export { matchClusters } from './parse-digest';
