import { openSnapshot } from '../../src/checks/view';
import { type ClusterPath, pathsView } from '../../src/checks/views/paths';
import type { HopName, PathEnd } from '../../src/paths/model';
import { rowsOf } from '../../src/snapshot/section';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { type HiddenSection, hideSections, type Side, snapshotAt } from './random-worlds';
import { hidden } from './world';

/**
 * A section that a hop rests on, at one end of its path. `rows`: what is visible of it is enough; `whole`: a row that
 * is not visible could change the hop.
 */
interface Source {
  readonly end: PathEnd;
  readonly section: HiddenSection['section'];
  readonly need: 'rows' | 'whole';
}

const rows = (end: PathEnd, section: Source['section']): Source => ({ end, section, need: 'rows' });
const whole = (end: PathEnd, section: Source['section']): Source => ({ end, section, need: 'whole' });

const protocols = [whole('destination', 'serviceDefaults'), whole('destination', 'proxyDefaults')];
const route = [rows('consumer', 'httpRoutes'), rows('consumer', 'serviceResolvers')];

const isGateway = ({ upstream }: ClusterPath): boolean => 'gateway' in upstream;

const setsProtocol = ({ upstream }: ClusterPath): boolean => Boolean(upstream.upstream.Config['protocol']);

/** Sources that decide about a path beside the intentions: the default policy where none is about it, protocols for L7 permissions. */
const besideIntentions = (path: ClusterPath, destination: Snapshot | undefined): readonly Source[] => {
  const targets = rowsOf(destination?.sections.exportedChains ?? hidden())
    .filter(({ service }) => service === path.destination.service)
    .flatMap(({ chain }) => Object.values(chain.Targets).map(({ Service }) => Service));
  const deciding = targets.length > 0 ? targets : [path.destination.service];
  const sources = rowsOf(destination?.sections.intentions ?? hidden())
    .filter(({ entry: { Name } }) => ['*', ...deciding].includes(Name))
    .flatMap(({ entry }) => entry.Sources)
    .filter(({ Peer, Name }) => Peer === path.consumerPeer && ['*', 'web'].includes(Name));
  if (sources.length === 0) return [rows('destination', 'agent')];
  return sources.some(({ Permissions }) => Permissions.length > 0) ? protocols : [];
};

/** Sources of each hop: the ways to know it, each with all sections that this way takes. */
const sourcesOf: Readonly<
  Record<HopName, (path: ClusterPath, destination: Snapshot | undefined) => readonly (readonly Source[])[]>
> = {
  consumer: (path) => [[rows('consumer', isGateway(path) ? 'routingGateways' : 'sidecars')]],
  upstream: (path) => [
    [rows('consumer', 'peerings'), ...(isGateway(path) ? route : [rows('consumer', 'sidecars')])],
  ],
  peering: () => [[rows('consumer', 'peerings')]],
  'gateway-mode': () => [[whole('consumer', 'serviceDefaults'), whole('consumer', 'proxyDefaults')]],
  'local-gateway': () => [[rows('consumer', 'gateways')]],
  'remote-gateway': () => [[rows('destination', 'gateways')]],
  'gateway-address': ({ isOtherEndUnread }) => [
    [rows('destination', 'gateways')],
    ...(isOtherEndUnread ? [[rows('consumer', 'importedServices')]] : []),
  ],
  'remote-peering': () => [[rows('destination', 'peerings')]],
  exported: () => [
    [rows('consumer', 'peerings')],
    [rows('destination', 'peerings'), rows('destination', 'exportedServices')],
  ],
  intention: (path, destination) => [
    [
      rows('destination', 'peerings'),
      whole('destination', 'intentions'),
      whole('destination', 'exportedChains'),
      ...besideIntentions(path, destination),
    ],
  ],
  destination: () => [[rows('destination', 'exportedHealth')], [rows('consumer', 'importedServices')]],
  instances: ({ isOtherEndUnread }) => {
    const chains = isOtherEndUnread ? [] : [whole('destination', 'exportedChains')];
    return [
      [rows('destination', 'exportedHealth'), ...chains],
      [rows('consumer', 'importedServices'), ...chains],
    ];
  },
  protocol: (path) => [
    [
      ...(setsProtocol(path)
        ? []
        : [whole('consumer', 'serviceDefaults'), whole('consumer', 'proxyDefaults')]),
      ...protocols,
    ],
  ],
  tls: () => [[whole('consumer', 'mesh'), whole('destination', 'mesh'), ...protocols]],
};

export const hopNames = Object.keys(sourcesOf) as readonly HopName[];

type FindPaths = (snapshot: Snapshot) => readonly ClusterPath[];

export const pathsIn: FindPaths = (snapshot) => rowsOf(openSnapshot(snapshot).read(pathsView));

const keyOf = ({ here, consumer, called, destination, via }: ClusterPath): string =>
  [here, consumer.proxy, called, destination.service, via].join(' ');

const sideAt = ({ here }: ClusterPath, end: PathEnd): Side => (here === end ? 'east' : 'west');

const waysToKnow = (path: ClusterPath, hop: HopName, snapshot: Snapshot): readonly (readonly Source[])[] =>
  sourcesOf[hop](path, snapshotAt(snapshot, sideAt(path, 'destination')));

const isVisible = (snapshot: Snapshot, path: ClusterPath, { end, section, need }: Source): boolean => {
  const found = snapshotAt(snapshot, sideAt(path, end))?.sections[section].visibility ?? 'hidden';
  return found === 'visible' || (found === 'partial' && need === 'rows');
};

/** The hops of a path that pass, or fail, although nothing that decides them is visible. */
const hopsUnseen = (path: ClusterPath, snapshot: Snapshot): readonly string[] =>
  path.hops
    .filter(({ status }) => status !== 'unknown')
    .filter(
      ({ name }) =>
        !waysToKnow(path, name, snapshot).some((way) => way.every((one) => isVisible(snapshot, path, one))),
    )
    .map(({ name, status }) => `${name} of ${keyOf(path)} is unseen: ${status}`);

/** Every choice of one element of each list. */
const choices = <T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  lists.reduce<readonly (readonly T[])[]>(
    (all, list) => all.flatMap((one) => list.map((next) => [...one, next])),
    [[]],
  );

/** The smallest sets of sections without which a hop of a path cannot be known. */
const waysToHide = (
  path: ClusterPath,
  hop: HopName,
  snapshot: Snapshot,
): readonly (readonly HiddenSection[])[] =>
  choices(waysToKnow(path, hop, snapshot)).map((picked) =>
    picked.map(({ end, section, need }) => ({
      side: sideAt(path, end),
      section,
      as: need === 'whole' ? 'partial' : 'hidden',
    })),
  );

/** The ways to hide a hop of a path after which the path passes still. */
const passesWithout = (
  path: ClusterPath,
  hop: HopName,
  snapshot: Snapshot,
  paths: FindPaths,
): readonly string[] =>
  waysToHide(path, hop, snapshot)
    .filter((sections) =>
      paths(hideSections(snapshot, sections)).some(
        (one) => keyOf(one) === keyOf(path) && one.status === 'pass',
      ),
    )
    .map(
      (sections) =>
        `${keyOf(path)} passes without ${sections.map(({ side, section, as }) => `${side} ${section} (${as})`).join(', ')}`,
    );

/** Hops that are decided unseen, and paths that pass although that hop of theirs is hidden. */
export const findFalsePasses = (
  snapshot: Snapshot,
  hop: HopName,
  paths: FindPaths = pathsIn,
): readonly string[] =>
  paths(snapshot).flatMap((path) => [
    ...hopsUnseen(path, snapshot),
    ...(path.status === 'pass' && path.hops.some(({ name }) => name === hop)
      ? passesWithout(path, hop, snapshot, paths)
      : []),
  ]);
