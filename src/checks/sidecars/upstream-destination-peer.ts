import type { Peering, ServiceResolver, Upstream } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleSidecar, exampleUpstream } from '../examples/parts';
import type { Entry } from '../../snapshot/snapshot';
import type { Inputs } from '../inputs';
import { spec } from '../links';
import type { ResolvedUpstream, UpstreamTarget } from '../model';
import { orDefault, serviceKey, serviceLabel } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { omitUndefined } from '../../omit-undefined';
import { reasonOf } from '../reason';
import { dialFirstRemediation } from '../remediation/peering';
import { upstreamSubject } from '../subjects';
import { importedKeys, importsEvidence } from '../traffic/imported-services';
import { localOffers } from '../traffic/local-offers';
import { noPeerings } from '../views/has-peerings';
import { upstreamsView } from '../views/upstreams';
import { findUnknownRedirects, type PeerContext, peerNamesEvidence } from './unknown-redirects';
import { byUpstream, instancesLabel, type UpstreamChange, upstreamRemediation } from './upstream-remediation';

/** A wrong upstream, with the peers that would fix it. */
interface Problem {
  readonly upstream: ResolvedUpstream;
  /** Peers that it could name, the likeliest first. */
  readonly peers: readonly string[];
  readonly message: (proxy: string) => string;
  readonly evidence: Draft['evidence'];
}

/** Returns the ACTIVE peers that export a service. */
const exportingPeers = ({ exported }: PeerContext, service: string, namespace: string): readonly Peering[] =>
  exported.filter(([, names]) => names.has(serviceKey(service, namespace))).map(([peering]) => peering);

/** Describes an upstream whose `destination_peer` names no peering. */
const unknownPeer = (upstream: ResolvedUpstream, context: PeerContext): Problem => {
  const { DestinationPeer } = upstream.upstream;
  const others = exportingPeers(context, upstream.destination, upstream.namespace).map(({ Name }) => Name);
  const near = findNearestName(DestinationPeer, context.peerNames);
  const hint = near ? `; the nearest name is ${near}` : '';
  return {
    upstream,
    peers: [...new Set([...(near ? [near] : []), ...others])],
    message: (proxy) =>
      `${proxy} → ${upstream.destination} names the peer ${DestinationPeer}, but no peering has that name${hint}`,
    evidence: [
      evidence(upstream.at, 'DestinationPeer', DestinationPeer),
      peerNamesEvidence(context.peerNames),
    ],
  };
};

/** Describes an upstream without `destination_peer` to a service that only peers export. */
const missingPeer = (
  upstream: ResolvedUpstream,
  target: UpstreamTarget,
  context: PeerContext,
): Problem | undefined => {
  const peers = exportingPeers(context, target.service, target.namespace);
  const names = peers.map(({ Name }) => Name);
  const label = serviceLabel(target.service, target.namespace);
  return peers.length === 0
    ? undefined
    : {
        upstream,
        peers: names,
        message: (proxy) =>
          `${proxy} → ${upstream.destination} has no destination_peer, but only ${names.join(' and ')} ${names.length > 1 ? 'export' : 'exports'} ${label}`,
        evidence: [
          evidence(upstream.at, '', upstream.upstream),
          ...target.trail,
          ...peers.map((peering) => importsEvidence(peering, target.service)),
          evidence({ endpoint: '/v1/catalog/services', path: '' }, JSON.stringify(target.service), undefined),
        ],
      };
};

/** Describes an upstream whose `datacenter` is not federated with this one, to a service that peers export. */
const unknownDatacenter = (
  upstream: ResolvedUpstream,
  datacenters: readonly string[],
  context: PeerContext,
): Problem | undefined => {
  const { Datacenter } = upstream.upstream;
  const peers = exportingPeers(context, upstream.destination, upstream.namespace);
  const isFederated = [...datacenters, context.cluster.datacenter].includes(Datacenter);
  if (isFederated || peers.length === 0) return undefined;
  const names = peers.map(({ Name }) => Name);
  return {
    upstream,
    peers: names.toSorted((a, b) => Number(b === Datacenter) - Number(a === Datacenter)),
    message: (proxy) =>
      `${proxy} → ${upstream.destination} has no destination_peer and names the datacenter ${Datacenter}, which is not federated with this one; ${names.join(' and ')} ${names.length > 1 ? 'export' : 'exports'} ${upstream.destination}`,
    evidence: [
      evidence(upstream.at, 'Datacenter', Datacenter),
      evidence({ endpoint: '/v1/catalog/datacenters', path: '' }, '', datacenters),
      ...peers.map((peering) => importsEvidence(peering, upstream.destination)),
    ],
  };
};

/** Returns the target of an upstream that is looked up only in this cluster, partition and datacenter. */
const localTargetOf = (
  { upstream, targets }: ResolvedUpstream,
  cluster: Inputs['cluster'],
): UpstreamTarget | undefined => {
  if (upstream.DestinationType === 'prepared_query') return undefined;
  const partition = orDefault(upstream.DestinationPartition || cluster.partition);
  const [first] = targets;
  const here = first && targets.length === 1 && !first.peer && !first.datacenter;
  return here && partition === orDefault(cluster.partition) ? first : undefined;
};

/**
 * Describes an upstream whose resolver redirects to a peer, and whose target another resolver of this cluster rewrites
 * once more: any rewrite after the redirect drops the peer (seen on 1.20.1).
 */
const droppedPeer = (
  upstream: ResolvedUpstream,
  target: UpstreamTarget,
  resolvers: readonly Entry<ServiceResolver>[],
): Problem | undefined => {
  const first = resolvers.find(
    ({ entry }) =>
      serviceKey(entry.Name, entry.Namespace) === serviceKey(upstream.destination, upstream.namespace),
  );
  const { Peer = '', Service = '' } = first?.entry.Redirect ?? {};
  if (!first || Peer === '') return undefined;
  const meant = Service || upstream.destination;
  return {
    upstream,
    peers: [Peer],
    message: (proxy) =>
      `${proxy} → ${upstream.destination} does not reach ${Peer}: service-resolver ${first.entry.Name} redirects to ${meant} at ${Peer}, but the resolver of ${meant} in this cluster rewrites that to ${serviceLabel(target.service, target.namespace)} here`,
    evidence: [
      evidence(upstream.at, '', upstream.upstream),
      evidence(first.at, 'Redirect', first.entry.Redirect),
      ...target.trail,
    ],
  };
};

/** Returns the service that an upstream means at a peer, if that differs from its own name. */
const serviceOf = ({ destination, targets }: ResolvedUpstream): string | undefined => {
  const [target] = targets;
  return target && target.trail.length > 0 && serviceKey(target.service) !== serviceKey(destination)
    ? target.service
    : undefined;
};

const toDrafts = (problems: readonly Problem[], { cluster, peerNames }: PeerContext): readonly Draft[] => {
  const changes = (choice: number): readonly UpstreamChange[] =>
    problems.flatMap(({ upstream, peers }) => {
      const DestinationPeer = peers[choice] ?? peers[0];
      // Consul refuses an upstream with both.
      const renamed = omitUndefined({ DestinationName: serviceOf(upstream) });
      return DestinationPeer
        ? [{ upstream, change: { DestinationPeer, Datacenter: '', ...renamed } satisfies Partial<Upstream> }]
        : [];
    });
  return byUpstream(problems.map(({ upstream }) => upstream)).map((rows) => {
    const [first] = rows;
    const {
      peers,
      message,
      evidence: ownEvidence,
    } = problems.find(({ upstream }) => upstream === first) as Problem;
    const others = problems.filter(({ upstream }) => rows.includes(upstream) && upstream !== first);
    const remediation: readonly Remediation[] = peers.flatMap((peer, choice) =>
      upstreamRemediation(`Call ${first.destination} at ${peer}`, rows, changes(choice), cluster.enterprise),
    );
    return {
      subject: upstreamSubject(first),
      message: message(instancesLabel(rows)),
      evidence: [...ownEvidence, ...others.flatMap((problem) => problem.evidence.slice(0, 1))],
      // A peering may be missing only where there is none at all: any other name is a mistake in this upstream.
      remediation:
        peers.length > 0 || peerNames.length > 0
          ? remediation
          : dialFirstRemediation(
              { name: first.upstream.DestinationPeer, partition: cluster.partition },
              cluster.name,
            ),
    };
  });
};

export const upstreamDestinationPeer = defineCheck({
  id: 'upstream-destination-peer',
  group: 'sidecars',
  title: 'Upstreams to services that only a peer exports name that peer, and it exists',
  failureTitle: 'An upstream to a service that only a peer exports names no existing peer',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('sidecar-proxy-requirements'), since: '1.14.0' },
  rationale:
    'Without destination_peer Envoy looks for the service in this cluster, where it does not exist. If the peer does not exist, there is no destination either. In both cases calls fail.',
  inputs: [upstreamsView, 'peerings', 'peerNames', 'cluster'],
  partial: [upstreamsView],
  optional: [
    'datacenters',
    'serviceDefaults',
    'serviceNames',
    'serviceResolvers',
    'serviceRouters',
    'serviceSplitters',
    'terminatingGateways',
  ],
  examples: {
    pass: {},
    fail: { sidecars: [exampleSidecar([exampleUpstream({ DestinationPeer: '' })])] },
  },
  evaluate({ upstreams, peerings, peerNames, cluster, datacenters, serviceResolvers, ...local }) {
    if (peerNames.length === 0 && !upstreams.some(({ upstream }) => upstream.DestinationPeer))
      return skip(noPeerings);
    const context: PeerContext = {
      exported: peerings.list.flatMap((peering) => {
        const names = importedKeys(peering);
        return names ? [[peering, names] as const] : [];
      }),
      peerNames,
      cluster,
    };
    const offerOf = localOffers({ ...local, serviceResolvers }, cluster);
    const problems: Problem[] = [];
    let hiddenReason: string | undefined;
    const federated = rowsOf(datacenters);
    const resolvers = rowsOf(serviceResolvers);
    const known = new Set(peerNames.map((name) => name.toLowerCase()));
    for (const upstream of upstreams) {
      if (upstream.upstream.DestinationPeer) {
        if (!known.has(upstream.upstream.DestinationPeer.toLowerCase()))
          problems.push(unknownPeer(upstream, context));
        continue;
      }
      const reachesPeer = upstream.targets.some(({ peer }) => peer !== '');
      if (upstream.upstream.Datacenter && !reachesPeer) {
        const problem = unknownDatacenter(upstream, federated, context);
        if (problem && datacenters.visibility === 'visible') problems.push(problem);
        if (problem && datacenters.visibility !== 'visible') hiddenReason ??= reasonOf(datacenters.reason);
      }
      const target = localTargetOf(upstream, cluster);
      const problem =
        target && (missingPeer(upstream, target, context) ?? droppedPeer(upstream, target, resolvers));
      const offer = target && problem && offerOf(target.service, target.namespace);
      if (problem && offer?.is === 'no') problems.push(problem);
      if (offer?.is === 'unknown') hiddenReason ??= offer.why;
    }
    const findings = [
      ...toDrafts(problems, context),
      ...findUnknownRedirects(upstreams, serviceResolvers, context),
    ];
    return hiddenReason === undefined ? findings : unknown(hiddenReason, findings);
  },
});
