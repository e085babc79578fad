import type { ClusterConfig, Config } from '../../config/config';
import type { HomePeer } from './home-content';
import type { Latest } from '../history';

/** Derives which clusters peer with each other from the newest reports of both sides and the configuration. */

type States = ReadonlyMap<string, Latest>;

/** Returns a peering's state as its cluster reports it: empty if it does not exist, null if the cluster was never checked. */
const stateOf = (cluster: string, peer: string, latest: States): string | null => {
  const reported = latest.get(cluster)?.peers;
  if (reported === undefined) return null;
  return reported.find(({ name }) => name === peer)?.state ?? '';
};

/** Returns the state on the other side. If it has several peerings with this cluster, that of the first that exists. */
const backOf = (cluster: string, other: ClusterConfig | undefined, latest: States): string | null => {
  const names = Object.entries(other?.peers ?? {}).flatMap(([name, is]) => (is === cluster ? [name] : []));
  const states = names.map((name) => stateOf(other?.name ?? '', name, latest));
  return states.find((state) => state !== '') ?? states[0] ?? null;
};

/**
 * Lists the peerings of a cluster, found and configured. `numbers` holds the clusters that the reader has access to; the
 * names of others are not shown.
 */
export const peersOf = (
  cluster: ClusterConfig,
  latest: States,
  numbers: ReadonlyMap<string, number>,
  { clusters }: Pick<Config, 'clusters'>,
): readonly HomePeer[] => {
  const reported = (latest.get(cluster.name)?.peers ?? []).map(({ name }) => name);
  const configured = Object.keys(cluster.peers).filter((name) => numbers.has(cluster.peers[name] ?? ''));
  const names = [...new Set([...configured, ...reported])];
  return names.map((name) => {
    const target = cluster.peers[name];
    const number = target === undefined ? undefined : numbers.get(target);
    const known = target !== undefined && number !== undefined ? { name: target, number } : null;
    return {
      name,
      state: stateOf(cluster.name, name, latest),
      cluster: known,
      back: known === null ? null : backOf(cluster.name, clusters.get(known.name), latest),
    };
  });
};
