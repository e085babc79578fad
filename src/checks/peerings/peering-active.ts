import type { Evidence, Remediation } from '../../report/report';
import { criticalCheckNamesForPeers } from '../../snapshot/health';
import { rowsOf } from '../../snapshot/section';
import type { GatewayInstance, OtherSide, Section, HiddenReason } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { examplePeering } from '../examples/parts';
import type { Inputs } from '../inputs';
import { consulDocs } from '../links';
import type { Conclusion, Relation } from '../model';
import { reasonOf } from '../reason';
import {
  deletePeeringRemediation,
  establishRemediation,
  ownPeering,
  readPeeringCommand,
  renewPeeringRemediation,
  replacePeeringRemediation,
  useTokenRemediation,
  waitUntilGoneRemediation,
} from '../remediation/peering';
import { shellRemediation } from '../remediation/shell';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { peersThroughGatewaysView } from '../views/peers-through-gateways';
import { relationsView } from '../views/relations';
import { counterpartOf } from '../views/remote-upstreams';
import { isAffected, isVersion, terminatedMustBeDeleted } from '../consul/version-ranges';
import { wasEstablished } from './was-established';

/** Failures that keep a cluster from answering at all, unlike a refusal of this bot. */
const noAnswer: ReadonlySet<HiddenReason['kind']> = new Set(['unreachable', 'timeout', 'server']);

/** A deletion takes seconds; after this time (ms) it is stuck. */
const stuckAfterMs = 5 * 60_000;

/** Facts that the cause of a state is derived from. */
interface Facts {
  readonly cluster: Inputs['cluster'];
  readonly throughGateways: Conclusion;
  readonly gateways: Section<readonly GatewayInstance[]>;
  readonly otherSides: Section<readonly OtherSide[]>;
  /** The versions of the servers, or that of the answering agent. */
  readonly versions: readonly string[];
  /** Tells whether a deletion takes longer than it should. */
  readonly isStuck: (relation: Relation) => boolean;
}

/** A likely cause in one clause, with its evidence. */
interface Cause {
  readonly text: string;
  readonly evidence: readonly Evidence[];
}

const sideOf = ({ otherSides }: Facts, name: string): OtherSide | undefined =>
  otherSides.visibility === 'hidden' ? undefined : otherSides.value.find(({ peer }) => peer === name);

/** Finds this peering on the other side, where that cluster is configured and was read. */
const counterpart = (relation: Relation, facts: Facts) => {
  const side = sideOf(facts, relation.name);
  if (
    side?.snapshot.visibility !== 'visible' ||
    side.snapshot.value.sections.peerings.visibility === 'hidden'
  )
    return undefined;
  const found = counterpartOf(relation.peering, side.snapshot.value.sections.peerings.value.list);
  return { cluster: side.cluster, found };
};

/** Names the failure to read the other side, if it may be the cause of the peering's state as well. */
const unansweredCause = (relation: Relation, facts: Facts): readonly Cause[] => {
  const side = sideOf(facts, relation.name);
  const peerings =
    side?.snapshot.visibility === 'visible' ? side.snapshot.value.sections.peerings : side?.snapshot;
  if (!side || !peerings || peerings.visibility !== 'hidden' || !noAnswer.has(peerings.reason.kind))
    return [];
  return [
    { text: `${side.cluster} does not answer this bot either: ${reasonOf(peerings.reason)}`, evidence: [] },
  ];
};

/** Names the cause that the other side reports, where it is configured here too. */
const remoteCause = (relation: Relation, facts: Facts): readonly Cause[] => {
  const other = counterpart(relation, facts);
  if (!other) return [];
  if (!other.found)
    return [{ text: `${other.cluster} no longer has a peering with this cluster`, evidence: [] }];
  return other.found.State === 'ACTIVE'
    ? []
    : [
        {
          text: `in ${other.cluster} it is named ${other.found.Name} and is ${other.found.State}`,
          evidence: [],
        },
      ];
};

/** Peering traffic that goes through mesh gateways stops with them. */
const gatewayCause = ({ throughGateways, gateways }: Facts): readonly Cause[] => {
  if (throughGateways.is !== 'yes' || gateways.visibility !== 'visible') return [];
  const healthy = gateways.value.some(({ Checks }) => criticalCheckNamesForPeers(Checks).length === 0);
  return healthy
    ? []
    : [
        {
          text: 'peering traffic goes through mesh gateways here, and none of them is healthy',
          evidence: throughGateways.evidence,
        },
      ];
};

/** Finds the one peering on the other side whose token has not been used: it was created to replace this one. */
const waitingAt = (
  { name, side }: Relation,
  facts: Facts,
): { readonly cluster: string; readonly name: string } | undefined => {
  const other = sideOf(facts, name);
  if (side !== 'dialer' || other?.snapshot.visibility !== 'visible') return undefined;
  const { peerings } = other.snapshot.value.sections;
  const waiting = (peerings.visibility === 'hidden' ? [] : peerings.value.list).filter(
    ({ State, PeerServerAddresses, Remote }) =>
      State === 'PENDING' && PeerServerAddresses.length === 0 && !Remote?.Datacenter,
  );
  const [first] = waiting;
  return first && waiting.length === 1 ? { cluster: other.cluster, name: first.Name } : undefined;
};

const causesOf = (relation: Relation, facts: Facts): readonly Cause[] => {
  const { state, peering, side, at } = relation;
  const remote = remoteCause(relation, facts);
  if (isGivenUp(relation)) {
    return [
      {
        text: 'its deletion was requested, and Consul gave it up when the other side deleted it too',
        evidence: [evidence(at, 'DeletedAt', peering.DeletedAt)],
      },
    ];
  }
  if (state === 'TERMINATED') {
    return remote.length > 0
      ? remote
      : [{ text: 'the other side deleted it; the services that it lists are stale', evidence: [] }];
  }
  if (wasEstablished(relation)) {
    const proof =
      side === 'dialer'
        ? evidence(at, 'PeerServerAddresses', peering.PeerServerAddresses)
        : evidence(at, 'Remote.Datacenter', peering.Remote?.Datacenter);
    const away =
      side === 'dialer'
        ? `its token was accepted, but no server of the other side answers at ${peering.PeerServerAddresses.join(', ')}`
        : `it was established with datacenter ${peering.Remote?.Datacenter}, but the other side has not dialed since this cluster elected a new leader`;
    return [
      { text: away, evidence: [proof] },
      ...remote,
      ...gatewayCause(facts),
      ...unansweredCause(relation, facts),
    ];
  }
  if (state === 'FAILING') {
    const known = [...remote, ...gatewayCause(facts)];
    if (known.length > 0) return known;
    const heartbeat = evidence(at, 'StreamStatus.LastHeartbeat', peering.StreamStatus?.LastHeartbeat);
    const here: Cause =
      side === 'dialer'
        ? {
            text: `no server of the other side answers at ${peering.PeerServerAddresses.join(', ')}`,
            evidence: [heartbeat, evidence(at, 'PeerServerAddresses', peering.PeerServerAddresses)],
          }
        : { text: 'the other side dials but sends no heartbeat', evidence: [heartbeat] };
    return [here, ...unansweredCause(relation, facts)];
  }
  if (state === 'DELETING') {
    const text = facts.isStuck(relation) ? 'its deletion does not finish' : 'Consul deletes it';
    return [{ text, evidence: [evidence(at, 'DeletedAt', peering.DeletedAt)] }];
  }
  return [{ text: 'a peering should not stay in this state', evidence: [] }];
};

/**
 * Tells whether Consul gave a deletion up: where the other side's deletion arrives before it is over, Consul stores TERMINATED
 * and keeps `DeletedAt` (source of 1.20.1: `PeeringTerminateByID` in state/peering.go).
 */
const isGivenUp = ({ state, peering }: Relation): boolean =>
  state === 'TERMINATED' && Boolean(peering.DeletedAt);

/** Tells whether a TERMINATED peering can be established again only after it is deleted. */
const mustBeDeleted = ({ side }: Relation, { versions }: Facts): boolean =>
  side === 'acceptor' ||
  versions.some((version) => !isVersion(version) || isAffected(version, terminatedMustBeDeleted));

const remediationOf = (relation: Relation, facts: Facts): readonly Remediation[] => {
  const { name, state, side } = relation;
  const self = counterpart(relation, facts)?.found?.Name ?? facts.cluster.name;
  const own = ownPeering(relation.peering);
  const renew = renewPeeringRemediation(relation, self);
  if (wasEstablished(relation)) {
    return shellRemediation(
      `Make sure that the servers of ${name} run and that ${side === 'dialer' ? 'this cluster can reach them' : 'they can reach this cluster'}: it then recovers by itself. Do not delete it. Read it until it is ACTIVE`,
      readPeeringCommand(own),
    );
  }
  const first =
    state === 'FAILING'
      ? `Read the peering ${name}, and check that both sides can reach each other: it then recovers by itself. Generate a new token, as follows, only if one side was moved or rebuilt`
      : `Read the peering ${name}`;
  const look = shellRemediation(first, readPeeringCommand(own));
  if (isGivenUp(relation)) return deletePeeringRemediation(`Request the deletion of ${name} again`, own);
  if (state === 'TERMINATED') {
    const waiting = waitingAt(relation, facts);
    const renewal = waiting ? useTokenRemediation(own, waiting.cluster, waiting.name) : renew;
    return mustBeDeleted(relation, facts) ? replacePeeringRemediation(own, renewal) : renewal;
  }
  if (state === 'FAILING') return [...look, ...renew];
  if (state !== 'DELETING') return look;
  return facts.isStuck(relation)
    ? deletePeeringRemediation(`Request the deletion of ${name} again`, own)
    : [...waitUntilGoneRemediation(own), ...establishRemediation(relation, self)];
};

export const peeringActive = defineCheck({
  id: 'peering-active',
  group: 'peerings',
  title: 'Every peering that was established is ACTIVE',
  failureTitle: 'An established peering is not ACTIVE',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/manage-connections'),
    since: '1.14.0',
  },
  rationale:
    'Services and their health are replicated only while a peering is ACTIVE. Otherwise endpoints of the other side go stale, or disappear.',
  inputs: [relationsView, hasPeeringsView, peersThroughGatewaysView, 'takenAt', 'cluster'],
  optional: ['gateways', 'otherSides', 'servers'],
  examples: {
    pass: {},
    fail: { peerings: { enabled: true, list: [examplePeering({ State: 'FAILING' })] } },
  },
  evaluate({
    relations,
    hasPeerings,
    peersThroughGateways: throughGateways,
    takenAt,
    cluster,
    gateways,
    otherSides,
    servers,
  }) {
    if (!hasPeerings || relations.length === 0) return skip(noPeerings);
    const known = rowsOf(servers).map(({ version }) => version);
    const versions = known.length > 0 ? known : [cluster.consulVersion];
    const isStuck = ({ peering }: Relation): boolean =>
      !peering.DeletedAt || Date.parse(takenAt) - Date.parse(peering.DeletedAt) > stuckAfterMs;
    const facts: Facts = { cluster, throughGateways, gateways, otherSides, versions, isStuck };
    const established = relations.filter(
      (relation) => relation.state !== 'PENDING' || wasEstablished(relation),
    );
    if (established.length === 0) return skip('no peering has been established yet');
    return established
      .filter(({ state }) => state !== 'ACTIVE')
      .map((relation): Draft => {
        const causes = causesOf(relation, facts);
        return {
          // A deletion is no mistake in itself; calls that end there make it an error.
          severity: relation.state === 'DELETING' && !isStuck(relation) ? 'warning' : 'error',
          subject: peeringSubject(relation.name),
          message: `the peering ${relation.name} is ${relation.state || 'UNDEFINED'}: ${causes.map(({ text }) => text).join('; ')}`,
          evidence: [
            evidence(relation.at, 'State', relation.state),
            ...causes.flatMap((cause) => cause.evidence),
          ],
          remediation: remediationOf(relation, facts),
        };
      });
  },
});
