import type { ClusterConfig } from '../../src/config/config';
import type { Report } from '../../src/report/report';
import type { Reports } from '../../src/features/history/reports.store';
import { reportOf, missingPeer } from '../render/reports';
import { clusterOf } from './support';

/** Clusters that peer with their neighbours, and reports of them as they are stored. */

export const nameOf = (n: number): string => `cluster-${String(n).padStart(3, '0')}`;

/** Clusters in a ring, each with the one before and the one after it as peers. */
export const ring = (count: number): ReadonlyMap<string, ClusterConfig> =>
  new Map(
    Array.from({ length: count }, (_, n) => {
      const [before, after] = [nameOf((n + count - 1) % count), nameOf((n + 1) % count)];
      return [nameOf(n), { ...clusterOf(nameOf(n)), peers: { [before]: before, [after]: after } }];
    }),
  );

/** A report of a cluster of the ring; every seventh is not ready, and every eleventh was left by a neighbour. */
export const reportOn = (cluster: ClusterConfig, n: number, over: Partial<Report> = {}): Report => ({
  ...reportOf(n % 7 === 0 ? [{ id: 'upstream-destination-peer', findings: [missingPeer] }] : [], over),
  cluster: { name: cluster.name, datacenter: 'dc1', consulVersion: '1.20.1' },
  peers: Object.keys(cluster.peers).map((name) => ({ name, state: n % 11 === 0 ? 'FAILING' : 'ACTIVE' })),
});

/** Keeps `runs` reports of each cluster, an hour apart, and gives how many reports that are. */
export const storeReports = async (
  reports: Pick<Reports, 'save'>,
  clusters: ReadonlyMap<string, ClusterConfig>,
  runs: number,
): Promise<void> => {
  let n = 0;
  for (const cluster of clusters.values()) {
    for (let run = 0; run < runs; run += 1) {
      const startedAt = new Date(Date.now() - (runs - run) * 3_600_000).toISOString();
      await reports.save(`${cluster.name}-${run}`, reportOn(cluster, n, { startedAt }));
    }
    n += 1;
  }
};
