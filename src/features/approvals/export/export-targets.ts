import type { Config } from '../../../config/config';
import type { LatestPeers } from '../../history';

/** A cluster with the names of its peers. */
export type ExportTarget = readonly [cluster: string, peers: readonly string[]];

/**
 * Lists the peers of clusters: those that the newest checks saw, and configured ones whose cluster the person may see. Clusters
 * without any are left out.
 */
export const exportTargets = (
  clusters: readonly string[],
  { clusters: configured }: Pick<Config, 'clusters'>,
  known: { readonly seen: readonly LatestPeers[]; readonly visible: readonly string[] },
): readonly ExportTarget[] =>
  clusters.flatMap((name): ExportTarget[] => {
    const seen = known.seen.find(({ cluster }) => cluster === name)?.peers ?? [];
    const named = Object.entries(configured.get(name)?.peers ?? {}).flatMap(([peer, other]) =>
      known.visible.includes(other) ? [peer] : [],
    );
    const peers = [...new Set([...seen.map((peer) => peer.name), ...named])].sort();
    return peers.length === 0 ? [] : [[name, peers]];
  });
