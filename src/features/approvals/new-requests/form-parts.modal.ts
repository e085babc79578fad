import type { ExternalSelect, InputBlock, StaticSelect } from '@slack/types';
import { plain } from '../../../render/escape';
import { plainText } from '../../../render/slack/blocks';
import { type FormField, input, inputAction, maxListed, searchSelect } from '../../../render/slack/form';

/** Parts that the forms of several commands share; the form itself is in the folder of its command. */

export const approvalFormIds = {
  token: 'approval:ask-token',
  connect: 'approval:ask-connect',
  disconnect: 'approval:ask-disconnect',
  renew: 'approval:ask-renew',
  export: 'approval:ask-export',
  unexport: 'approval:ask-unexport',
  approve: 'approval:confirm',
  deny: 'approval:deny-reason',
  undo: 'approval:confirm-undo',
} as const;

/** Block ids of the inputs. */
export const approvalFields = {
  acceptor: 'acceptor',
  dialer: 'dialer',
  peer: 'peer',
  dialerPeer: 'dialer-peer',
  service: 'service',
  replace: 'replace',
  externalAddresses: 'server-addresses',
  reason: 'reason',
} as const;

/** The first sentence of the forms of requests. */
export const anotherPerson = 'Another person must approve it.';

const maxReason = 1_000;
/** Slack accepts 100 options in each group. */
const maxInGroup = 100;

/** A drop-down of clusters; with many, a search for them. */
export const selectCluster = (
  clusters: readonly string[],
  chosen: string | undefined,
): StaticSelect | ExternalSelect => {
  const isOffered = chosen !== undefined && clusters.includes(chosen);
  if (clusters.length > maxListed) {
    const initial = isOffered ? { text: chosen, value: chosen } : undefined;
    return searchSelect({ count: clusters.length, of: 'clusters' }, initial);
  }
  const option = (name: string) => ({ text: plainText(plain(name, 75)), value: name });
  const groups = Array.from({ length: Math.ceil(clusters.length / maxInGroup) }, (_, index) =>
    clusters.slice(index * maxInGroup, (index + 1) * maxInGroup),
  );
  return {
    type: 'static_select',
    action_id: inputAction,
    placeholder: plainText('Choose a cluster'),
    ...(isOffered && { initial_option: option(chosen) }),
    ...(groups.length > 1
      ? {
          option_groups: groups.map((names) => ({
            label: plainText(plain(`${names[0]} … ${names.at(-1)}`, 75)),
            options: names.map(option),
          })),
        }
      : { options: clusters.map(option) }),
  };
};

export const nameInput = (field: FormField): InputBlock =>
  input(field, { type: 'plain_text_input', action_id: inputAction, max_length: 63 });

export const reasonInput = (hint: string, optional = false): InputBlock =>
  input(
    { id: approvalFields.reason, label: 'Reason', hint, optional },
    { type: 'plain_text_input', action_id: inputAction, multiline: true, max_length: maxReason },
  );

export const addressesInput = (): InputBlock =>
  input(
    {
      id: approvalFields.externalAddresses,
      label: 'Server addresses',
      hint: 'host:port, separated by commas, if the servers are behind a load balancer. Default: server_external_addresses in clusters.yml, or else the addresses of the servers or mesh gateways',
      optional: true,
    },
    { type: 'plain_text_input', action_id: inputAction, max_length: maxReason },
  );

export interface ClusterFormOptions {
  /** The channel of the command. */
  readonly channel: string;
  /** Clusters to choose from, by name; at least one. */
  readonly clusters: readonly string[];
}
