import { z } from 'zod';
import { decodeParts } from '../render/slack/button-value';
import { type LoadedOptions, renderMatches } from '../render/slack/form';
import { outsiderReply, type Throttle } from './admission';
import { type AnyModal, contextOf, type SlackRequest, type SlackServices } from './define';

/** A question of Slack for the options of an input, while a person types. It comes from outside. */
export interface OptionSearch {
  /** The `callback_id` of the modal. */
  readonly callbackId: string | undefined;
  /** Its `private_metadata`, which begins with the channel. */
  readonly metadata: string | undefined;
  /** The `block_id` of the input. */
  readonly block: string;
  readonly query: string;
}

const Channel = z.tuple([z.string()]).rest(z.unknown());

const channelIn = (metadata: string | undefined): string | undefined =>
  Channel.safeParse(decodeParts(metadata, 1) ?? decodeParts(metadata, 2)).data?.[0];

/** Lists the options that a person may choose and that match what was typed: none for people who may see nothing. */
export const handleSuggestion = async <Services extends object>(
  { callbackId, metadata, block, query }: OptionSearch,
  request: SlackRequest,
  modals: readonly AnyModal<Services>[],
  services: SlackServices & Services,
  throttle: Throttle,
): Promise<LoadedOptions> => {
  const none: LoadedOptions = { options: [] };
  const modal = modals.find((one) => one.callbackId === callbackId);
  const channel = channelIn(metadata);
  if (modal?.suggest === undefined || channel === undefined) return none;
  const here: SlackRequest = { ...request, actor: { ...request.actor, channel } };
  if (outsiderReply(here, services) !== undefined || (await throttle(here)) !== undefined) return none;
  return renderMatches(await modal.suggest({ ...contextOf(here, services), block }), query);
};
