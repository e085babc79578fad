import { compareServices, isSame, streamedFrom, streamedTo } from '../../snapshot/replication';
import type { OtherSide, Snapshot } from '../../snapshot/snapshot';
import type { Peering } from '../../consul/wire';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { changeSnapshot } from '../examples/healthy';
import { examplePeering } from '../examples/parts';
import type { Inputs } from '../inputs';
import { consulDocs } from '../links';
import type { Relation } from '../model';
import { reasonOf } from '../reason';
import { renewPeeringRemediation } from '../remediation/peering';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { relationsView } from '../views/relations';
import { counterpartOf } from '../views/remote-upstreams';

/** A peering of this cluster whose other side was read. */
interface Pair {
  readonly relation: Relation;
  readonly cluster: Inputs['cluster'];
  readonly side: OtherSide;
  readonly far: Snapshot;
  readonly others: readonly Peering[];
  /** Every other side that was read, to find a second dialer. */
  readonly sides: readonly OtherSide[];
}

const peeringsOf = ({ snapshot }: OtherSide): readonly Peering[] => {
  if (snapshot.visibility === 'hidden') return [];
  const { peerings } = snapshot.value.sections;
  return peerings.visibility === 'hidden' ? [] : peerings.value.list;
};

/** States that an established peering has. A peering that waits for its other side has a check of its own. */
const isEstablished = (state: string): boolean => state === 'ACTIVE' || state === 'FAILING';

const isDatacenter = (reported: string | undefined, actual: string): boolean =>
  !reported || !actual || reported.toLowerCase() === actual.toLowerCase();

const serviceProblems = (
  exporter: string,
  importer: string,
  exported: readonly string[],
  imported: readonly string[],
): readonly string[] => {
  const differences = compareServices(exported, imported);
  if (isSame(differences)) return [];
  const { missing, surplus } = differences;
  return [
    ...(missing.length > 0
      ? [`${exporter} exports ${missing.join(', ')}, which ${importer} does not import`]
      : []),
    ...(surplus.length > 0
      ? [`${importer} imports ${surplus.join(', ')}, which ${exporter} does not export`]
      : []),
  ];
};

/** The clusters that dial one acceptor: only one of them gets its stream. */
const dialersOf = (acceptorId: string, { sides }: Pair): readonly string[] =>
  // A cluster with several peerings is read for each of them.
  [
    ...new Set(
      sides
        .filter((side) => peeringsOf(side).some(({ PeerID }) => PeerID === acceptorId))
        .map(({ cluster }) => cluster),
    ),
  ];

/** Returns contradictions between the two sides of one peering. */
const problemsOf = (pair: Pair): readonly string[] => {
  const { relation, cluster, side, far, others } = pair;
  const { peering, name, state } = relation;
  const remote = counterpartOf(peering, others);
  if (!remote) {
    return isEstablished(state)
      ? [
          `${side.cluster} has no matching peering: it was deleted or created again there, or the clusters file names the wrong cluster for ${name}`,
        ]
      : [];
  }
  if (state !== 'ACTIVE' || remote.State !== 'ACTIVE') {
    return state === 'ACTIVE' || remote.State === 'ACTIVE'
      ? [`it is ${state} here, but ${remote.Name} in ${side.cluster} is ${remote.State}`]
      : [];
  }
  const dialers = relation.side === 'acceptor' ? dialersOf(peering.ID, pair) : [];
  const otherDialer = 'another cluster has used a newer peering token and holds the peering now';
  return [
    ...(isDatacenter(peering.Remote?.Datacenter, far.cluster.datacenter)
      ? []
      : [
          `the cluster at its other end has datacenter ${peering.Remote?.Datacenter}, but ${side.cluster} has ${far.cluster.datacenter}: ${otherDialer}`,
        ]),
    ...(isDatacenter(remote.Remote?.Datacenter, cluster.datacenter)
      ? []
      : [
          `in ${side.cluster} the cluster at its other end has datacenter ${remote.Remote?.Datacenter}, but this one has ${cluster.datacenter}: ${otherDialer}`,
        ]),
    ...(dialers.length > 1
      ? [`${dialers.join(' and ')} dial the same peering, and only one of them is served`]
      : []),
    ...serviceProblems('this cluster', side.cluster, streamedTo(peering), streamedFrom(remote)),
    ...serviceProblems(side.cluster, 'this cluster', streamedTo(remote), streamedFrom(peering)),
  ];
};

const finding = (pair: Pair): readonly Draft[] => {
  const problems = problemsOf(pair);
  if (problems.length === 0) return [];
  const { relation, cluster, others } = pair;
  const { peering, at, name } = relation;
  const remote = counterpartOf(peering, others);
  return [
    {
      subject: peeringSubject(name),
      message: `the two sides of the peering ${name} disagree: ${problems.join('; ')}`,
      evidence: [
        evidence(at, 'State', peering.State),
        evidence(at, peering.PeerID ? 'PeerID' : 'ID', peering.PeerID || peering.ID),
        evidence(at, 'Remote.Datacenter', peering.Remote?.Datacenter),
      ],
      remediation: renewPeeringRemediation(relation, remote?.Name ?? cluster.name),
    },
  ];
};

const far = (changes: Partial<Peering>) => ({
  otherSides: [
    {
      peer: 'west',
      cluster: 'prod-west',
      snapshot: {
        visibility: 'visible' as const,
        value: changeSnapshot({
          cluster: { name: 'prod-west', datacenter: 'dc2' },
          peerings: {
            enabled: true,
            list: [
              examplePeering({
                ID: 'west-to-east',
                Name: 'east',
                PeerID: examplePeering().ID,
                PeerServerAddresses: ['198.51.100.20:8503'],
                StreamStatus: { ImportedServices: ['api'], ExportedServices: ['billing'] },
                Remote: { Partition: '', Datacenter: 'dc1' },
                ...changes,
              }),
            ],
          },
        }),
      },
    },
  ],
});

export const peeringTwoSided = defineCheck({
  id: 'peering-two-sided',
  group: 'peerings',
  title: 'Both sides of each peering agree',
  failureTitle: 'The two sides of a peering disagree',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/manage-connections'),
    since: '1.14.0',
  },
  rationale:
    'One side can show ACTIVE while the other has deleted the peering, or serves another cluster that used a newer token. Only both sides together show it.',
  inputs: [relationsView, hasPeeringsView, 'otherSides', 'cluster'],
  examples: { pass: far({}), fail: far({ State: 'TERMINATED' }) },
  evaluate({ relations, hasPeerings, otherSides, cluster }) {
    if (!hasPeerings || relations.length === 0) return skip(noPeerings);
    const sides = otherSides.flatMap((side) => {
      const relation = relations.find(({ name }) => name === side.peer);
      return relation ? [{ side, relation }] : [];
    });
    if (sides.length === 0) {
      return skip('no other side of a peering is configured; name it under peers in the clusters file');
    }
    const findings: Draft[] = [];
    let hidden: string | undefined;
    for (const { side, relation } of sides) {
      const { snapshot } = side;
      const section = snapshot.visibility === 'hidden' ? snapshot : snapshot.value.sections.peerings;
      if (snapshot.visibility === 'hidden' || section.visibility === 'hidden') {
        if (section.visibility === 'hidden') hidden ??= `${side.cluster}: ${reasonOf(section.reason)}`;
        continue;
      }
      const others = peeringsOf(side);
      if (section.visibility === 'partial' && !counterpartOf(relation.peering, others)) {
        hidden ??= `${side.cluster}: ${reasonOf(section.reason)}`;
        continue;
      }
      findings.push(...finding({ relation, cluster, side, far: snapshot.value, others, sides: otherSides }));
    }
    return hidden === undefined
      ? findings
      : unknown(`the other side of a peering is not visible: ${hidden}`, findings);
  },
});
