import { decodeMuteAction, muteActionIds } from './mute-button-values';
import { renderMuteForm } from './mutes.message';
import { defineAction } from '../../slack/define';

/** Asks for how long a finding shall not count, and why. */
export const muteFinding = defineAction()({
  id: muteActionIds.ask,
  command: 'mute',
  decode: decodeMuteAction,
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Mute a finding',
    fill: async ({ value, actor }) => renderMuteForm(value, actor.channel),
  },
});
