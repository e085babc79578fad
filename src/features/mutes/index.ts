export { muteButton } from './mute-buttons';
export { groupMutes, muteBlock } from './mutes.message';
export type { Mutes } from './mutes.store';
export { type ReadableMute, readableMutes } from './readable-mutes';
export { quoteWord, readCheck } from './parse-mute';
