import { defineCommandForm, type FormServices } from '../../slack/command-form';
import { digestForm } from './digest-form';
import { digestCommand } from './digest.command';

/** Does what `/peering digest` does with the words of its modal. */
export const submitDigest = defineCommandForm<FormServices>(digestForm, digestCommand);
