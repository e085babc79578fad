import type { CommandName } from '../config/commands';
import type { ClusterConfig, Config } from '../config/config';
import type { SlackAnswer } from '../slack/api/call';
import type { Actor } from './actor';
import type { Authorizer } from './authorizer';

/** The one place that decides which clusters a person may see. */

interface Services {
  readonly config: Pick<Config, 'clusters'>;
  readonly authorizer: Authorizer;
}

/**
 * Lists the clusters for which an actor may run a command, by default among all configured ones. Asks Slack if cached
 * facts do not decide. Fails if Slack does not answer: then nothing is visible.
 */
export const visibleClusters = async (
  actor: Actor,
  command: CommandName,
  { config, authorizer }: Services,
  among: readonly string[] = [...config.clusters.keys()],
): Promise<SlackAnswer<readonly string[]>> => {
  const visible: string[] = [];
  // One after the other: what Slack answers for the first is cached for all others.
  for (const cluster of among) {
    const answer = await authorizer.authorize(actor, { command, clusters: [cluster] });
    if (!answer.ok) return answer;
    if (answer.value.kind === 'allowed') visible.push(cluster);
  }
  return { ok: true, value: visible };
};

/** Lists the clusters that an actor may see, for lists and hints: none if Slack does not answer. */
export const visibleOrNone = async (
  ...given: Parameters<typeof visibleClusters>
): Promise<readonly string[]> => {
  const answer = await visibleClusters(...given);
  return answer.ok ? answer.value : [];
};

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
