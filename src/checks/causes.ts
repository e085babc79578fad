import { bySeverity, type CauseRef, type CheckResult, type Finding } from '../report/report';

/** One check whose finding can explain a finding of another. */
interface CauseRule {
  readonly cause: string;
  readonly effects: readonly string[];
  /** Decides whether one mistake causes both. Without it, any finding of the cause explains the effect. */
  readonly when?: (effect: Finding, cause: Finding) => boolean;
}

const hasSameName = (effect: Finding, cause: Finding): boolean => effect.subject.name === cause.subject.name;

/** The peer of `default → wset`. */
const consumerOf = ({ subject }: Finding): string => subject.name.split(' → ').at(-1) ?? '';

const cites = (finding: Finding, name: string): boolean =>
  name !== '' && finding.evidence.some(({ value }) => JSON.stringify(value).includes(JSON.stringify(name)));

/** Mistakes that fail more than one check, each as seen on real clusters (`follows` in test/e2e-checks/breaks.ts). */
const rules: readonly CauseRule[] = [
  { cause: 'exported-services-peer-known', effects: ['exported-services-defined'] },
  {
    cause: 'exported-services-peer-known',
    effects: ['intentions-allow-peer'],
    when: (effect, cause) => cites(effect, consumerOf(cause)),
  },
  {
    cause: 'peering-active',
    effects: [
      'peering-heartbeat',
      'peering-two-sided',
      'peering-server-addresses',
      'exported-services-replicated',
    ],
    when: hasSameName,
  },
  { cause: 'peering-pending', effects: ['peering-two-sided', 'peering-server-addresses'], when: hasSameName },
  {
    cause: 'mesh-gateway-registered',
    effects: ['mesh-gateway-local-registered', 'mesh-gateway-healthy', 'peer-through-mesh-gateways'],
  },
  {
    cause: 'local-agent',
    effects: ['mesh-gateway-healthy'],
    when: (effect, cause) => cause.subject.name.startsWith(effect.subject.name),
  },
  { cause: 'exported-services-exist', effects: ['exported-services-in-mesh'], when: hasSameName },
  {
    cause: 'upstream-destination-peer',
    effects: ['upstream-imported', 'failover-targets'],
    when: hasSameName,
  },
];

/** Snippets of a finding as one text; empty where it has none. */
const fixOf = ({ remediation }: Finding): string =>
  remediation.length === 0 ? '' : JSON.stringify(remediation.map(({ language, code }) => [language, code]));

/** A cause explains only what is no worse: an error never hides behind a warning. */
const isNoWorse = (effect: Finding['severity'], cause: Finding['severity']): boolean =>
  bySeverity(cause, effect) <= 0;

/**
 * Returns the results with `causedBy` set on each finding that follows from another of them: by a rule, or because
 * an earlier finding has exactly the same fix.
 */
export const attributeCauses = (results: readonly CheckResult[]): readonly CheckResult[] => {
  const byCheck = new Map(results.map((result) => [result.id, result]));
  const firstWithFix = new Map<string, CauseRef & { readonly severity: Finding['severity'] }>();
  const byRule = (check: string, effect: Finding): CauseRef | undefined => {
    for (const { cause, effects, when } of rules) {
      if (!effects.includes(check)) continue;
      const found = byCheck
        .get(cause)
        ?.findings.find(
          (finding) => isNoWorse(effect.severity, finding.severity) && (when?.(effect, finding) ?? true),
        );
      if (found) return { check: cause, subject: found.subject };
    }
    return undefined;
  };
  const byFix = (check: string, finding: Finding): CauseRef | undefined => {
    const fix = fixOf(finding);
    if (fix === '') return undefined;
    const first = firstWithFix.get(fix);
    if (first === undefined) {
      firstWithFix.set(fix, { check, subject: finding.subject, severity: finding.severity });
      return undefined;
    }
    return first.check === check || !isNoWorse(finding.severity, first.severity)
      ? undefined
      : { check: first.check, subject: first.subject };
  };
  return results.map((result) =>
    result.findings.length === 0
      ? result
      : {
          ...result,
          findings: result.findings.map((finding) => {
            const causedBy = byRule(result.id, finding) ?? byFix(result.id, finding);
            return causedBy === undefined ? finding : { ...finding, causedBy };
          }),
        },
  );
};
