import {
  type IntentionDecision,
  type IntentionRow,
  intentionsFor,
  isLocalSource,
  localSourcesCount,
  peersOfSource,
} from '../../paths/intentions';
import type { Evidence } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleIntentions } from '../examples/parts';
import { consulDocs } from '../links';
import type { Export } from '../model';
import { serviceKey, serviceLabel } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { serviceSubject } from '../subjects';
import { decideCall, decidingServices, whyUnmatched } from '../traffic/decide-call';
import { exportedTargets } from '../traffic/exported-targets';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { allExportsView, exportsView } from '../views/exports';
import { furtherPeeringsView } from '../views/further-peerings';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { type ClusterIntentions, intentionRulesView } from '../views/intention-rules';
import { type PeerCall, peerCallsView } from '../views/peer-calls';
import { type ClusterPath, pathsView } from '../views/paths';
import { subjectOf } from '../path-findings';
import { allowCaller } from './change-intentions';
import { matchPeers } from './match-peers';
import { omitUndefined } from '../../omit-undefined';

/** Maximum intentions in the evidence of one finding. */
const maxShown = 5;

const rowEvidence = ({ entry, index, source }: IntentionRow): Evidence =>
  evidence(entry.at, `Sources[${index}]`, {
    Name: source.Name,
    ...omitUndefined({
      Peer: source.Peer || undefined,
      SamenessGroup: source.SamenessGroup || undefined,
      Action: source.Action || undefined,
      Permissions: source.Permissions.length > 0 ? source.Permissions : undefined,
    }),
  });

const decidedBy = (decision: Exclude<IntentionDecision, { kind: 'unknown' }>, peer: string): string => {
  const unmatched = whyUnmatched(decision);
  if (unmatched !== undefined) return unmatched;
  if (!decision.row) return 'no intention matches it, and the default policy is deny';
  const { entry, index } = decision.row;
  const local = isLocalSource(decision.row)
    ? `: it is about services of its own cluster, and counts for ${peer} too, as both share a trust domain`
    : '';
  return `service-intentions/${entry.entry.Name} Sources[${index}] decides${local}`;
};

/** Finds the wrong peer in a source that was meant for the caller: one that is not a peering and has a similar name. */
const misnamedPeer = (
  { rules, consumer, peer, peerNames }: PeerCall,
  decidedAt: PeerCall['destination'],
): string | undefined => {
  const rows = rules ? intentionsFor(rules.entries, decidedAt) : [];
  return rows
    .map(({ source }) => source)
    .filter(({ Name, Peer }) => Name === consumer.name && Peer && !peerNames.includes(Peer))
    .map(({ Peer = '' }) => Peer)
    .find((name) => peerNames.length === 1 || findNearestName(name, peerNames) === peer);
};

/** `web of west → api`: who calls what, as the destination's cluster names them. */
const callLabel = ({ consumer, peer, destination }: PeerCall): string =>
  `${serviceLabel(consumer.name, consumer.namespace)} of ${peer} → ${serviceLabel(destination.name, destination.namespace)}`;

/** Says that the called name stands for another service, whose intentions decide. */
const sentOnTo = ({ destination }: PeerCall, decidedAt: PeerCall['destination']): string =>
  serviceKey(destination.name, destination.namespace) === serviceKey(decidedAt.name, decidedAt.namespace)
    ? ''
    : `; calls of ${destination.name} are sent on to ${serviceLabel(decidedAt.name, decidedAt.namespace)}, whose intentions decide`;

/** Tells that a call ends before any intention: no service has the name that is called. */
const isToNoService = ({ hops }: ClusterPath): boolean =>
  hops.some(({ name, status }) => name === 'exported' && status === 'fail') &&
  hops.some(({ name, status }) => name === 'intention' && status === 'unknown');

/** Reports an intention that keeps a caller out, and that its proxy does not match. */
const leftOut = (
  call: PeerCall,
  { decision, decidedAt }: { decision: IntentionDecision; decidedAt: PeerCall['destination'] },
): readonly Draft[] => {
  if (decision.kind !== 'allow' || !decision.left) return [];
  const { entry, index, source } = decision.left;
  const denied = source.Permissions?.length ? 'some of its requests' : 'it';
  return [
    {
      severity: 'warning',
      subject: { kind: 'intention', name: callLabel(call) },
      message: `${callLabel(call)} is allowed, although service-intentions/${entry.entry.Name} Sources[${index}] denies ${denied}: ${call.cluster ? `in ${call.cluster}, ` : ''}${whyUnmatched(decision)}`,
      evidence: [rowEvidence(decision.left), upstreamEvidence(call.upstream)],
      remediation: () => matchPeers(call.rules, decidedAt, decision.unmatched, call.cluster),
    },
  ];
};

const findingOf = (
  call: PeerCall,
  { decision, decidedAt }: { decision: IntentionDecision; decidedAt: PeerCall['destination'] },
  paths: readonly ClusterPath[],
): readonly Draft[] => {
  if (decision.kind === 'unknown') return [];
  if (paths.length > 0 && paths.every(isToNoService)) return [];
  if (decision.kind === 'allow') return leftOut(call, { decision, decidedAt });
  const { unmatched } = decision;
  const { consumer, cluster, rules, peer, furtherPeers, upstream } = call;
  const where = cluster ? `in ${cluster}, ` : '';
  const isLocal = decision.row !== undefined && isLocalSource(decision.row);
  const misnamed =
    decision.kind === 'deny' && !isLocal && !unmatched ? misnamedPeer(call, decidedAt) : undefined;
  const hint = misnamed ? `; an intention names ${misnamed}, which is not a peering` : '';
  const rows = rules ? intentionsFor(rules.entries, decidedAt) : [];
  // Permissions deny a part on purpose, and a caller without a JWT is not helped by an intention that allows it.
  const isOnPurpose =
    decision.kind === 'partly' &&
    unmatched === undefined &&
    decision.row !== undefined &&
    (decision.row.source.Permissions.length > 0 ||
      (decision.row.entry.entry.JWT?.Providers ?? []).length > 0);
  const partly =
    decision.kind === 'partly'
      ? ` for ${decision.denied.map(({ about }) => about).join(', ')}; other requests are allowed`
      : '';
  return [
    {
      // A failover target matters once everything before it is down.
      severity: decision.kind === 'deny' && upstream.target.via !== 'failover' ? 'error' : 'warning',
      subject: { kind: 'intention', name: callLabel(call) },
      message: `${callLabel(call)} is denied${partly}: ${where}${decidedBy(decision, peer)}${hint}${sentOnTo(call, decidedAt)}`,
      evidence: [
        ...(decision.row ? [rowEvidence(decision.row)] : rows.slice(0, maxShown).map(rowEvidence)),
        upstreamEvidence(upstream),
      ],
      remediation: () => {
        if (isOnPurpose) return [];
        const matching = matchPeers(rules, decidedAt, unmatched, cluster);
        if (decision.kind === 'partly' ? unmatched !== undefined : decision.left !== undefined)
          return matching;
        // With the default policy allow, what is denied to another peering with the same cluster, or to this
        // one, is what keeps it out.
        const named = furtherPeers.find(({ name }) => name === decision.row?.source.Peer)?.name ?? peer;
        return [
          ...matching,
          ...allowCaller(
            rules?.entries ?? [],
            decidedAt,
            { ...consumer, peer: isLocal ? '' : named },
            { cluster: cluster || undefined, misnamed },
          ),
        ];
      },
    },
  ];
};

/** Tells whether some service of the peer (empty: of this cluster) may call the destination; undefined where a policy decides that is not visible. */
const allowsSome = (
  rules: ClusterIntentions,
  destination: PeerCall['destination'],
  peer: string,
): boolean | undefined => {
  const { defaultPolicy, membersOf, unmatched } = rules.rulesFor(destination.name, destination.namespace);
  const rows = intentionsFor(rules.entries, destination);
  if (peer !== '' && unmatched !== undefined) {
    const isLetIn = defaultPolicy === undefined ? undefined : defaultPolicy === 'allow';
    return unmatched === 'not visible' && rows.length > 0 ? undefined : isLetIn;
  }
  const about = rows.filter((row) => peersOfSource(row, membersOf)?.includes(peer));
  const some = about.some(
    ({ source }) => source.Action === 'allow' || source.Permissions.some(({ Action }) => Action === 'allow'),
  );
  if (some || about.some(({ source }) => source.Name === '*')) return some;
  if (rows.some((row) => peersOfSource(row, membersOf) === undefined)) return undefined;
  return defaultPolicy === undefined ? undefined : defaultPolicy === 'allow';
};

/** True where a policy that is not visible decides whether an export by name is closed to a peer. */
const isLeftToHiddenPolicy = (
  { wildcard, service, namespace, consumers }: Export,
  rules: ClusterIntentions,
  peerNames: readonly string[],
): boolean =>
  !wildcard &&
  service !== 'consul' &&
  consumers.some(
    ({ peer }) =>
      peerNames.includes(peer) && allowsSome(rules, { name: service, namespace }, peer) === undefined,
  );

const isExportedTo = (exports: readonly Export[], { service, namespace }: Export, peer: string): boolean =>
  exports.some(
    (row) =>
      (row.wildcard || serviceKey(row.service, row.namespace) === serviceKey(service, namespace)) &&
      row.consumers.some((one) => one.peer === peer),
  );

/** Finds the peer, or with an empty name this cluster, whose intentions keep every service of a peer out. */
const closedAs = (
  rules: ClusterIntentions,
  deciding: readonly PeerCall['destination'][],
  peers: readonly string[],
): string | undefined => {
  const isClosed = (peer: string): boolean => {
    const counting = deciding.filter(
      ({ name, namespace }) =>
        peer !== '' || localSourcesCount(rules.rulesFor(name, namespace).protocol) === true,
    );
    return counting.length > 0 && counting.every((at) => allowsSome(rules, at, peer) === false);
  };
  // With the default policy allow, one that denies is enough.
  const isAllowedByDefault = deciding.every(
    ({ name, namespace }) => rules.rulesFor(name, namespace).defaultPolicy === 'allow',
  );
  if (isAllowedByDefault) return peers.find(isClosed);
  const opening = peers.find(
    (peer) =>
      !isClosed(peer) &&
      (peer !== '' ||
        deciding.some(
          ({ name, namespace }) => localSourcesCount(rules.rulesFor(name, namespace).protocol) !== false,
        )),
  );
  return opening === undefined ? peers[0] : undefined;
};

/** Peers whose intentions count for a call of another peer, and those of which it is not visible whether they do. */
type FurtherPeersOf = (
  row: Export,
  peer: string,
) => { readonly names: readonly string[]; readonly unsure: readonly string[] };

/** Exports that are closed to peers. */
interface ClosedExports {
  readonly findings: readonly Draft[];
  /** A service and a peer to which it is open unless further intentions count, which is not visible. */
  readonly undecided: { readonly service: string; readonly peer: string } | undefined;
}

/**
 * Finds exports by name that no service of a peer may call, where no consumer of that peer is known.
 *
 * @param furtherPeersOf further peerings with the same cluster to which it is exported: their intentions count too
 */
const closedExports = (
  exports: readonly Export[],
  furtherPeersOf: FurtherPeersOf,
  rules: ClusterIntentions,
  peerNames: readonly string[],
  calls: readonly PeerCall[],
  decidingFor: (destination: PeerCall['destination']) => readonly PeerCall['destination'][],
): ClosedExports => {
  let undecided: ClosedExports['undecided'];
  const known = new Set(
    calls
      .filter(({ cluster }) => cluster === '')
      .map(({ destination, peer }) => `${peer}/${serviceKey(destination.name, destination.namespace)}`),
  );
  const findings = exports
    .filter(({ wildcard, service }) => !wildcard && service !== 'consul')
    .flatMap((row): readonly Draft[] => {
      const destination = { name: row.service, namespace: row.namespace };
      const deciding = decidingFor(destination);
      const closedBy = (peer: string): string | undefined =>
        closedAs(rules, deciding, [peer, ...furtherPeersOf(row, peer).names]);
      const mayBeClosed = (peer: string): boolean => {
        const { names, unsure } = furtherPeersOf(row, peer);
        return (
          closedBy(peer) === undefined && closedAs(rules, deciding, [peer, ...names, ...unsure]) !== undefined
        );
      };
      const callers = row.consumers.filter(
        ({ peer }) =>
          peerNames.includes(peer) && !known.has(`${peer}/${serviceKey(row.service, row.namespace)}`),
      );
      const unsure = callers.find(({ peer }) => mayBeClosed(peer));
      if (unsure) undecided ??= { service: serviceLabel(row.service, row.namespace), peer: unsure.peer };
      const closed = callers.filter(({ peer }) => closedBy(peer) !== undefined);
      if (closed.length === 0) return [];
      const peers = closed.map(({ peer }) => peer).join(', ');
      const label = serviceLabel(row.service, row.namespace);
      const wrong = intentionsFor(rules.entries, destination)
        .map(({ source }) => source.Peer ?? '')
        .filter((peer) => peer !== '' && !peerNames.includes(peer));
      const near = wrong
        .map((peer) => [peer, findNearestName(peer, peerNames)] as const)
        .find(([, name]) => name);
      const hint =
        wrong.length === 0
          ? ''
          : `; intentions name ${[...new Set(wrong)].join(', ')}, which ${wrong.length === 1 ? 'is not a peering' : 'are not peerings'}${near ? ` (the nearest name is ${near[1]})` : ''}`;
      const local = closed.some(({ peer }) => closedBy(peer) === '')
        ? '; those about services of this cluster count for it too, as both share a trust domain'
        : '';
      return [
        {
          severity: 'warning',
          subject: serviceSubject(row.service, row.namespace),
          message: `${label} is exported to ${peers}, but no intention allows a service of ${peers} to call it${hint}${local}`,
          evidence: [
            evidence(row.at, 'Name', row.service),
            ...intentionsFor(rules.entries, destination).slice(0, maxShown).map(rowEvidence),
          ],
          remediation: () =>
            closed.slice(0, 1).flatMap(({ peer }) => {
              const by = closedBy(peer) ?? peer;
              // Not for this cluster: that would open the service to every service here.
              return by === ''
                ? []
                : allowCaller(rules.entries, deciding[0] ?? destination, {
                    name: '*',
                    namespace: 'default',
                    peer: by,
                  });
            }),
        },
      ];
    });
  return { findings, undecided };
};

export const intentionsAllowPeer = defineCheck({
  id: 'intentions-allow-peer',
  group: 'exported-services',
  title: 'Intentions allow services of peers to call what is exported to them',
  failureTitle: 'Intentions deny calls from a peer to an exported service',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering#authorize-services-for-peers'),
    since: '1.14.0',
  },
  rationale:
    'The cluster that exports a service decides who may call it. Its sidecars refuse calls of a peer that no intention allows.',
  inputs: [hasPeeringsView, peerCallsView, 'peerNames'],
  optional: [
    exportsView,
    allExportsView,
    furtherPeeringsView,
    intentionRulesView,
    'exportedChains',
    pathsView,
  ],
  examples: {
    pass: {},
    fail: { intentions: [exampleIntentions([{ name: 'web', peer: 'cluster-02' }])] },
  },
  evaluate({
    hasPeerings,
    peerCalls,
    peerNames,
    exports,
    allExports,
    furtherPeeringsOf,
    intentionRules,
    exportedChains,
    paths,
  }) {
    if (!hasPeerings) return skip(noPeerings);
    const exported = rowsOf(exports).filter(({ consumers }) => consumers.length > 0);
    if (exported.length === 0 && peerCalls.length === 0) {
      return exports.visibility === 'visible'
        ? skip('nothing is exported, and no call to a configured other side is known')
        : unknown('the exported services are not visible');
    }
    const decided = peerCalls.map((call) => {
      const { rules, destination, deciding, consumer, peer, furtherPeers } = call;
      const hidden: IntentionDecision = { kind: 'unknown' };
      return {
        call,
        ...(rules
          ? decideCall(rules, { ...consumer, peer, furtherPeers }, deciding)
          : { decision: hidden, decidedAt: destination }),
      };
    });
    const pathsBy = Map.groupBy(rowsOf(paths), (path) => subjectOf(path, 'intentions-allow-peer').name);
    const seen = new Set<string>();
    const findings = decided
      .filter(({ call }) => !seen.has(callLabel(call)) && seen.add(callLabel(call)))
      .flatMap(({ call, ...decided }) => findingOf(call, decided, pathsBy.get(callLabel(call)) ?? []));
    const targetsOf = exportedTargets(rowsOf(exportedChains));
    const furtherOf: FurtherPeersOf = (row, peer) => {
      const { names, unsure } =
        furtherPeeringsOf.visibility === 'hidden' ? { names: [], unsure: [] } : furtherPeeringsOf.value(peer);
      const counts = (one: string): boolean => one === '' || isExportedTo(rowsOf(allExports), row, one);
      return { names: names.filter(counts), unsure: unsure.filter(counts) };
    };
    const closed: ClosedExports =
      intentionRules.visibility === 'visible'
        ? closedExports(exported, furtherOf, intentionRules.value, peerNames, peerCalls, (destination) =>
            decidingServices(destination, targetsOf(destination.name)),
          )
        : { findings: [], undecided: undefined };
    const hidden = decided.find(({ decision }) => decision.kind === 'unknown');
    const all = [...findings, ...closed.findings];
    if (hidden) {
      const mayLeaveOut = hidden.decision.kind === 'unknown' && hidden.decision.mayLeaveOut;
      const label = callLabel(hidden.call);
      return unknown(
        mayLeaveOut
          ? `proxies may match no intention about ${label}: the protocol or the mesh entry is not visible`
          : `the intentions that decide about ${label} are not visible`,
        all,
      );
    }
    if (exported.length > 0 && intentionRules.visibility !== 'visible') {
      return unknown('the intentions of this cluster are not visible', all);
    }
    if (
      intentionRules.visibility === 'visible' &&
      exported.some((row) => isLeftToHiddenPolicy(row, intentionRules.value, peerNames))
    ) {
      return unknown('the default policy for intentions is not visible', all);
    }
    if (closed.undecided) {
      const { service, peer } = closed.undecided;
      return unknown(
        `the trust domain of ${peer} is not visible: if it is a datacenter of the federation of this cluster, other intentions decide whether it may call ${service}`,
        all,
      );
    }
    return all;
  },
});
