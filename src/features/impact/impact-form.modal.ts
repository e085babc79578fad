import type { ModalView } from '@slack/types';
import { encodeParts } from '../../render/slack/button-value';
import { form, type FormOption, groupedSelect, input } from '../../render/slack/form';
import type { LatestPeers } from '../history';

/** The modal of `/peering impact`, where words are missing. */

export const impactFormId = 'impact:ask-part';
export const impactFields = { part: 'part' } as const;

const optionsOf = ({ cluster, peers }: LatestPeers): readonly FormOption[] => {
  const services = new Set(peers.flatMap(({ calls = [] }) => calls.map(({ service }) => service)));
  const parts = [
    ...peers.map(({ name }) => `peer/${name}`),
    ...[...services].sort().map((name) => `service/${name}`),
  ];
  return parts.flatMap((part) => {
    const value = encodeParts([cluster, part]);
    return value === undefined ? [] : [{ text: part, value }];
  });
};

/** Renders a drop-down of the peers and services that were last seen, by cluster; undefined if there are none. */
export const renderImpactForm = (seen: readonly LatestPeers[], channel: string): ModalView | undefined => {
  const select = groupedSelect(
    'Choose a peer or a service',
    seen.map((one) => [one.cluster, optionsOf(one)] as const),
  );
  const label = 'If this goes down';
  const hint =
    'Peers, and services that call them, as the newest check of each cluster saw them. Type other names, such as that of a mesh gateway, after the command';
  return (
    select &&
    form(impactFormId, 'Find an impact', [channel], 'Find', [
      input({ id: impactFields.part, label, hint }, select),
    ])
  );
};
