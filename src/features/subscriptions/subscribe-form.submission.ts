import { defineCommandForm, type FormServices } from '../../slack/command-form';
import type { SubscribeServices } from './services';
import { subscribeForm } from './subscribe-form';
import { subscribeCommand } from './subscribe.command';

/** Does what `/peering subscribe` does with the words of its modal. */
export const submitSubscribe = defineCommandForm<SubscribeServices & FormServices>(
  subscribeForm,
  subscribeCommand,
);
