import { muteButtons } from './mute-buttons';
import { renderMuteForm } from './mutes.message';
import { defineAction } from '../../slack/define';

/** Asks for how long a finding shall not count, and why. */
export const muteFinding = defineAction()({
  button: muteButtons.ask,
  command: 'mute',
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Mute a finding',
    fill: async ({ value, actor }) => renderMuteForm(value, actor.channel),
  },
});
