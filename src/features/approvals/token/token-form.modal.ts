import type { Checkboxes, InputBlock, ModalView } from '@slack/types';
import { context, plainText } from '../../../render/slack/blocks';
import { form, input, inputAction } from '../../../render/slack/form';
import {
  addressesInput,
  anotherPerson,
  approvalFields,
  approvalFormIds,
  type ClusterFormOptions,
  nameInput,
  reasonInput,
  selectCluster,
} from '../new-requests/form-parts.modal';

const replaceInput = (): InputBlock => {
  const element: Checkboxes = {
    type: 'checkboxes',
    action_id: inputAction,
    options: [
      { text: plainText('Replace it: the cluster that uses the token becomes this peer'), value: 'replace' },
    ],
  };
  const label = 'If that peering is already in use';
  return input({ id: approvalFields.replace, label, optional: true }, element);
};

/** The form of `/peering token`. */
export const renderTokenForm = ({
  channel,
  clusters,
  chosen,
}: ClusterFormOptions & { readonly chosen: string | undefined }): ModalView =>
  form(approvalFormIds.token, 'Request a peering token', [channel], 'Request', [
    context(`${anotherPerson} The token is then shown once, and only to you.`),
    input(
      {
        id: approvalFields.acceptor,
        label: 'Cluster',
        hint: 'Generates the token and accepts the peering',
      },
      selectCluster(clusters, chosen),
    ),
    nameInput({
      id: approvalFields.peer,
      label: 'Peer',
      hint: "This cluster's name for the cluster that will use the token: lower-case letters, digits and hyphens",
    }),
    addressesInput(),
    reasonInput('The approvers read it', true),
    replaceInput(),
  ]);
