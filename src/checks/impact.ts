import { destinationLabel } from '../paths/words';
import { findNearestName } from '../find-nearest-name';
import type { Impact, ImpactedPath, ImpactKind } from '../report/impact';
import { failure, type Result, success } from '../result';
import { isCritical } from '../snapshot/health';
import { rowsOf } from '../snapshot/section';
import type { Snapshot } from '../snapshot/snapshot';
import { parseServiceName, serviceKey } from './names';
import { reasonOf } from './reason';
import { reachableOf } from './trace';
import { openSnapshot, type Views } from './view';
import { exportsView } from './views/exports';
import { type ClusterPath, pathsView } from './views/paths';
import { peersThroughGatewaysView } from './views/peers-through-gateways';

/** The part that may fail or be removed, and the paths that use it. */
interface Part {
  readonly kind: ImpactKind;
  readonly name: string;
  readonly uses: (path: ClusterPath) => boolean;
  /** Consumers that may use it and are not visible. */
  readonly notVisible: readonly string[];
  readonly spared: string;
}

/** True where a call enters or leaves through mesh gateways of the cluster that is checked. */
const passesGateway = ({ here, hops }: ClusterPath): boolean =>
  here === 'destination' || hops.some(({ name }) => name === 'local-gateway');

const isOf = (text: string, name: string, namespace: string): boolean => {
  const typed = parseServiceName(text);
  return serviceKey(typed.name, typed.namespace) === serviceKey(name, namespace);
};

/** Peers that get a service and whose consumers were not read. */
const unreadConsumers = (views: Views, name?: string): readonly string[] => {
  const sides = rowsOf(views.read('otherSides'));
  const read = new Set(
    sides.filter(({ snapshot }) => snapshot.visibility === 'visible').map(({ peer }) => peer),
  );
  const peerNames = new Set(rowsOf(views.read('peerNames')));
  const rows = rowsOf(views.read(exportsView)).filter(
    ({ service, namespace, wildcard }) => name === undefined || wildcard || isOf(name, service, namespace),
  );
  const peers = rows
    .flatMap(({ consumers }) => consumers.map(({ peer }) => peer))
    .filter((peer) => peerNames.has(peer) && !read.has(peer));
  return [...new Set(peers)].map(
    (peer) => `consumers at the peer ${peer}, which is not configured or was not read`,
  );
};

const gatewayPart = (views: Views, name: string): Part | undefined => {
  const gateways = rowsOf(views.read('gateways'));
  if (!gateways.some(({ Service }) => Service.Service === name)) return undefined;
  const others = gateways.filter(
    ({ Service, Checks }) => Service.Service !== name && !Checks.some(isCritical),
  );
  const through = views.read(peersThroughGatewaysView);
  const isThrough = through.visibility !== 'hidden' && through.value.is === 'yes';
  const names = [...new Set(others.map(({ Service }) => Service.Service))].join(', ');
  return {
    kind: 'gateway',
    name,
    uses: (path) => isThrough || passesGateway(path),
    notVisible: unreadConsumers(views),
    spared: others.length > 0 ? `calls go through ${names} instead` : '',
  };
};

const peerPart = (views: Views, name: string): Part | undefined => {
  const peer = rowsOf(views.read('peerNames')).find((one) => one.toLowerCase() === name.toLowerCase());
  if (peer === undefined) return undefined;
  return {
    kind: 'peer',
    name: peer,
    uses: ({ here, destination, consumerPeer }) =>
      here === 'consumer' ? destination.peer === peer : consumerPeer === peer,
    notVisible: unreadConsumers(views).filter((words) => words.includes(` ${peer},`)),
    spared: '',
  };
};

/** A peer that is no peering here, and that upstreams still name: it may have been deleted. */
const formerPeerPart = (views: Views, name: string): Part | undefined => {
  const uses = ({ here, destination }: ClusterPath): boolean =>
    here === 'consumer' && destination.peer === name;
  return rowsOf(views.read(pathsView)).some(uses)
    ? { kind: 'peer', name, uses, notVisible: [], spared: '' }
    : undefined;
};

const servicePart = (views: Views, name: string): Part | undefined => {
  const names = views.read('serviceNames');
  const paths = rowsOf(views.read(pathsView));
  const uses = ({ destination }: ClusterPath): boolean =>
    isOf(name, destination.service, destination.namespace);
  const isKnown =
    paths.some(uses) || rowsOf(names).some((one) => isOf(name, one.name, one.namespace || 'default'));
  return isKnown || names.visibility !== 'visible'
    ? { kind: 'service', name, uses, notVisible: unreadConsumers(views, name), spared: '' }
    : undefined;
};

const parts: Readonly<Record<ImpactKind, (views: Views, name: string) => Part | undefined>> = {
  gateway: gatewayPart,
  peer: peerPart,
  service: servicePart,
};

const kinds = Object.keys(parts) as readonly ImpactKind[];

/** Finds the part by its name; `peer/east` says which kind is meant. */
const findPart = (views: Views, text: string): Part | undefined => {
  const [kind, name] = /^(gateway|peer|service)\/(.+)$/u.exec(text)?.slice(1) ?? [];
  if (kind !== undefined && name !== undefined) {
    const part = parts[kind as ImpactKind](views, name);
    return part ?? (kind === 'peer' ? formerPeerPart(views, name) : undefined);
  }
  for (const one of kinds) {
    const part = parts[one](views, text);
    if (part) return part;
  }
  return undefined;
};

const namesIn = (views: Views): readonly string[] => [
  ...new Set([
    ...rowsOf(views.read('serviceNames')).map(({ name }) => name),
    ...rowsOf(views.read('peerNames')),
    ...rowsOf(views.read(pathsView)).map(({ destination }) => destination.service),
  ]),
];

/** The other targets of the upstream that a path belongs to. */
const isSibling = (a: ClusterPath, b: ClusterPath): boolean =>
  a !== b && a.here === b.here && a.called === b.called && a.consumer.proxy === b.consumer.proxy;

const impactedPath = (path: ClusterPath, part: Part, all: readonly ClusterPath[]): ImpactedPath => {
  const next = all.find(
    (one) => isSibling(path, one) && one.standby && one.status !== 'fail' && !part.uses(one),
  );
  const effect = path.standby ? 'loses-standby' : next ? 'fails-over' : 'stops';
  const { consumer, destination, status } = path;
  return {
    consumer: { cluster: consumer.cluster, service: consumer.service },
    destination: {
      cluster: destination.cluster || null,
      peer: destination.peer,
      service: destination.service,
    },
    effect,
    instead: effect === 'fails-over' && next ? `${destinationLabel(next)} at ${next.destination.peer}` : '',
    reachable: reachableOf[status],
  };
};

/**
 * Says which consumers stop working if a service, a peer or a mesh gateway of a cluster goes down. Pure. Fails with one
 * sentence where nothing has the name.
 */
export const findImpact = (snapshot: Snapshot, name: string): Result<Impact> => {
  const views = openSnapshot(snapshot);
  const part = findPart(views, name);
  const { cluster, takenAt, durationMs } = snapshot;
  if (!part) {
    const near = findNearestName(name, namesIn(views));
    return failure(
      `"${cluster.name}" has no service, peer or mesh gateway ${JSON.stringify(name.slice(0, 80))}${near === undefined ? '' : `; did you mean "${near}"?`}`,
    );
  }
  const section = views.read(pathsView);
  const all = rowsOf(section);
  const used = all.filter(part.uses);
  return success({
    schemaVersion: 1,
    cluster: cluster.name,
    subject: { kind: part.kind, name: part.name },
    paths: part.spared === '' ? used.map((path) => impactedPath(path, part, all)) : [],
    notVisible: [
      ...(section.visibility === 'visible' ? [] : [`some consumers here: ${reasonOf(section.reason)}`]),
      ...part.notVisible,
    ],
    spared: used.length > 0 || part.notVisible.length > 0 ? part.spared : '',
    startedAt: takenAt,
    durationMs,
  });
};
