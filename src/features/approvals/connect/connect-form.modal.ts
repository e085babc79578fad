import type { ModalView } from '@slack/types';
import { context } from '../../../render/slack/blocks';
import { form, input } from '../../../render/slack/form';
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

/** The form of `/peering connect`. */
export const renderConnectForm = ({
  channel,
  clusters,
  acceptor,
  dialer,
}: ClusterFormOptions & {
  readonly acceptor: string | undefined;
  readonly dialer: string | undefined;
}): ModalView => {
  const byDefault = 'Default: the name under "peers" in clusters.yml, or else the name of the cluster';
  return form(approvalFormIds.connect, 'Connect two clusters', [channel], 'Request', [
    context(`${anotherPerson} Nobody sees the token.`),
    input(
      { id: approvalFields.acceptor, label: 'Acceptor', hint: 'Generates the token and accepts the peering' },
      selectCluster(clusters, acceptor),
    ),
    input(
      { id: approvalFields.dialer, label: 'Dialer', hint: 'Establishes the peering' },
      selectCluster(clusters, dialer),
    ),
    nameInput({
      id: approvalFields.peer,
      label: 'Name of the dialer on the acceptor',
      hint: byDefault,
      optional: true,
    }),
    nameInput({
      id: approvalFields.dialerPeer,
      label: 'Name of the acceptor on the dialer',
      hint: byDefault,
      optional: true,
    }),
    addressesInput(),
    reasonInput('The approvers read it', true),
  ]);
};
