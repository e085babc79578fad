import type { ClusterConfig, Config } from './config';

/** Something written about a cluster, with the other sides that it may show; absent: any. */
interface AboutCluster {
  readonly otherSides?: readonly string[] | undefined;
}

/** Lists the other sides of a cluster's peerings that a text or a report about the cluster may show. */
export const sidesShownBy = (
  { otherSides }: AboutCluster,
  cluster: Pick<ClusterConfig, 'peers'> | undefined,
): readonly string[] => otherSides ?? otherSidesOf(cluster ?? { peers: {} });

/** Tells whether a reader who may see these clusters may see all that a text or a report about a cluster may show. */
export const showsOnly = (
  about: AboutCluster,
  cluster: Pick<ClusterConfig, 'peers'> | undefined,
  visible: readonly string[],
): boolean => sidesShownBy(about, cluster).every((side) => visible.includes(side));

/** Lists the configured clusters at the other ends of a cluster's peerings. */
export const otherSidesOf = ({ peers }: Pick<ClusterConfig, 'peers'>): readonly string[] =>
  [...new Set(Object.values(peers))].sort();

/** Returns clusters and the configured clusters at the other ends of their peerings, each once. */
export const addOtherSides = (
  clusters: readonly ClusterConfig[],
  config: Pick<Config, 'clusters'>,
  isIncluded: (name: string) => boolean = () => true,
): readonly ClusterConfig[] => {
  const others = clusters
    .flatMap(otherSidesOf)
    .filter(isIncluded)
    .flatMap((name) => config.clusters.get(name) ?? []);
  return [...new Map([...clusters, ...others].map((one) => [one.name, one])).values()];
};
