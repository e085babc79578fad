export { createDefinitions, type Definitions } from './definitions.store';
export { digestButtons } from './digest-buttons';
export { factsOf } from './facts';
export { digestLine, type DigestFacts } from './notices.message';
export { clustersToChange, visibleWords } from './digest-scope';
export { digestThread } from './thread.message';
export { age, cellName, changeWords, stateCounts, stateIcon } from './words';
