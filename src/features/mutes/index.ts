export { muteButton } from './mute-buttons';
export { muteBlock } from './mutes.message';
export type { Mutes } from './mutes.store';
export { quoteWord, readCheck } from './parse-mute';
