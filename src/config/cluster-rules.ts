import type { Config, MuteConfig, SeverityConfig } from './config';
import { matchClusters } from './match-clusters';
import { matchesGlob } from './match-glob';
import type { Problem } from './problem';
import { didYouMean } from './suggest-name';

type Rule = MuteConfig | SeverityConfig;

const covers = ({ clusters }: Rule, cluster: string, { owners }: Pick<Config, 'owners'>): boolean =>
  clusters === undefined || matchClusters(clusters, [cluster], owners).clusters.length > 0;

/** The mutes of the clusters file for a cluster. */
export const configuredMutesOf = (config: Pick<Config, 'mutes' | 'owners'>, cluster: string) =>
  (config.mutes ?? []).filter((rule) => covers(rule, cluster, config));

/** The severities of the clusters file for a cluster. */
export const configuredSeveritiesOf = (config: Pick<Config, 'severities' | 'owners'>, cluster: string) =>
  (config.severities ?? []).filter((rule) => covers(rule, cluster, config));

/**
 * Finds mutes and severities of the clusters file that have no effect: those that have ended, and those that match no
 * check or no cluster. They are no mistakes that stop the bot, because time alone makes one end.
 *
 * @param positionOf position of a value in the file
 */
export const findIdleRules = (
  {
    clusters,
    owners,
    mutes = [],
    severities = [],
  }: Pick<Config, 'clusters' | 'owners' | 'mutes' | 'severities'>,
  checkIds: readonly string[],
  nowMs: number,
  file: string,
  positionOf: (path: readonly string[]) => Pick<Problem, 'line' | 'column'>,
): readonly Problem[] => {
  const names = [...clusters.keys()];
  const reasonsOf = ({ check, untilMs, clusters: patterns = [] }: Rule): readonly string[] => [
    ...(untilMs !== null && untilMs <= nowMs
      ? [`has no effect: it ended at ${new Date(untilMs).toISOString()}`]
      : []),
    ...(checkIds.some((id) => matchesGlob(check, id))
      ? []
      : [`has no effect: no check matches "${check}"${didYouMean(check, checkIds)}`]),
    ...matchClusters(patterns, names, owners).gone.map(
      (pattern) => `no configured cluster matches "${pattern}"`,
    ),
  ];
  const problemsOf = (key: string, rules: readonly Rule[]): readonly Problem[] =>
    rules.flatMap((rule, index) =>
      reasonsOf(rule).map((message) => ({
        file,
        path: `${key}.${index}`,
        message,
        isWarning: true,
        ...positionOf([key, String(index)]),
      })),
    );
  return [...problemsOf('mutes', mutes), ...problemsOf('severity', severities)];
};
