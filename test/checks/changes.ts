import { exampleExports, examplePeering } from '../../src/checks/examples/parts';
import type { SnapshotChanges } from '../../src/checks/examples/healthy';
import type { Peering } from '../../src/consul/wire';

/** Differences from the healthy snapshot that several tables of checks use. */

/** The peerings of the cluster, each with what differs from `west`. */
export const peers = (...list: readonly Partial<Peering>[]): SnapshotChanges => ({
  peerings: {
    enabled: true,
    list: list.map((changes, index) => examplePeering({ ID: `id-${index}`, ...changes })),
  },
});

/** One `exported-services` entry with these services. */
export const exporting = (...services: Parameters<typeof exampleExports>[0]): SnapshotChanges => ({
  exportedServices: [exampleExports(services)],
});
