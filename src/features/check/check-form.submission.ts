import { defineCommandForm, type FormServices } from '../../slack/command-form';
import { checkForm } from './check-form';
import { checkCommand } from './check.command';

/** Does what `/peering check` does with the words of its modal. */
export const submitCheck = defineCommandForm<FormServices>(checkForm, checkCommand);
