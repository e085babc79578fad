import { accessTo } from '../../slack/access-to';
import { muteButtons } from './mute-buttons';
import { endMute, type MuteServices } from './change-mute';
import { defineAction } from '../../slack/define';

/** Ends a mute that a list shows. */
export const endMuteAction = defineAction<MuteServices>()({
  button: muteButtons.end,
  command: 'unmute',
  access: accessTo,
  run: ({ value, ...context }) => endMute(value.cluster, value, context),
});
