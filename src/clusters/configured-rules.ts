import { configuredMutesOf, configuredSeveritiesOf } from '../config/cluster-rules';
import type { Config } from '../config/config';
import { matchesGlob } from '../config/match-glob';
import { applyMutes, type Mute } from '../report/mutes';
import type { Report } from '../report/report';
import { applySeverities, type SeverityRule } from '../report/severities';

/** Returns the mutes that the clusters file has for a cluster, ended ones included. */
export const fileMutesOf = (config: Pick<Config, 'mutes' | 'owners'>, cluster: string): readonly Mute[] =>
  configuredMutesOf(config, cluster).map(({ clusters: _, ...mute }) => ({ ...mute, createdMs: 0 }));

/** Returns the severities that the clusters file has for a cluster, ended ones included. */
export const severityRulesOf = (
  config: Pick<Config, 'severities' | 'owners'>,
  cluster: string,
): readonly SeverityRule[] =>
  configuredSeveritiesOf(config, cluster).map(({ clusters: _, untilMs, ...rule }) => ({
    ...rule,
    until: untilMs === null ? null : new Date(untilMs).toISOString(),
  }));

/** Applies the severities and mutes of the clusters file to the report of a cluster. */
export const applyConfiguredRules = (
  report: Report,
  config: Pick<Config, 'mutes' | 'severities' | 'owners'>,
  nowMs: number,
): Report => {
  const { name } = report.cluster;
  const severities = applySeverities(report, severityRulesOf(config, name), nowMs, matchesGlob);
  const mutes = fileMutesOf(config, name);
  return mutes.length === 0 ? severities : applyMutes(severities, mutes, nowMs, matchesGlob);
};
