import type { ModalView } from '@slack/types';
import { context } from '../../../render/slack/blocks';
import { form, input } from '../../../render/slack/form';
import {
  anotherPerson,
  approvalFields,
  approvalFormIds,
  type ClusterFormOptions,
  reasonInput,
  selectCluster,
} from '../new-requests/form-parts.modal';

interface FieldWords {
  readonly label: string;
  readonly hint: string;
}

const pairWords: Readonly<
  Record<
    'disconnect' | 'renew',
    { readonly title: string; readonly intro: string; readonly one: FieldWords; readonly other: FieldWords }
  >
> = {
  disconnect: {
    title: 'Disconnect clusters',
    intro: `${anotherPerson} The peering is then deleted on both sides.`,
    one: { label: 'Cluster', hint: 'One side of the peering' },
    other: { label: 'Other cluster', hint: 'The other side' },
  },
  renew: {
    title: 'Renew a peering',
    intro: `${anotherPerson} Nobody sees the token.`,
    one: { label: 'Acceptor', hint: 'Generates the new token, as it did the first one' },
    other: { label: 'Dialer', hint: 'Has established the peering, and uses the new token' },
  },
};

/** The form of `/peering disconnect` and `/peering renew`. */
export const renderPairForm = (
  kind: 'disconnect' | 'renew',
  {
    channel,
    clusters,
    acceptor,
    dialer,
  }: ClusterFormOptions & { readonly acceptor: string | undefined; readonly dialer: string | undefined },
): ModalView => {
  const { title, intro, one, other } = pairWords[kind];
  return form(approvalFormIds[kind], title, [channel], 'Request', [
    context(intro),
    input({ id: approvalFields.acceptor, ...one }, selectCluster(clusters, acceptor)),
    input({ id: approvalFields.dialer, ...other }, selectCluster(clusters, dialer)),
    reasonInput('The approvers read it', true),
  ]);
};
