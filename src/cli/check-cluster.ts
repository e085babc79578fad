import { omitUndefined } from '../omit-undefined';
import type { AnyCheck } from '../checks/define';
import { runChecks } from '../checks/runner';
import { applyConfiguredRules } from '../clusters/configured-rules';
import { whyUnreadable } from '../clusters/unreadable';
import type { Config } from '../config/config';
import type { ExitCode } from './command';
import type { FleetRow } from '../render/fleet';
import { type CheckResult, isMuted, type Report, summarize, verdictOf } from '../report/report';
import { rowsOf } from '../snapshot/section';
import type { Snapshot } from '../snapshot/snapshot';
import type { FailOn } from './check-choices';

/** The run of a cluster at a terminal, with the names that completion offers later. */
export interface CheckedRow extends FleetRow {
  /** Names of its mesh gateways; absent if it was not read. */
  readonly gateways?: readonly string[] | undefined;
}

/** Makes a report in which every check is unknown, for a cluster without a snapshot. */
export const unreadReport = (cluster: string, problem: string, checks: readonly AnyCheck[]): Report => {
  const results = checks.map(
    ({ id, group, title, severity }): CheckResult => ({
      id,
      group,
      title,
      status: 'unknown',
      severity,
      reason: problem,
      findings: [],
    }),
  );
  return {
    schemaVersion: 1,
    cluster: { name: cluster, datacenter: '', consulVersion: '' },
    peer: null,
    startedAt: new Date().toISOString(),
    durationMs: 0,
    verdict: verdictOf(results),
    summary: summarize(results),
    peers: [],
    notes: [],
    results,
  };
};

/**
 * Runs checks over a snapshot, and applies the mutes and severities of a clusters file. `problem` of the row is empty, or says why
 * nothing of the cluster could be read.
 */
export const checkSnapshot = (
  snapshot: Snapshot,
  peer: string | undefined,
  checks: readonly AnyCheck[],
  startedAt: number,
  rules: Pick<Config, 'mutes' | 'severities'> = {},
): CheckedRow & { readonly report: Report } => ({
  cluster: snapshot.cluster.name,
  report: applyConfiguredRules(
    runChecks(snapshot, { checks, ...omitUndefined({ peer }) }),
    rules,
    Date.now(),
  ),
  problem: whyUnreadable(snapshot)?.message ?? '',
  tookMs: performance.now() - startedAt,
  gateways: [...new Set(rowsOf(snapshot.sections.gateways).map(({ Service }) => Service.Service))],
});

/** One run: its exit status, and the function that writes its result. */
export interface Attempt {
  readonly code: ExitCode;
  readonly write: () => void;
}

/**
 * Returns the exit status of reports: 1 for findings at the threshold or above it in any of them; else 3 if a check
 * that could find one is unknown.
 */
export const exitOf = (reports: readonly Report[], threshold: FailOn): 0 | 1 | 3 => {
  if (threshold === 'never') return 0;
  const counted = threshold === 'error' ? ['error'] : ['error', 'warning'];
  const any = (status: string): boolean =>
    reports.some(({ results }) =>
      results.some(
        (result) => result.status === status && counted.includes(result.severity) && !isMuted(result),
      ),
    );
  if (any('fail')) return 1;
  return any('unknown') ? 3 : 0;
};

/**
 * Returns the exit status that Consul's script checks and Nagios expect: 0 fine, 1 warning, 2 error, and 3 for unknown,
 * which Consul treats as critical too.
 */
export const monitorExitOf = (reports: readonly Report[]): 0 | 1 | 2 | 3 => {
  const verdicts = new Set(reports.map(({ verdict }) => verdict));
  if (verdicts.has('not-ready')) return 2;
  if (verdicts.has('unknown')) return 3;
  return verdicts.has('warnings') ? 1 : 0;
};
