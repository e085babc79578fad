import { decodeMuteAction, muteActionIds } from './mute-button-values';
import { endMute } from './change-mute';
import { defineAction } from '../../slack/define';

/** Ends a mute that a list shows. */
export const endMuteAction = defineAction({
  id: muteActionIds.end,
  command: 'unmute',
  decode: decodeMuteAction,
  access: ({ cluster }) => [cluster],
  run: (value, asked, tools) => endMute(value.cluster, value, asked, tools),
});
