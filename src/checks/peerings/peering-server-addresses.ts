import { type AddressKind, addressKind, hostOf } from '../../paths/addresses';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { examplePeering } from '../examples/parts';
import { consulDocs } from '../links';
import type { Relation } from '../model';
import { newAddressesRemediation } from '../remediation/peering';
import { certificateProblem, describeProbes, probeEvidence, silenceOf } from '../probes';
import type { Probe } from '../../snapshot/probe-section';
import { rowsOf } from '../../snapshot/section';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { relationsView } from '../views/relations';

const addressesOf = ({ peering }: Relation, ...kinds: readonly AddressKind[]): readonly string[] =>
  peering.PeerServerAddresses.filter((address) => kinds.includes(addressKind(hostOf(address))));

/** Reports servers that answer the bot with the certificate of another cluster, or an old one. */
const certificateFinding = (
  { name }: Relation,
  probes: readonly Probe[],
  takenAt: string,
): readonly Draft[] => {
  const problems = probes.flatMap((probe) => {
    const problem = certificateProblem(probe, takenAt);
    return problem === undefined ? [] : [{ probe, problem }];
  });
  const [first] = problems;
  if (first === undefined) return [];
  return [
    {
      severity: 'warning',
      subject: peeringSubject(name),
      message: `the peering ${name} dials ${first.probe.address}, which ${first.problem}, as seen from the bot`,
      evidence: problems.flatMap(({ probe }) => probeEvidence(probe)),
      remediation: [],
    },
  ];
};

/** Reports servers that do not answer the bot. */
const silenceFinding = ({ name, state }: Relation, probes: readonly Probe[]): readonly Draft[] => {
  const silent = probes.filter((probe) => silenceOf(probe) !== undefined || probe.outcome === 'connected');
  if (silent.length === 0) return [];
  const all = silent.length === probes.length;
  const agreed = probes.every((probe) => silenceOf(probe) === 'both');
  return [
    {
      // The servers of a cluster with an active peering do reach them.
      severity: state === 'ACTIVE' || !all ? 'info' : agreed ? 'error' : 'warning',
      subject: peeringSubject(name),
      message: `the peering ${name} dials ${all ? 'addresses' : 'some addresses'} at which no server answers: ${describeProbes(silent)}. The servers of this cluster may reach them from where they are`,
      evidence: silent.flatMap(probeEvidence),
      remediation: [],
    },
  ];
};

/** Reports addresses that point back to the dialing machine, whatever answers there. */
const loopbackFinding = (relation: Relation): readonly Draft[] => {
  const { name, peering, at } = relation;
  const unreachable = addressesOf(relation, 'loopback', 'unspecified');
  if (unreachable.length === 0) return [];
  return [
    {
      severity: 'warning',
      subject: peeringSubject(name),
      message: `the peering ${name} dials ${unreachable.join(', ')}, which points back to this cluster's own machine; no server of ${name} is there unless both clusters run on one machine`,
      evidence: [evidence(at, 'PeerServerAddresses', peering.PeerServerAddresses)],
      remediation: newAddressesRemediation(name),
    },
  ];
};

const privateFinding = (relation: Relation): readonly Draft[] => {
  const { name, peering, at } = relation;
  const local = addressesOf(relation, 'private', 'link-local');
  if (local.length === 0) return [];
  return [
    {
      severity: 'info',
      subject: peeringSubject(name),
      message: `the peering ${name} dials ${local.join(', ')}, in a private range: the networks of both clusters must be connected`,
      evidence: [evidence(at, 'PeerServerAddresses', peering.PeerServerAddresses)],
      remediation: [],
    },
  ];
};

/** Returns the worst finding about a peering. One that reaches a server of the peer at each address has none. */
const finding = (relation: Relation, all: readonly Probe[], takenAt: string): readonly Draft[] => {
  const probes = all.filter(({ use, peer }) => use === 'peer-server' && peer === relation.name);
  const foreign = certificateFinding(relation, probes, takenAt);
  if (foreign.length > 0) return foreign;
  const isReached = relation.peering.PeerServerAddresses.every((address) =>
    probes.some((probe) => probe.address === address && probe.outcome === 'tls'),
  );
  if (isReached) return [];
  const candidates = [loopbackFinding(relation), silenceFinding(relation, probes), privateFinding(relation)];
  return candidates.find((drafts) => drafts.length > 0) ?? [];
};

const exampleDialer = (address: string) => ({
  peerings: { enabled: true, list: [examplePeering({ PeerServerAddresses: [address], PeerID: 'a-peer' })] },
});

export const peeringServerAddresses = defineCheck({
  id: 'peering-server-addresses',
  group: 'peerings',
  title: 'Peerings dial addresses at which the servers of the peer can be reached',
  failureTitle: 'A peering dials addresses at which no server of the peer was found',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering'),
    since: '1.14.0',
  },
  rationale:
    'The cluster that establishes a peering dials the server addresses that its token contained. A loopback address points back to the dialing machine. Where probes are on, the bot connects to the addresses too; that it reaches none is an error only if a second vantage point does not either.',
  inputs: [relationsView, hasPeeringsView, 'takenAt'],
  optional: ['probes'],
  examples: { pass: exampleDialer('198.51.100.20:8503'), fail: exampleDialer('127.0.0.1:8503') },
  evaluate({ relations, hasPeerings, probes, takenAt }) {
    if (!hasPeerings || relations.length === 0) return skip(noPeerings);
    const dialed = relations.filter(({ side }) => side === 'dialer');
    if (dialed.length === 0) return skip('this cluster dials no peer; its peers dial it');
    return dialed.flatMap((relation) => finding(relation, rowsOf(probes), takenAt));
  },
});
