import type { Hop, HopStatus, PathRoute } from '../paths/model';
import { pathLabel } from '../paths/words';
import type { Finding, Report } from '../report/report';
import type { Reachable, Trace, TraceHop } from '../report/trace';
import { findNearestName } from '../find-nearest-name';
import { failure, type Result, success } from '../result';
import { rowsOf } from '../snapshot/section';
import type { Snapshot } from '../snapshot/snapshot';
import { evidence } from './evidence';
import type { ResolvedUpstream } from './model';
import { parseServiceName, serviceKey } from './names';
import { checkOf, subjectOf } from './path-findings';
import { runChecks } from './runner';
import { upstreamSubject } from './subjects';
import { importedNames } from './traffic/imported-services';
import { openSnapshot, type Views } from './view';
import { type ClusterPath, implicitPathView, pathsView } from './views/paths';
import { registeredSidecarsView } from './views/registered-sidecars';
import { upstreamsView } from './views/upstreams';

export interface TraceQuery {
  readonly service: string;
  readonly destination: string;
  /** Follow paths to this peer alone. */
  readonly peer?: string | undefined;
}

const statusOf: Readonly<Record<HopStatus, TraceHop['status']>> = {
  pass: 'ok',
  fail: 'broken',
  unknown: 'unknown',
};

/** The answer for a path, by its status. */
export const reachableOf: Readonly<Record<HopStatus, Reachable>> = {
  pass: 'yes',
  fail: 'no',
  unknown: 'unknown',
};

const isNamed = (text: string, name: string, namespace: string): boolean => {
  const typed = parseServiceName(text);
  return serviceKey(typed.name, typed.namespace) === serviceKey(name, namespace);
};

const isBetween = (path: ClusterPath, { service, destination, peer }: TraceQuery): boolean =>
  path.here === 'consumer' &&
  (isNamed(service, path.consumer.service, path.consumer.namespace) ||
    isNamed(service, path.consumer.proxy, path.consumer.namespace)) &&
  (isNamed(destination, path.called, path.upstream.namespace) ||
    isNamed(destination, path.destination.service, path.destination.namespace)) &&
  (peer === undefined || path.destination.peer.toLowerCase() === peer.toLowerCase());

const order: readonly HopStatus[] = ['fail', 'unknown', 'pass'];

/** Main paths before those that are used once others are down; broken ones first. */
const byInterest = (a: ClusterPath, b: ClusterPath): number =>
  Number(a.standby) - Number(b.standby) || order.indexOf(a.status) - order.indexOf(b.status);

/** Finds the finding that a broken hop is reported by. */
const findingOf = (path: ClusterPath, hop: Hop, report: Report): Finding | null => {
  const check = checkOf(path, hop);
  const { findings = [] } = report.results.find(({ id }) => id === check) ?? {};
  const subject = subjectOf(path, check);
  const label = pathLabel(path);
  const mine = findings.filter(({ paths = [] }) => paths.includes(label));
  return mine.find((one) => one.subject.name === subject.name) ?? mine[0] ?? null;
};

const clusterOf = ({ consumer, destination }: PathRoute, { end }: Hop): string =>
  end === 'consumer' ? consumer.cluster : destination.cluster || `peer ${destination.peer}`;

const traceHop = (path: ClusterPath, hop: Hop, report: Report): TraceHop => ({
  name: hop.name,
  cluster: clusterOf(path, hop),
  status: statusOf[hop.status],
  detail: hop.detail,
  caution: hop.caution,
  check: checkOf(path, hop),
  evidence: hop.evidence,
  finding: hop.status === 'fail' ? findingOf(path, hop, report) : null,
});

const traceOf = (
  snapshot: Snapshot,
  path: ClusterPath,
  others: readonly ClusterPath[],
  report: Report,
): Trace => ({
  schemaVersion: 1,
  reachable: reachableOf[path.status],
  hops: path.hops.map((hop) => traceHop(path, hop, report)),
  consumer: { cluster: path.consumer.cluster, service: path.consumer.service },
  destination: {
    cluster: path.destination.cluster || null,
    peer: path.destination.peer,
    service: path.destination.service,
  },
  others: others.map((one) => ({
    path: `${pathLabel(one)}${one.standby ? ' (failover)' : ''}`,
    reachable: reachableOf[one.status],
  })),
  startedAt: snapshot.takenAt,
  durationMs: snapshot.durationMs,
});

/** Traces the most interesting of some paths, and names the others. */
const traceFirst = (snapshot: Snapshot, paths: readonly ClusterPath[]): Result<Trace> => {
  const [path, ...others] = paths.toSorted(byInterest) as [ClusterPath, ...ClusterPath[]];
  return success(traceOf(snapshot, path, others, runChecks(snapshot)));
};

/** Paths of transparent proxies, which call services of peers without upstreams. */
const implicitPaths = (views: Views, { service, destination, peer }: TraceQuery): readonly ClusterPath[] => {
  const follow = views.read(implicitPathView);
  const sidecar = rowsOf(views.read(registeredSidecarsView)).find(
    ({ shown, namespace = 'default' }) =>
      shown.Mode === 'transparent' && isNamed(service, shown.DestinationServiceName, namespace),
  );
  if (!sidecar || follow.visibility === 'hidden') return [];
  const typed = parseServiceName(destination);
  return peersWith(views, destination)
    .filter((name) => peer === undefined || name.toLowerCase() === peer.toLowerCase())
    .map((name) => follow.value({ sidecar, peer: name, service: typed.name, namespace: typed.namespace }));
};

/** A trace that ends at the upstream: the consumer does not call the destination at a peer. */
const endsAtUpstream = (
  snapshot: Snapshot,
  { service, destination }: TraceQuery,
  hop: Pick<TraceHop, 'status' | 'detail' | 'evidence' | 'finding'>,
): Trace => ({
  schemaVersion: 1,
  reachable: hop.status === 'broken' ? 'no' : 'unknown',
  hops: [
    {
      name: 'upstream',
      cluster: snapshot.cluster.name,
      check: 'upstream-destination-peer',
      caution: '',
      ...hop,
    },
  ],
  consumer: { cluster: snapshot.cluster.name, service },
  destination: { cluster: null, peer: null, service: destination },
  others: [],
  startedAt: snapshot.takenAt,
  durationMs: snapshot.durationMs,
});

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));

const meant = (name: string, candidates: readonly string[]): string => {
  const near = findNearestName(name, candidates);
  return near === undefined ? '' : `; did you mean "${near}"?`;
};

/** Names that a trace can begin with: consumers with paths, and all services. */
const consumerNames = (views: Views): readonly string[] => [
  ...new Set([
    ...rowsOf(views.read(registeredSidecarsView)).map(({ proxy }) => proxy.DestinationServiceName),
    ...rowsOf(views.read('serviceNames')).map(({ name }) => name),
  ]),
];

/** Names that a trace can end with: those that upstreams call, and services of peers. */
const destinationNames = (views: Views): readonly string[] => {
  const peerings = views.read('peerings');
  const list = peerings.visibility === 'hidden' ? [] : peerings.value.list;
  return [
    ...new Set([
      ...rowsOf(views.read(upstreamsView)).map((upstream) => upstream.destination),
      ...list.flatMap((peering) => importedNames(peering, 'default')),
      ...rowsOf(views.read('serviceNames')).map(({ name }) => name),
    ]),
  ].filter((name) => name !== '' && name !== 'consul');
};

/** Peers whose streams report a service. */
const peersWith = (views: Views, service: string): readonly string[] => {
  const peerings = views.read('peerings');
  const list = peerings.visibility === 'hidden' ? [] : peerings.value.list;
  const { name, namespace } = parseServiceName(service);
  return list
    .filter((peering) =>
      importedNames(peering, namespace).some((one) => serviceKey(one) === serviceKey(name)),
    )
    .map(({ Name }) => Name);
};

const upstreamsBetween = (views: Views, { service, destination }: TraceQuery): readonly ResolvedUpstream[] =>
  rowsOf(views.read(upstreamsView)).filter(
    (upstream) =>
      (isNamed(service, upstream.sidecar.proxy.DestinationServiceName, upstream.namespace) ||
        isNamed(service, upstream.proxy, upstream.namespace)) &&
      isNamed(destination, upstream.destination, upstream.namespace),
  );

/** Answers where no path leads from the service to the destination at a peer. */
const withoutPath = (snapshot: Snapshot, views: Views, query: TraceQuery): Result<Trace> => {
  const { service, destination } = query;
  const { name: cluster } = snapshot.cluster;
  const [upstream] = upstreamsBetween(views, query);
  if (upstream) {
    const { results } = runChecks(snapshot);
    const subject = upstreamSubject(upstream);
    const finding = results
      .filter(({ group }) => group === 'sidecars')
      .flatMap(({ findings }) => findings)
      .find((one) => one.subject.kind === subject.kind && one.subject.name === subject.name);
    const detail = finding
      ? finding.message
      : upstream.unresolved ||
        `${upstream.proxy} → ${upstream.destination} resolves to a service of ${cluster} itself, not of a peer`;
    return success(
      endsAtUpstream(snapshot, query, {
        status: finding?.severity === 'error' ? 'broken' : 'unknown',
        detail,
        evidence: [evidence(upstream.at, '', upstream.upstream)],
        finding: finding ?? null,
      }),
    );
  }
  const implicit = implicitPaths(views, query);
  if (implicit.length > 0) return traceFirst(snapshot, implicit);
  const consumers = consumerNames(views);
  const names = views.read('serviceNames');
  if (!consumers.some((name) => isNamed(service, name, 'default'))) {
    if (names.visibility === 'visible')
      return failure(`${quoted(cluster)} has no service ${quoted(service)}${meant(service, consumers)}`);
    return success(
      endsAtUpstream(snapshot, query, {
        status: 'unknown',
        detail: `the services of ${cluster} are not visible: ${names.reason.message}`,
        evidence: [],
        finding: null,
      }),
    );
  }
  const peers = peersWith(views, destination);
  const destinations = destinationNames(views);
  if (peers.length === 0 && !destinations.some((name) => isNamed(destination, name, 'default'))) {
    return failure(
      `no service ${quoted(destination)} is called in ${cluster} or offered by a peer${meant(destination, destinations)}`,
    );
  }
  const section = views.read(upstreamsView);
  return success(
    endsAtUpstream(snapshot, query, {
      status: section.visibility === 'visible' ? 'broken' : 'unknown',
      detail:
        section.visibility === 'visible'
          ? `${service} has no upstream to ${destination}${peers.length > 0 ? `, which ${peers.join(' and ')} ${peers.length === 1 ? 'offers' : 'offer'}` : ''}`
          : `no upstream of ${service} to ${destination} is visible: ${section.reason.message}`,
      evidence: [],
      finding: null,
    }),
  );
};

/**
 * Follows the path from a service of a cluster to a service of a peer. Pure. Fails with one sentence where a name
 * is unknown.
 */
export const traceService = (snapshot: Snapshot, query: TraceQuery): Result<Trace> => {
  const views = openSnapshot(snapshot);
  const peers = views.read('peerNames');
  const { peer } = query;
  if (peer !== undefined && peers.visibility === 'visible') {
    const known = peers.value.some((name) => name.toLowerCase() === peer.toLowerCase());
    if (!known) {
      const list = peers.value.length === 0 ? 'it has none' : `it has ${peers.value.slice(0, 20).join(', ')}`;
      return failure(
        `${snapshot.cluster.name} has no peering ${quoted(peer)}${meant(peer, peers.value) || `; ${list}`}`,
      );
    }
  }
  const paths = rowsOf(views.read(pathsView)).filter((path) => isBetween(path, query));
  return paths.length > 0 ? traceFirst(snapshot, paths) : withoutPath(snapshot, views, query);
};
