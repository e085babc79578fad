import type { Checkboxes, InputBlock, ModalView, StaticSelect } from '@slack/types';
import { plain } from '../../render/escape';
import { grouped } from '../../render/words';
import { context, plainText } from '../../render/slack/blocks';
import { form, type FormField, input, inputAction } from '../../render/slack/form';

/** Modals in which a request for a peering token is filled in, or the reason why it is denied. */

export const approvalFormIds = {
  token: 'approval:ask-token',
  connect: 'approval:ask-connect',
  deny: 'approval:deny-reason',
} as const;

/** Block ids of the inputs, where what is wrong with them is shown. */
export const approvalFields = {
  acceptor: 'acceptor',
  dialer: 'dialer',
  peer: 'peer',
  dialerPeer: 'dialer-peer',
  replace: 'replace',
  reason: 'reason',
} as const;

const maxReason = 1_000;
/** Slack takes 100 options in each of 100 groups, and 250 kB in a view. */
const maxInGroup = 100;
const maxClusters = 600;

const select = (clusters: readonly string[], chosen: string | undefined): StaticSelect => {
  const option = (name: string) => ({ text: plainText(plain(name, 75)), value: name });
  const shown = clusters.slice(0, maxClusters);
  const groups = Array.from({ length: Math.ceil(shown.length / maxInGroup) }, (_, place) =>
    shown.slice(place * maxInGroup, (place + 1) * maxInGroup),
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

const nameInput = (field: FormField): InputBlock =>
  input(field, { type: 'plain_text_input', action_id: inputAction, max_length: 63 });

const reasonInput = (hint: string, optional = false): InputBlock =>
  input(
    { id: approvalFields.reason, label: 'Reason', hint, optional },
    { type: 'plain_text_input', action_id: inputAction, multiline: true, max_length: maxReason },
  );

const replaceInput = (): InputBlock => {
  const element: Checkboxes = {
    type: 'checkboxes',
    action_id: inputAction,
    options: [{ text: plainText('Replace it: whoever uses the token becomes this peer'), value: 'replace' }],
  };
  const label = 'If that peering is in use already';
  return input({ id: approvalFields.replace, label, optional: true }, element);
};

interface FormOptions {
  /** Where the command was given. */
  readonly channel: string;
  /** Clusters to choose from, by name; at least one. */
  readonly clusters: readonly string[];
}

/** What the form begins with; where not all clusters can be chosen, it says how to ask for the others. */
const intro = (words: string, clusters: readonly string[]) =>
  context(
    clusters.length <= maxClusters
      ? words
      : `${words} ${grouped(maxClusters)} of ${grouped(clusters.length)} clusters are listed here: the others can be typed after the command.`,
  );

/** The form of `/peering token`. */
export const renderTokenForm = ({
  channel,
  clusters,
  chosen,
}: FormOptions & { readonly chosen: string | undefined }): ModalView =>
  form(approvalFormIds.token, 'Ask for a peering token', [channel], 'Ask', [
    intro('Somebody else has to approve it. The token is then shown once, and to you alone.', clusters),
    input(
      {
        id: approvalFields.acceptor,
        label: 'Cluster',
        hint: 'It generates the token, and accepts the peering',
      },
      select(clusters, chosen),
    ),
    nameInput({
      id: approvalFields.peer,
      label: 'Peer',
      hint: 'What this cluster calls the one that will use the token: small letters, digits and dashes',
    }),
    reasonInput('Whoever approves reads it', true),
    replaceInput(),
  ]);

/** The form of `/peering connect`. */
export const renderConnectForm = ({
  channel,
  clusters,
  acceptor,
  dialer,
}: FormOptions & {
  readonly acceptor: string | undefined;
  readonly dialer: string | undefined;
}): ModalView => {
  const byDefault = 'Left empty: as under "peers" in clusters.yml, else the name of the cluster';
  return form(approvalFormIds.connect, 'Connect two clusters', [channel], 'Ask', [
    intro('Somebody else has to approve it. No person sees the token.', clusters),
    input(
      { id: approvalFields.acceptor, label: 'Acceptor', hint: 'It generates the token, and is dialed' },
      select(clusters, acceptor),
    ),
    input(
      { id: approvalFields.dialer, label: 'Dialer', hint: 'It establishes the peering' },
      select(clusters, dialer),
    ),
    nameInput({
      id: approvalFields.peer,
      label: 'What the acceptor calls the dialer',
      hint: byDefault,
      optional: true,
    }),
    nameInput({
      id: approvalFields.dialerPeer,
      label: 'What the dialer calls the acceptor',
      hint: byDefault,
      optional: true,
    }),
    reasonInput('Whoever approves reads it', true),
  ]);
};

/** The modal in which an approver says why not. */
export const renderDenyForm = (request: string, channel: string): ModalView =>
  form(approvalFormIds.deny, 'Deny the request', [request, channel], 'Deny', [
    reasonInput('It stands on the card, and whoever asked reads it'),
  ]);
