import { type AddressKind, addressKind, hostOf } from '../../paths/addresses';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { examplePeering } from '../examples/parts';
import { consulDocs } from '../links';
import type { Relation } from '../model';
import { newAddressesRemediation } from '../remediation/peering';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { relationsView } from '../views/relations';

const addressesOf = ({ peering }: Relation, ...kinds: readonly AddressKind[]): readonly string[] =>
  peering.PeerServerAddresses.filter((address) => kinds.includes(addressKind(hostOf(address))));

const finding = (relation: Relation): readonly Draft[] => {
  const { name, peering, at } = relation;
  const shown = [evidence(at, 'PeerServerAddresses', peering.PeerServerAddresses)];
  const subject = peeringSubject(name);
  const unreachable = addressesOf(relation, 'loopback', 'unspecified');
  if (unreachable.length > 0) {
    return [
      {
        subject,
        message: `the peering ${name} dials ${unreachable.join(', ')}, which leads back to this cluster's own machine; no server of ${name} is there unless both clusters run on one machine`,
        evidence: shown,
        remediation: newAddressesRemediation(name),
      },
    ];
  }
  const local = addressesOf(relation, 'private', 'link-local');
  if (local.length === 0) return [];
  return [
    {
      severity: 'info',
      subject,
      message: `the peering ${name} dials ${local.join(', ')}, in a private range: the networks of both clusters must be connected`,
      evidence: shown,
      remediation: [],
    },
  ];
};

const exampleDialer = (address: string) => ({
  peerings: { enabled: true, list: [examplePeering({ PeerServerAddresses: [address], PeerID: 'a-peer' })] },
});

export const peeringServerAddresses = defineCheck({
  id: 'peering-server-addresses',
  group: 'peerings',
  title: 'Peerings dial addresses at which the servers of the peer can be reached',
  failureTitle: 'A peering dials a loopback or unspecified address',
  severity: 'warning',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering'),
    since: '1.14.0',
  },
  rationale:
    'The cluster that establishes a peering dials the server addresses that its token contained. A loopback address leads back to the dialing machine.',
  inputs: [relationsView, hasPeeringsView],
  examples: { pass: exampleDialer('198.51.100.20:8503'), fail: exampleDialer('127.0.0.1:8503') },
  evaluate({ relations, hasPeerings }) {
    if (!hasPeerings || relations.length === 0) return skip(noPeerings);
    const dialed = relations.filter(({ side }) => side === 'dialer');
    if (dialed.length === 0) return skip('this cluster dials no peer; its peers dial it');
    return dialed.flatMap(finding);
  },
});
