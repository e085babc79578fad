import { omitUndefined } from '../omit-undefined';
import { type Finding, type Report, type CheckResult, summarize, verdictOf, worstSeverity } from './report';

/** Excludes findings from the verdict until it ends. */
export interface Mute {
  /** A check's id, or a glob such as `mesh-*`. */
  readonly check: string;
  /** The exact name of a finding's subject; null: all findings of the check. */
  readonly subject: string | null;
  /** Slack's id of the person who muted it; or the owner as the clusters file has it. */
  readonly by: string;
  readonly reason: string;
  /** ms since the epoch. */
  readonly createdMs: number;
  readonly untilMs: number;
  /**
   * The configured other sides of peerings that its author could see, and that its words may be about. Absent in mutes
   * of earlier versions.
   */
  readonly otherSides?: readonly string[] | undefined;
  /** The glob with which several clusters were muted at once, each with a mute of its own. */
  readonly pattern?: string | undefined;
  /** Present only if the clusters file has the mute: the key there, such as `mutes[0] of clusters.yml`. */
  readonly configuredAt?: string | undefined;
}

/** Stands for words that may be about a cluster which the reader may not see. */
export const withheldWords = 'not shown: it may be about a cluster that you do not have access to';

type Matches = (glob: string, name: string) => boolean;

/** True if a mute, active or ended, covers a finding. `matches` compares a glob with a name. */
export const covers = (
  { check, subject }: Pick<Mute, 'check' | 'subject'>,
  id: string,
  finding: Pick<Finding, 'subject'>,
  matches: Matches,
): boolean => matches(check, id) && (subject === null || subject === finding.subject.name);

/**
 * Marks the findings that are muted at `nowMs` (ms since the epoch), and recomputes summary and verdict. A check
 * whose findings are all muted counts as muted and not towards the verdict; one with other findings has the severity
 * of the worst of those. An unknown check stays unknown. Earlier marks are replaced, so an ended mute has no effect.
 * If several mutes cover a finding, the one that ends last is named.
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

const applyTo = (result: CheckResult, mutes: readonly Mute[], matches: Matches): CheckResult => {
  if (result.findings.length === 0) return result;
  const here = mutes.filter(({ check }) => matches(check, result.id));
  const findings = result.findings.map(({ muted: _, ...finding }): Finding => {
    const mute = here.find((one) => covers(one, result.id, finding, matches));
    if (mute === undefined) return finding;
    const { by, untilMs, reason, configuredAt } = mute;
    const until = new Date(untilMs).toISOString();
    return { ...finding, muted: omitUndefined({ by, until, reason, configuredAt }) };
  });
  if (result.status !== 'fail') return { ...result, findings };
  const counting = findings.filter(({ muted, severity }) => muted === undefined && severity !== 'info');
  return {
    ...result,
    findings,
    severity: worstSeverity(counting.length > 0 ? counting : findings, result.severity),
  };
};
