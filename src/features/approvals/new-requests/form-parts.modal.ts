import type { InputBlock, StaticSelect } from '@slack/types';
import { plain } from '../../../render/escape';
import { grouped } from '../../../render/words';
import { context, plainText } from '../../../render/slack/blocks';
import { type FormField, input, inputAction } from '../../../render/slack/form';

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
/** Slack accepts 100 options in each of 100 groups, and 250 kB in a view. */
const maxInGroup = 100;
const maxClusters = 600;

/** A drop-down of clusters. */
export const selectCluster = (clusters: readonly string[], chosen: string | undefined): StaticSelect => {
  const option = (name: string) => ({ text: plainText(plain(name, 75)), value: name });
  const shown = clusters.slice(0, maxClusters);
  const groups = Array.from({ length: Math.ceil(shown.length / maxInGroup) }, (_, index) =>
    shown.slice(index * maxInGroup, (index + 1) * maxInGroup),
  );
  return {
    type: 'static_select',
    action_id: inputAction,
    placeholder: plainText('Choose a cluster'),
    ...(chosen !== undefined && shown.includes(chosen) && { initial_option: option(chosen) }),
    ...(groups.length > 1
      ? {
          option_groups: groups.map((names) => ({
            label: plainText(plain(`${names[0]} … ${names.at(-1)}`, 75)),
            options: names.map(option),
          })),
        }
      : { options: shown.map(option) }),
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

/** Renders the first lines of the form, which say how to use a cluster that is not in the list. */
export const formIntro = (words: string, clusters: readonly string[]) =>
  context(
    clusters.length <= maxClusters
      ? words
      : `${words} ${grouped(maxClusters)} of ${grouped(clusters.length)} clusters are listed here. To use another one, type its name after the command.`,
  );
