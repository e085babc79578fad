import { decodeMuteAction, muteActionIds } from '../../render/slack/mute-buttons';
import { endMute } from '../change-mute';
import { defineAction } from '../define';

/** Ends a mute that a list shows. */
export const endMuteAction = defineAction({
  id: muteActionIds.end,
  command: 'unmute',
  decode: decodeMuteAction,
  access: ({ cluster }) => [cluster],
  run: (value, asked, tools) => endMute(value.cluster, value, asked, tools),
});
