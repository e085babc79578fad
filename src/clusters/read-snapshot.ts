import type { ClusterConfig, Config } from '../config/config';
import { failure, type Result } from '../result';
import type { Snapshot } from '../snapshot/snapshot';
import type { createClients } from './clients';
import { gatherCluster } from './read-cluster';
import { type UnreadableCluster, whyUnreadable } from './run-check';

interface ReadOptions {
  readonly signal: AbortSignal;
  /** Hears how many reads are done and how many are planned. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Reads a cluster and the configured other sides of its peerings. */
export type ReadSnapshot = (
  cluster: ClusterConfig,
  options: ReadOptions,
) => Promise<Result<Snapshot, UnreadableCluster>>;

interface ReadSnapshotParts {
  readonly config: Config;
  readonly clients: Pick<ReturnType<typeof createClients>, 'lease'>;
}

/** Creates the function that reads a cluster for questions about paths, for which ages of peerings do not matter. */
export const createReadSnapshot =
  ({ config, clients }: ReadSnapshotParts): ReadSnapshot =>
  async (cluster, options) => {
    const read = await gatherCluster({
      config,
      clients,
      cluster,
      peer: null,
      pendingSince: {
        visibility: 'hidden',
        reason: { kind: 'not-gathered', endpoint: '', message: 'Paths do not depend on it' },
      },
      ...options,
    });
    if (!read.ok) return failure({ cause: 'forbidden', message: read.error, temporary: false });
    const unreadable = whyUnreadable(read.value);
    return unreadable ? failure(unreadable) : read;
  };
