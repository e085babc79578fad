import type { Evidence, Remediation } from '../../report/report';
import { isCritical } from '../../snapshot/health';
import type { GatewayInstance, OtherSide, Section, Unseen } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleCluster, examplePeering, exampleRelation, exampleTakenAt } from '../examples';
import { consulDocs } from '../links';
import { noPeering } from '../no-peering';
import { reasonOf } from '../reason';
import { command, shellRemedy } from '../remediation/shell';
import { peeringSubject } from '../subjects';
import type { Views } from '../views';
import { counterpartOf } from '../views/far';
import type { Relation } from '../views/relations';
import { acceptRemedy, deletePeeringRemedy, dialRemedy, startOver } from './remedies';

/** What keeps a cluster from answering, rather than this bot from being answered. */
const silent: ReadonlySet<Unseen['kind']> = new Set(['unreachable', 'timeout', 'server']);

/** A deletion takes seconds; after this long (ms) it is stuck. */
const stuckAfterMs = 5 * 60_000;

/** What the cause of a state is told from. */
interface Facts {
  readonly cluster: Views['cluster'];
  readonly mesh: Section<Views['mesh']>;
  readonly gateways: Section<readonly GatewayInstance[]>;
  readonly otherSides: Section<readonly OtherSide[]>;
}

/** A likely cause in one clause, with what says so. */
interface Cause {
  readonly text: string;
  readonly seen: readonly Evidence[];
}

const sideOf = ({ otherSides }: Facts, name: string): OtherSide | undefined =>
  otherSides.seen === 'none' ? undefined : otherSides.value.find(({ peer }) => peer === name);

/** What this peering is called at the other side, where that is configured and was read. */
const counterpart = (relation: Relation, facts: Facts) => {
  const side = sideOf(facts, relation.name);
  if (side?.snapshot.seen !== 'all' || side.snapshot.value.sections.peerings.seen === 'none')
    return undefined;
  const found = counterpartOf(relation.peering, side.snapshot.value.sections.peerings.value.list);
  return { cluster: side.cluster, found };
};

/** Why the other side could not be read, where that says something of the peering as well. */
const farSilent = (relation: Relation, facts: Facts): readonly Cause[] => {
  const side = sideOf(facts, relation.name);
  const peerings = side?.snapshot.seen === 'all' ? side.snapshot.value.sections.peerings : side?.snapshot;
  if (!side || !peerings || peerings.seen !== 'none' || !silent.has(peerings.missing.kind)) return [];
  return [
    { text: `${side.cluster} does not answer this bot either: ${reasonOf(peerings.missing)}`, seen: [] },
  ];
};

/** What the other side itself says, where it is configured here too. */
const farCause = (relation: Relation, facts: Facts): readonly Cause[] => {
  const far = counterpart(relation, facts);
  if (!far) return [];
  if (!far.found) return [{ text: `${far.cluster} has no peering with this cluster any more`, seen: [] }];
  return far.found.State === 'ACTIVE'
    ? []
    : [{ text: `${far.cluster} calls it ${far.found.Name}, and there it is ${far.found.State}`, seen: [] }];
};

/** Where control traffic goes through mesh gateways, it stops with them. */
const gatewayCause = ({ mesh, gateways }: Facts): readonly Cause[] => {
  const through =
    mesh.seen === 'none' ? undefined : mesh.value.find(({ entry }) => entry.Peering?.PeerThroughMeshGateways);
  if (!through || gateways.seen !== 'all') return [];
  const healthy = gateways.value.some(({ Checks }) => !Checks.some(isCritical));
  return healthy
    ? []
    : [
        {
          text: 'peering traffic goes through mesh gateways here, and none of them is healthy',
          seen: [evidence(through.at, 'Peering.PeerThroughMeshGateways', true)],
        },
      ];
};

const causesOf = (relation: Relation, facts: Facts): readonly Cause[] => {
  const { state, peering, side, at } = relation;
  const far = farCause(relation, facts);
  if (state === 'TERMINATED') {
    return far.length > 0
      ? far
      : [{ text: 'the other side has deleted it; what it shows of services is stale', seen: [] }];
  }
  if (state === 'FAILING') {
    const known = [...far, ...gatewayCause(facts)];
    if (known.length > 0) return known;
    const heard = evidence(at, 'StreamStatus.LastHeartbeat', peering.StreamStatus?.LastHeartbeat);
    const here: Cause =
      side === 'dialer'
        ? {
            text: `no server of the other side answers at ${peering.PeerServerAddresses.join(', ')}`,
            seen: [heard, evidence(at, 'PeerServerAddresses', peering.PeerServerAddresses)],
          }
        : { text: 'the other side, which dials, is not heard from', seen: [heard] };
    return [here, ...farSilent(relation, facts)];
  }
  if (state === 'DELETING') {
    return [
      { text: 'its deletion does not come to an end', seen: [evidence(at, 'DeletedAt', peering.DeletedAt)] },
    ];
  }
  return [{ text: 'this is no state that a peering should have', seen: [] }];
};

const remedy = (relation: Relation, facts: Facts): readonly Remediation[] => {
  const { name, state, side } = relation;
  const self = counterpart(relation, facts)?.found?.Name ?? facts.cluster.name;
  const renew = side === 'dialer' ? dialRemedy(name, self) : acceptRemedy(name, self);
  const first =
    state === 'FAILING'
      ? `See the peering ${name} whole, and whether the two sides reach each other; it comes back by itself then. A new token, as follows, is for a side that has moved or was built anew`
      : `See the peering ${name} whole`;
  const look = shellRemedy(first, command(['consul', 'peering', 'read', '-name', name]));
  if (state === 'TERMINATED') return startOver(name, renew);
  if (state === 'FAILING') return [...look, ...renew];
  return state === 'DELETING' ? deletePeeringRemedy(`Ask for the deletion of ${name} again`, name) : look;
};

export const peeringActive = defineCheck({
  id: 'peering-active',
  group: 'peerings',
  title: 'Every peering that was established is ACTIVE',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/manage-connections'),
    since: '1.14.0',
  },
  rationale:
    'Only over an ACTIVE peering are services and their health replicated. Endpoints of the other side go stale, or are gone.',
  inputs: ['relations', 'readiness', 'takenAt', 'cluster'],
  optional: ['mesh', 'gateways', 'otherSides'],
  examples: (() => {
    const rest = {
      readiness: false,
      takenAt: exampleTakenAt,
      cluster: exampleCluster,
      mesh: { seen: 'all', value: [] },
      gateways: { seen: 'all', value: [] },
      otherSides: { seen: 'all', value: [] },
    } as const;
    return {
      pass: { ...rest, relations: [exampleRelation()] },
      fail: { ...rest, relations: [exampleRelation({ peering: examplePeering({ State: 'FAILING' }) })] },
    };
  })(),
  evaluate({ relations, readiness, takenAt, cluster, mesh, gateways, otherSides }) {
    if (readiness || relations.length === 0) return skip(noPeering);
    const facts: Facts = { cluster, mesh, gateways, otherSides };
    const isStuck = ({ peering }: Relation): boolean =>
      !peering.DeletedAt || Date.parse(takenAt) - Date.parse(peering.DeletedAt) > stuckAfterMs;
    const settled = relations.filter(({ state }) => state !== 'PENDING' && state !== 'ESTABLISHING');
    if (settled.length === 0) return skip('no peering has been established yet');
    return settled
      .filter(
        (relation) => relation.state !== 'ACTIVE' && (relation.state !== 'DELETING' || isStuck(relation)),
      )
      .map((relation): Draft => {
        const causes = causesOf(relation, facts);
        return {
          subject: peeringSubject(relation.name),
          message: `the peering ${relation.name} is ${relation.state || 'UNDEFINED'}: ${causes.map(({ text }) => text).join('; ')}`,
          evidence: [evidence(relation.at, 'State', relation.state), ...causes.flatMap(({ seen }) => seen)],
          remediation: remedy(relation, facts),
        };
      });
  },
});
