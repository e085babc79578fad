import type { ClusterConfig, Config } from '../config/config';
import { type FarEnd, observe } from '../snapshot/observe';
import type { Section, Sections, Snapshot } from '../snapshot/snapshot';
import type { createClients } from './clients';

export interface ReadCluster {
  readonly config: Config;
  readonly clients: Pick<ReturnType<typeof createClients>, 'lease'>;
  readonly cluster: ClusterConfig;
  readonly peer: string | null;
  readonly pendingSince: Section<Sections['pendingSince']>;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Reads a cluster, and beside it the other sides of its peerings that are configured. Not ok: its own token or
 * certificates cannot be read; what is missing of an other side is said in its section.
 */
export const gatherCluster = async ({
  config,
  clients,
  cluster,
  peer,
  pendingSince,
  signal,
  onProgress,
}: ReadCluster): Promise<
  { readonly ok: true; readonly snapshot: Snapshot } | { readonly ok: false; readonly message: string }
> => {
  const lease = clients.lease(cluster);
  if (!lease.ok) return lease;
  const releases = [lease.release];
  const farEnd = (other: ClusterConfig): FarEnd => {
    const far = clients.lease(other);
    if (!far.ok) {
      return { ...scopeOf(other), missing: { kind: 'forbidden', endpoint: '', message: far.message } };
    }
    releases.push(far.release);
    return { ...scopeOf(other), client: far.client };
  };
  const otherSides = Object.fromEntries(
    Object.entries(cluster.peers).flatMap(([name, target]) => {
      const other = config.clusters.get(target);
      return other === undefined ? [] : [[name, farEnd(other)]];
    }),
  );
  try {
    const snapshot = await observe({
      cluster: scopeOf(cluster),
      client: lease.client,
      otherSides,
      ...(peer === null ? {} : { peer }),
      pendingSince,
      signal,
      onProgress,
    });
    return { ok: true, snapshot };
  } finally {
    for (const release of releases) release();
  }
};

const scopeOf = ({ name, datacenter, partition, namespace, gatewayTokens }: ClusterConfig) => ({
  name,
  datacenter,
  partition,
  namespace,
  gatewayTokens,
});
