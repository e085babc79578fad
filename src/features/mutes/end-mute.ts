import { accessTo } from '../../slack/access-to';
import { muteButtons } from './mute-buttons';
import { endMute, endMuteGroup, type MuteServices } from './change-mute';
import { defineAction } from '../../slack/define';

/** Ends a mute that a list shows. */
export const endMuteAction = defineAction<MuteServices>()({
  button: muteButtons.end,
  command: 'unmute',
  access: accessTo,
  run: ({ value, ...context }) => endMute(value.cluster, value, context),
});

/** Ends the mutes that a list shows as one: those that were made at once with a pattern. */
export const endMuteGroupAction = defineAction<MuteServices>()({
  button: muteButtons.endGroup,
  command: 'unmute',
  // Its clusters are those that have the mute, among those that the person may unmute.
  access: () => [],
  run: ({ value, ...context }) => endMuteGroup(value, context),
});
