import { encodeParts } from '../../render/slack/button-value';
import type { CommandForm } from '../../render/slack/command-form';
import type { FormOption } from '../../render/slack/form';
import type { LatestPeers } from '../history';

/** The modal of `/peering impact`, where words are missing. */
export const impactForm = {
  command: 'impact',
  title: 'Find an impact',
  submit: 'Find',
  fields: [
    {
      id: 'part',
      label: 'If this goes down',
      hint: 'Peers, services that call them, and mesh gateways, as the newest check of each cluster saw them. Type other names after the command',
      element: { kind: 'names', placeholder: 'Choose a peer, service or gateway', parts: 2 },
    },
  ],
  words: ({ part = ['CLUSTER', 'SERVICE|PEER|GATEWAY'] }) => part,
} as const satisfies CommandForm;

/** The modal of `/peering impact` before a check has seen anything to choose from: the part is typed. */
export const typedImpactForm = {
  command: 'impact',
  id: 'impact-typed',
  title: 'Find an impact',
  submit: 'Find',
  fields: [
    { id: 'cluster', label: 'Cluster', element: { kind: 'cluster' } },
    {
      id: 'part',
      label: 'If this goes down',
      hint: 'A service, a peer or a mesh gateway of that cluster: service/NAME, peer/NAME or gateway/NAME, or the name alone. The newest checks saw none to choose from',
      element: { kind: 'text', maxLength: 128 },
    },
  ],
  words: ({ cluster = ['CLUSTER'], part = ['SERVICE|PEER|GATEWAY'] }) => [...cluster, ...part],
} as const satisfies CommandForm;

/** Lists the parts of a cluster that were last seen: its peers, its mesh gateways, and the services that call peers. */
export const listParts = ({ cluster, peers, gateways = [] }: LatestPeers): readonly FormOption[] => {
  const services = new Set(peers.flatMap(({ calls = [] }) => calls.map(({ service }) => service)));
  const parts = [
    ...peers.map(({ name }) => `peer/${name}`),
    ...gateways.map((name) => `gateway/${name}`),
    ...[...services].sort().map((name) => `service/${name}`),
  ];
  return parts.flatMap((part) => {
    const value = encodeParts([cluster, part]);
    return value === undefined ? [] : [{ text: part, value }];
  });
};
