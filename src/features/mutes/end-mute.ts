import { decodeMuteAction, muteActionIds } from './mute-button-values';
import { endMute, type MuteServices } from './change-mute';
import { defineAction } from '../../slack/define';

/** Ends a mute that a list shows. */
export const endMuteAction = defineAction<MuteServices>()({
  id: muteActionIds.end,
  command: 'unmute',
  decode: decodeMuteAction,
  access: ({ cluster }) => [cluster],
  run: ({ value, ...context }) => endMute(value.cluster, value, context),
});
