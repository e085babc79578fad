import { muteButtons } from './mute-buttons';
import { renderMuteForm } from './mutes.message';
import { defineAction } from '../../slack/define';

/** Opens the modal that mutes a finding. */
export const muteFinding = defineAction()({
  button: muteButtons.ask,
  command: 'mute',
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Mute a finding',
    fill: async ({ value, actor }) => renderMuteForm(value, actor.channel),
  },
});
