import { type Finding, type Report, type Result, summarize, verdictOf, worstSeverity } from './report';

/** Findings that shall not count for a while. */
export interface Mute {
  /** A check's id, or a glob such as `mesh-*`. */
  readonly check: string;
  /** The name of what was found, letter for letter; null: whatever the check finds. */
  readonly subject: string | null;
  /** Slack's id of whoever answers for it. */
  readonly by: string;
  readonly reason: string;
  /** ms since the epoch. */
  readonly createdMs: number;
  readonly untilMs: number;
}

type Matches = (glob: string, name: string) => boolean;

/** Whether a mute is about a finding, whether or not it has ended. `matches` compares a glob with a name. */
export const covers = (
  { check, subject }: Pick<Mute, 'check' | 'subject'>,
  id: string,
  finding: Pick<Finding, 'subject'>,
  matches: Matches,
): boolean => matches(check, id) && (subject === null || subject === finding.subject.name);

/**
 * Marks the findings that are muted at `nowMs` (ms since the epoch), and counts and judges anew: a check whose
 * findings are all muted counts as muted and not towards the verdict, one that keeps others is as bad as the worst
 * of those. What could not be seen stays unknown, whoever muted it. Marks of an earlier time are replaced, so an
 * ended mute does nothing. Of several mutes the one that ends last is named.
 */
export const applyMutes = (
  report: Report,
  mutes: readonly Mute[],
  nowMs: number,
  matches: Matches,
): Report => {
  const active = mutes.filter(({ untilMs }) => untilMs > nowMs).sort((a, b) => b.untilMs - a.untilMs);
  const results = report.results.map((result) => applyTo(result, active, matches));
  return { ...report, results, summary: summarize(results), verdict: verdictOf(results) };
};

const applyTo = (result: Result, mutes: readonly Mute[], matches: Matches): Result => {
  if (result.findings.length === 0) return result;
  const here = mutes.filter(({ check }) => matches(check, result.id));
  const findings = result.findings.map(({ muted: _, ...finding }): Finding => {
    const mute = here.find((one) => covers(one, result.id, finding, matches));
    if (mute === undefined) return finding;
    const { by, untilMs, reason } = mute;
    return { ...finding, muted: { by, until: new Date(untilMs).toISOString(), reason } };
  });
  if (result.status !== 'fail') return { ...result, findings };
  const counting = findings.filter(({ muted, severity }) => muted === undefined && severity !== 'info');
  return {
    ...result,
    findings,
    severity: worstSeverity(counting.length > 0 ? counting : findings, result.severity),
  };
};
