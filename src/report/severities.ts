import { covers } from './mutes';
import {
  bySeverity,
  type CheckResult,
  type Finding,
  type Report,
  type Severity,
  type SeverityOverride,
  summarize,
  verdictOf,
  worstSeverity,
} from './report';

/** Gives findings another severity than their check does. */
export interface SeverityRule extends Omit<SeverityOverride, 'was'> {
  /** A check's id, or a glob such as `mesh-*`. */
  readonly check: string;
  /** The exact name of a finding's subject; null: all findings of the check. */
  readonly subject: string | null;
  readonly severity: Severity;
}

type Matches = (glob: string, name: string) => boolean;

/**
 * Gives findings the severities of rules that have not ended at `nowMs` (ms since the epoch), and recomputes summary and
 * verdict. The first rule that covers a finding counts; the finding says which it was. A note says how many errors no
 * longer count as errors, so that a verdict never improves silently. Severities of unknown checks stay.
 */
export const applySeverities = (
  report: Report,
  rules: readonly SeverityRule[],
  nowMs: number,
  matches: Matches,
): Report => {
  const active = rules.filter(({ until }) => until === null || Date.parse(until) > nowMs);
  if (active.length === 0) return report;
  const results = report.results.map((result) => applyRules(result, active, matches));
  return {
    ...report,
    results,
    summary: summarize(results),
    verdict: verdictOf(results),
    notes: [...report.notes, ...loweredErrors(results)],
  };
};

const applyRules = (result: CheckResult, rules: readonly SeverityRule[], matches: Matches): CheckResult => {
  const findings = result.findings.map((finding): Finding => {
    const rule = rules.find((one) => covers(one, result.id, finding, matches));
    if (rule === undefined || rule.severity === finding.severity) return finding;
    const { severity, by, until, reason, configuredAt } = rule;
    return { ...finding, severity, override: { was: finding.severity, by, until, reason, configuredAt } };
  });
  const worst = worstSeverity(findings, 'info');
  // A check that passes has nothing but `info`: the raised finding is what fails it.
  if (result.status === 'pass' && worst !== 'info')
    return { ...result, findings, status: 'fail', severity: worst };
  const severity = result.status === 'fail' ? worstSeverity(findings, result.severity) : result.severity;
  return { ...result, findings, severity };
};

const loweredErrors = (results: readonly CheckResult[]): readonly string[] => {
  const lowered = new Map<string, number>();
  for (const { id, findings } of results) {
    for (const { override, severity } of findings) {
      if (override?.was !== 'error' || bySeverity(severity, 'error') <= 0) continue;
      const words = `of ${id} lowered to ${severity}: ${override.configuredAt}`;
      lowered.set(words, (lowered.get(words) ?? 0) + 1);
    }
  }
  return [...lowered].map(([words, n]) => `${n} ${n === 1 ? 'error' : 'errors'} ${words}`);
};
