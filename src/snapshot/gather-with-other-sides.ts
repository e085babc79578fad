import { confirmReplication } from './confirm-replication';
import { type GatherOptions, gatherSnapshot } from './gather-snapshot';
import type { SnapshotClient } from './reads';
import { visible, hidden } from './section';
import type { OtherSide, Section, Sections, Snapshot, HiddenReason } from './snapshot';

/** A cluster at the other end of a peering: its client, or the reason why it cannot be read. */
export type OtherSideSource = GatherOptions['cluster'] &
  ({ readonly client: SnapshotClient } | { readonly missing: HiddenReason });

export interface GatherWithOtherSidesOptions extends Omit<GatherOptions, 'upstreamsOnly'> {
  /** By the peer's name. */
  readonly otherSides?: Readonly<Record<string, OtherSideSource>> | undefined;
  /** Read the other side of this peer alone. */
  readonly peer?: string | undefined;
  /** When each PENDING peering was first found pending, by peering id (ISO 8601), if that is stored. */
  readonly pendingSince?: Section<Sections['pendingSince']> | undefined;
}

/** Reads a cluster and, at the same time, the relevant sections of the clusters at the other ends of its peerings. */
export const gatherWithOtherSides = async (options: GatherWithOtherSidesOptions): Promise<Snapshot> => {
  const counts = new Map<string, readonly [done: number, total: number]>();
  const progressOf = (name: string) => (done: number, total: number) => {
    counts.set(name, [done, total]);
    const sum = (index: 0 | 1): number =>
      [...counts.values()].reduce((count, pair) => count + pair[index], 0);
    options.onProgress?.(sum(0), sum(1));
  };
  const { budgetMs, signal, onBug } = options;
  const ends = Object.entries(options.otherSides ?? {}).filter(
    ([peer]) => options.peer === undefined || options.peer === peer,
  );
  const [first, ...firstSides] = await Promise.all([
    gatherSnapshot({ ...options, onProgress: progressOf('') }),
    ...ends.map(async ([peer, end]): Promise<OtherSide> => {
      const onProgress = progressOf(peer);
      const gatherSide = async (): Promise<Section<Snapshot>> =>
        'missing' in end
          ? hidden(end.missing)
          : visible(
              await gatherSnapshot({
                cluster: end,
                client: end.client,
                upstreamsOnly: true,
                budgetMs,
                signal,
                onProgress,
                onBug,
              }),
            );
      return { peer, cluster: end.name, snapshot: await gatherSide() };
    }),
  ]);
  const otherClients = new Map(
    ends.flatMap(([peer, end]) => ('client' in end ? [[peer, end.client] as const] : [])),
  );
  const { snapshot, sides } = await confirmReplication(first, firstSides, {
    client: options.client,
    otherClients,
    budgetMs,
    signal,
  });
  return {
    ...snapshot,
    sections: {
      ...snapshot.sections,
      otherSides: visible(sides),
      pendingSince: options.pendingSince ?? snapshot.sections.pendingSince,
    },
  };
};
