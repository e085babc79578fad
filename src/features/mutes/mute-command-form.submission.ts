import { defineCommandForm, type FormServices } from '../../slack/command-form';
import type { MuteServices } from './change-mute';
import { muteCommandForm } from './mute-command-form';
import { muteCommand } from './mute.command';

/** Does what `/peering mute` does with the words of its modal. */
export const submitMute = defineCommandForm<MuteServices & FormServices>(muteCommandForm, muteCommand);
