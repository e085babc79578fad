import { fileMutesOf } from '../../clusters/configured-rules';
import type { Config } from '../../config/config';
import type { ClusterMute, Mutes } from './mutes.store';

/** Adds the mutes of the clusters file to the stored ones. They are there for as long as they are in the file. */
export const withFileMutes = (stored: Mutes, config: () => Pick<Config, 'mutes' | 'owners'>): Mutes => {
  const inFile = (clusters: readonly string[], isDue: (untilMs: number) => boolean): readonly ClusterMute[] =>
    clusters.flatMap((cluster) =>
      fileMutesOf(config(), cluster)
        .filter(({ untilMs }) => isDue(untilMs))
        .map((mute) => ({ ...mute, cluster })),
    );
  const sorted = <T extends { readonly untilMs: number }>(mutes: readonly T[]): readonly T[] =>
    mutes.toSorted((a, b) => a.untilMs - b.untilMs);
  return {
    ...stored,
    of: async (cluster, nowMs) =>
      sorted([
        ...fileMutesOf(config(), cluster).filter(({ untilMs }) => untilMs > nowMs),
        ...(await stored.of(cluster, nowMs)),
      ]),
    list: async (clusters, nowMs) =>
      sorted([...inFile(clusters, (untilMs) => untilMs > nowMs), ...(await stored.list(clusters, nowMs))]),
    endingBetween: async (clusters, fromMs, toMs) =>
      sorted([
        ...inFile(clusters, (untilMs) => untilMs > fromMs && untilMs <= toMs),
        ...(await stored.endingBetween(clusters, fromMs, toMs)),
      ]),
  };
};
