import type { Peering } from '../../consul/wire';
import type { HopName, Path, PathEnd, PathFacts, PathRoute } from '../../paths/model';
import { tracePath } from '../../paths/trace-path';
import { rowsOf } from '../../snapshot/section';
import type { OtherSide } from '../../snapshot/snapshot';
import type { PeerUpstream, RegisteredSidecar } from '../model';
import { orDefault } from '../names';
import { reasonOf } from '../reason';
import { type Consumer, openConsumer, proxyKey } from '../traffic/consumer-facts';
import {
  furtherPeerings,
  localAsFurtherPeer,
  sameTrustPeers,
  trustedCluster,
} from '../traffic/further-peers';
import { type Destination, destinationFacts, openDestination } from '../traffic/destination-facts';
import { implicitUpstream } from '../traffic/implicit-upstream';
import type { PathSide } from '../traffic/path-side';
import { sidecarProxyAt } from '../traffic/sidecar-location';
import { defineView, type Input, inputName, type InputValues, type Views, type ViewTools } from '../view';
import { allExportsView, exportsView } from './exports';
import { gatewayModesView } from './gateway-modes';
import { gatewayFitsView } from './gateway-fits';
import { peerRoutesView } from './gateway-routes';
import { intentionRulesView } from './intention-rules';
import { registeredSidecarsView } from './registered-sidecars';
import { counterpartOf } from './remote-upstreams';
import { peerUpstreamsView } from './upstreams';
import { usedFailoverView } from './used-failover';

/** A path of this cluster: from a consumer here, or from one on a configured other side to a service here. */
export interface ClusterPath extends Path {
  /** The end at which this cluster is. */
  readonly here: PathEnd;
  /** The first of the upstreams that make this path; instances of one sidecar share it. */
  readonly upstream: PeerUpstream;
  /** True if the cluster at the other end was not read, so that its hops are not visible. */
  readonly isOtherEndUnread: boolean;
}

const standby: ReadonlySet<PathRoute['via']> = new Set(['failover', 'sameness-group']);

/** Tells whether a target is used only once everything before it is down, and something is not. */
const isStandby = (upstream: PeerUpstream, { usedFailover }: Consumer): boolean => {
  const { target, targets } = upstream;
  return standby.has(target.via)
    ? usedFailover(upstream) !== target
    : target.via === 'prepared-query' && targets.indexOf(target) > 0;
};

/** Hops behind the mesh gateways that Envoy takes for endpoints: it does not see their failures. */
const behindEndpoint: Readonly<Record<'remote' | 'local', ReadonlySet<HopName>>> = {
  remote: new Set(['intention', 'destination', 'instances', 'protocol']),
  local: new Set([
    'remote-gateway',
    'gateway-address',
    'remote-peering',
    'exported',
    'intention',
    'destination',
    'instances',
    'protocol',
  ]),
};

/** Takes a path back to those that stand in for others, where Envoy may pass it over and go on to the next target. */
const unlessPassedOver = (path: Path, { target, targets }: PeerUpstream, mode: PathFacts['mode']): Path => {
  if (path.via !== 'failover' || path.standby || targets.at(-1) === target) return path;
  const behind = behindEndpoint[mode.visible && mode.value.mode === 'local' ? 'local' : 'remote'];
  const isPassedOver = path.hops.some(({ name, status }) => status === 'fail' && !behind.has(name));
  return isPassedOver ? { ...path, standby: true } : path;
};

const keyOf = ({ sidecar, destination, target }: PeerUpstream): string =>
  JSON.stringify([proxyKey(sidecar), destination, target.peer, target.namespace, target.service, target.via]);

/** The index of an upstream that no registration holds. */
const implicitIndex = -1;

const isImplicit = ({ index }: PeerUpstream): boolean => index === implicitIndex;

interface Ends {
  readonly consumer: Consumer;
  readonly peering: Peering | undefined;
  readonly destination: Destination | undefined;
  /** The name of the destination's cluster; empty where it is not configured. */
  readonly cluster: string;
  /** The reason why the destination's cluster is not visible. */
  readonly missing: string;
  readonly here: PathEnd;
}

const pathOf = (upstream: PeerUpstream, ends: Ends): ClusterPath => {
  const { consumer, peering, destination, cluster, missing, here } = ends;
  const { sidecar, target } = upstream;
  const route: PathRoute = {
    consumer: {
      cluster: consumer.side.cluster.name,
      service: sidecar.proxy.DestinationServiceName || sidecar.service,
      namespace: orDefault(sidecar.namespace),
      proxy: sidecar.service,
    },
    called: upstream.destination,
    destination: { cluster, peer: upstream.peer, service: upstream.service, namespace: target.namespace },
    consumerPeer: destination?.counterpart?.Name ?? '',
    via: isImplicit(upstream) ? 'transparent-proxy' : target.via,
    standby: isStandby(upstream, consumer),
  };
  const near = consumer.factsOf(upstream, peering);
  const traced = tracePath(route, {
    ...near,
    ...destinationFacts(consumer, upstream, peering, destination, missing),
  });
  const path = unlessPassedOver(traced, upstream, near.mode);
  return { ...path, here, upstream, isOtherEndUnread: destination === undefined };
};

/** One upstream for each path. An upstream without a name reaches nothing: a check of its own reports it. */
const distinct = (upstreams: readonly PeerUpstream[]): readonly PeerUpstream[] => [
  ...new Map(
    upstreams.filter(({ destination }) => destination !== '').map((upstream) => [keyOf(upstream), upstream]),
  ).values(),
];

const sideOf = (read: Views['read']): PathSide | undefined => {
  const [cluster, takenAt] = [read('cluster'), read('takenAt')];
  return cluster.visibility === 'hidden' || takenAt.visibility === 'hidden'
    ? undefined
    : { cluster: cluster.value, takenAt: takenAt.value, read };
};

const peeringsOf = ({ read }: PathSide): readonly Peering[] => {
  const section = read('peerings');
  return section.visibility === 'hidden' ? [] : section.value.list;
};

/** Opens the end of a destination, with all that its cluster shares with that of the consumer. */
const openEnd = (side: PathSide, counterpart: Peering | undefined, consumer: PathSide): Destination => {
  const peerings = rowsOf(side.read('allPeerings'));
  const ends = [trustedAt(side), trustedAt(consumer)] as const;
  const same = sameTrustPeers(counterpart, peerings, ends, rowsOf(side.read('otherSides')));
  const further = furtherPeerings(counterpart, peerings, rowsOf(consumer.read('allPeerings')));
  const unsure = new Set([...same.unsure].filter((name) => !further.includes(name)));
  const names = new Set([...further, ...same.names, ...localAsFurtherPeer(...ends)]);
  return openDestination(side, counterpart, [...names], unsure);
};

const trustedAt = ({ read }: PathSide) => trustedCluster(read('cluster'), read('caRoots'));

/** Upstreams of sidecars, and routes and listeners of gateways. */
const callsOf = ({ read }: PathSide): readonly PeerUpstream[] => {
  const gateways = read('routingGateways');
  const names = new Set(rowsOf(gateways).map(({ name }) => name));
  return [
    ...rowsOf(read(peerUpstreamsView)),
    // A gateway that is not deployed calls nothing.
    ...rowsOf(read(peerRoutesView)).filter(
      ({ gateway }) => gateways.visibility !== 'visible' || names.has(gateway.name),
    ),
  ];
};

/** Follows upstreams of consumers here. What several of them share is read once. */
const outboundTracer = (
  own: PathSide,
  others: readonly OtherSide[],
  open: (side: OtherSide) => PathSide | undefined,
): ((upstream: PeerUpstream) => ClusterPath) => {
  const consumer = openConsumer(own);
  const endsBy = new Map<string, Ends>();
  const endsOf = (peer: string): Ends => {
    const known = endsBy.get(peer);
    if (known) return known;
    const peering = consumer.peeringNamed(peer);
    const other = others.find((one) => one.peer === peer);
    const remote = other && open(other);
    const missing = missingWordsOf(peer, other);
    const ends: Ends = {
      consumer,
      peering,
      destination:
        remote && peering ? openEnd(remote, counterpartOf(peering, peeringsOf(remote)), own) : undefined,
      cluster: other?.cluster ?? '',
      missing,
      here: 'consumer',
    };
    endsBy.set(peer, ends);
    return ends;
  };
  return (upstream) => pathOf(upstream, endsOf(upstream.peer));
};

/** Paths from consumers here to services of peers. */
const outboundPaths = (own: PathSide, trace: () => (upstream: PeerUpstream) => ClusterPath) => {
  const upstreams = distinct(callsOf(own));
  return upstreams.length === 0 ? [] : upstreams.map(trace());
};

const missingWordsOf = (peer: string, other: OtherSide | undefined): string =>
  other && other.snapshot.visibility !== 'visible'
    ? `${other.cluster} was not read: ${reasonOf(other.snapshot.reason)}`
    : `the cluster at the peer ${peer} is not configured here`;

/** Paths from consumers on configured other sides to services here. */
const inboundPaths = (
  own: PathSide,
  others: readonly OtherSide[],
  open: (side: OtherSide) => PathSide | undefined,
): readonly ClusterPath[] =>
  others.flatMap((other): readonly ClusterPath[] => {
    const remote = open(other);
    const peering = peeringsOf(own).find(({ Name }) => Name === other.peer);
    if (!remote || !peering) return [];
    const counterpart = counterpartOf(peering, peeringsOf(remote));
    if (!counterpart) return [];
    const upstreams = distinct(callsOf(remote).filter(({ peer }) => peer === counterpart.Name));
    if (upstreams.length === 0) return [];
    const ends: Ends = {
      consumer: openConsumer(remote),
      peering: counterpart,
      destination: openEnd(own, peering, remote),
      cluster: own.cluster.name,
      missing: '',
      here: 'destination',
    };
    return upstreams.map((upstream) => pathOf(upstream, ends));
  });

const inputs = [
  peerUpstreamsView,
  peerRoutesView,
  registeredSidecarsView,
  gatewayModesView,
  exportsView,
  allExportsView,
  intentionRulesView,
  gatewayFitsView,
  usedFailoverView,
  'peerings',
  'allPeerings',
  'caRoots',
  'peerNames',
  'gateways',
  'importedServices',
  'serviceNames',
  'exportedHealth',
  'resolvedExports',
  'exportedChains',
  'routingGateways',
  'serviceDefaults',
  'proxyDefaults',
  'serviceRouters',
  'serviceSplitters',
  'serviceResolvers',
  'terminatingGateways',
  'mesh',
  'otherSides',
] as const;

type Values = InputValues<'cluster' | 'takenAt' | 'peer', (typeof inputs)[number]>;

/** The cluster that is checked as one end of paths, and its other sides as the other. */
const openEnds = (values: Values, { open }: Pick<ViewTools, 'open'>) => {
  const facts = {
    cluster: { visibility: 'visible', value: values.cluster },
    takenAt: { visibility: 'visible', value: values.takenAt },
  };
  const read = ((input: Input) =>
    ({ ...facts })[inputName(input) as 'cluster'] ?? values[inputName(input) as 'gateways']) as Views['read'];
  const own: PathSide = { cluster: values.cluster, takenAt: values.takenAt, read };
  const opened = new Map<OtherSide, PathSide | undefined>();
  const openSide = (other: OtherSide): PathSide | undefined => {
    if (other.snapshot.visibility === 'hidden') return undefined;
    if (!opened.has(other)) opened.set(other, sideOf(open(other.snapshot.value).read));
    return opened.get(other);
  };
  const others = rowsOf(values.otherSides);
  return { own, others, openSide, tracer: () => outboundTracer(own, others, openSide) };
};

/**
 * Every path between this cluster and its peers, hop by hop. Those of consumers here reach as far as the clusters
 * are configured; hops that are not visible are unknown.
 */
export const pathsView = defineView({
  name: 'paths',
  description:
    'every path from a consumer to a service of a peer, hop by hop over both clusters, as far as they are configured',
  needs: ['cluster', 'takenAt', 'peer'],
  optional: inputs,
  compute: (values, tools): readonly ClusterPath[] => {
    tools.rely(values.peerUpstreams);
    tools.rely(values.peerRoutes);
    const { own, others, openSide, tracer } = openEnds(values, tools);
    return [...outboundPaths(own, tracer), ...inboundPaths(own, others, openSide)];
  },
});

/** A service of a peer that a transparent proxy can call without an upstream of its own. */
export interface ImplicitCall {
  readonly sidecar: RegisteredSidecar;
  readonly peer: string;
  readonly service: string;
  readonly namespace: string;
}

/**
 * Follows a call of a transparent proxy. These are not among the paths: nobody knows which of them are made, and
 * there is one for each proxy and imported service.
 */
export const implicitPathView = defineView({
  name: 'implicitPath',
  description: 'the path of a call that a transparent proxy can make without an upstream',
  needs: ['cluster', 'takenAt', 'peer'],
  optional: inputs,
  compute: (values, tools): ((call: ImplicitCall) => ClusterPath) => {
    const trace = openEnds(values, tools).tracer();
    return ({ sidecar, peer, service, namespace }) =>
      trace({
        at: sidecarProxyAt(sidecar, ''),
        sidecar,
        node: sidecar.node,
        proxy: sidecar.service,
        proxyId: sidecar.id,
        index: implicitIndex,
        upstream: implicitUpstream(service, peer),
        destination: service,
        namespace,
        targets: [],
        unresolved: '',
        target: { peer, datacenter: '', service, namespace, via: 'upstream', trail: [] },
        peer,
        service,
      });
  },
});
