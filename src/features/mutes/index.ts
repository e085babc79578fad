export { muteButton } from './mute-button-values';
export { muteBlock } from './mutes.message';
export type { Mutes } from './mutes.store';
export { quoteWord, readCheck } from './parse-mute';
