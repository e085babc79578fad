import type { ClusterConfig, Config } from '../config/config';
import { isLoopback } from '../config/plain-http';
import { createProber } from '../probe/probe-addresses';
import { type Result, success } from '../result';
import { type OtherSideSource, gatherWithOtherSides } from '../snapshot/gather-with-other-sides';
import type { SectionOverlay } from '../snapshot/gather-snapshot';
import type { Section, Sections, Snapshot } from '../snapshot/snapshot';
import type { createClients } from './clients';

export interface GatherParts {
  readonly config: Pick<Config, 'clusters'>;
  readonly clients: Pick<ReturnType<typeof createClients>, 'lease'>;
  readonly cluster: ClusterConfig;
  readonly peer: string | null;
  readonly pendingSince: Section<Sections['pendingSince']>;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  readonly onBug?: (section: string, error: unknown) => void;
  /** Changes what is read of the cluster itself; not of its other sides. */
  readonly overlay?: SectionOverlay | undefined;
  /** Probes addresses too, if the cluster's settings ask for it. Never with an overlay, whose addresses are not from Consul. */
  readonly probe?: boolean | undefined;
  /** Read these sections of the cluster alone, with those that they need. */
  readonly only?: readonly (keyof Sections)[] | undefined;
}

/**
 * Gathers a snapshot of a cluster and of the configured other sides of its peerings. Fails if the cluster's own token
 * or certificates cannot be read; a problem with another side is stated in its section.
 */
export const gatherCluster = async ({
  config,
  clients,
  cluster,
  peer,
  pendingSince,
  signal,
  onProgress,
  onBug,
  overlay,
  probe = false,
  only,
}: GatherParts): Promise<Result<Snapshot>> => {
  const lease = clients.lease(cluster);
  if (!lease.ok) return lease;
  const releases = [lease.value.release];
  const farEnd = (other: ClusterConfig): OtherSideSource => {
    const far = clients.lease(other);
    if (!far.ok) {
      return { ...scopeOf(other), missing: { kind: 'forbidden', endpoint: '', message: far.error } };
    }
    releases.push(far.value.release);
    return { ...scopeOf(other), client: far.value.client };
  };
  const otherSides = Object.fromEntries(
    Object.entries(cluster.peers).flatMap(([name, target]) => {
      const other = config.clusters.get(target);
      return other === undefined ? [] : [[name, farEnd(other)]];
    }),
  );
  try {
    const snapshot = await gatherWithOtherSides({
      cluster: scopeOf(cluster),
      client: lease.value.client,
      otherSides,
      ...(peer !== null && { peer }),
      pendingSince,
      signal,
      onProgress,
      onBug,
      overlay,
      only,
      prober: probe && cluster.probe && overlay === undefined ? proberOf(cluster) : undefined,
    });
    return success(snapshot);
  } finally {
    for (const release of releases) release();
  }
};

/**
 * Loopback leads to the machine of the bot. That is what Consul means only where the bot reaches Consul there too: in all other
 * places, services of that machine would be connected to, and would answer for a cluster elsewhere. Loopback that is reached
 * through a proxy is that of the proxy's machine.
 */
const proberOf = ({ address, proxy }: ClusterConfig) =>
  createProber({
    allowLoopback: proxy === undefined && (address.startsWith('unix://') || isLoopback(address)),
  });

const scopeOf = ({ name, datacenter, partition, namespace, gatewayTokens }: ClusterConfig) => ({
  name,
  datacenter,
  partition,
  namespace,
  gatewayTokens,
});
