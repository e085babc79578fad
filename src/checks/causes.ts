import { bySeverity, type CauseRef, type CheckResult, type Finding } from '../report/report';

/** One check whose finding can explain a finding of another. */
interface CauseRule {
  readonly cause: string;
  readonly effects: readonly string[];
  /** A cause explains the effects that have a key in common with it. Without keys, it explains all. */
  readonly keys?: {
    readonly ofCause: (cause: Finding) => readonly string[];
    readonly ofEffect: (effect: Finding) => readonly string[];
  };
}

const nameOf = ({ subject }: Finding): readonly string[] => [subject.name];
const sameName = { ofCause: nameOf, ofEffect: nameOf };

/** The peer of `default → wset`. */
const consumerOf = ({ subject }: Finding): readonly string[] => {
  const name = subject.name.split(' → ').at(-1) ?? '';
  return name === '' ? [] : [name];
};

/** The strings in the evidence of a finding. */
const citedIn = ({ evidence }: Finding): readonly string[] =>
  evidence.flatMap(({ value }) =>
    (JSON.stringify(value).match(/"(?:[^"\\]|\\.)*"/gu) ?? []).map(
      (literal) => JSON.parse(literal) as string,
    ),
  );

/** The peers at which the paths of a finding end: `west` of `web → billing at west`. */
const peersOfPaths = ({ paths = [] }: Finding): readonly string[] =>
  paths.map((path) => path.split(' at ').at(-1) ?? '');

const isInfo = ({ severity }: Finding): boolean => severity === 'info';

/** The exported service, if no service of that name is registered: the answer about it is then empty. */
const unregistered = (finding: Finding): readonly string[] =>
  finding.evidence.some(({ value }) => Array.isArray(value) && value.length === 0) ? nameOf(finding) : [];

/** `mesh-gateway on gw-1`, and the service that findings about all instances name. */
const instanceAndService = ({ subject }: Finding): readonly string[] => [
  subject.name,
  subject.name.split(' on ')[0] ?? '',
];

/** Mistakes that fail more than one check, each as seen on real clusters (`follows` in test/e2e-checks/breaks.ts). */
const rules: readonly CauseRule[] = [
  { cause: 'exported-services-peer-known', effects: ['exported-services-defined'] },
  {
    cause: 'exported-services-peer-known',
    effects: ['intentions-allow-peer'],
    keys: { ofCause: consumerOf, ofEffect: citedIn },
  },
  {
    cause: 'peering-active',
    effects: [
      'peering-heartbeat',
      'peering-two-sided',
      'peering-server-addresses',
      'exported-services-replicated',
    ],
    keys: sameName,
  },
  { cause: 'peering-pending', effects: ['peering-two-sided', 'peering-server-addresses'], keys: sameName },
  {
    cause: 'mesh-gateway-registered',
    effects: ['mesh-gateway-local-registered', 'mesh-gateway-healthy', 'peer-through-mesh-gateways'],
  },
  {
    cause: 'local-agent',
    effects: ['mesh-gateway-healthy'],
    keys: { ofCause: instanceAndService, ofEffect: nameOf },
  },
  // A gateway whose agent is down says nothing about its token.
  {
    cause: 'local-agent',
    effects: ['acl-gateway-service-write'],
    keys: { ofCause: instanceAndService, ofEffect: (effect) => (isInfo(effect) ? nameOf(effect) : []) },
  },
  { cause: 'exported-services-exist', effects: ['exported-services-in-mesh'], keys: sameName },
  // Of an unregistered name, the entry is what is wrong: whether it is renamed, removed or registered comes first.
  {
    cause: 'exported-services-exist',
    effects: ['intentions-allow-peer'],
    keys: { ofCause: unregistered, ofEffect: consumerOf },
  },
  {
    cause: 'upstream-destination-peer',
    effects: ['upstream-imported', 'failover-targets'],
    keys: sameName,
  },
  // Of its findings those about peers that are no peering alone have paths.
  {
    cause: 'upstream-destination-peer',
    effects: ['gateway-routes'],
    keys: { ofCause: peersOfPaths, ofEffect: peersOfPaths },
  },
];

/** Snippets of a finding as one text; empty where it has none. */
const fixOf = ({ remediation }: Finding): string =>
  remediation.length === 0 ? '' : JSON.stringify(remediation.map(({ language, code }) => [language, code]));

/** A cause explains only what is no worse: an error never hides behind a warning. */
const isNoWorse = (effect: Finding['severity'], cause: Finding['severity']): boolean =>
  bySeverity(cause, effect) <= 0;

const anyKey = { ofCause: () => [''], ofEffect: () => [''] } as const;

/** Finds the worst cause of an effect; the findings of a check are sorted, the worst first. */
const indexCauses = ({ keys = anyKey }: CauseRule, causes: readonly Finding[]) => {
  const first = new Map<string, number>();
  causes.forEach((cause, at) => {
    for (const key of keys.ofCause(cause)) if (!first.has(key)) first.set(key, at);
  });
  return (effect: Finding): Finding | undefined => {
    let found = causes.length;
    for (const key of keys.ofEffect(effect)) found = Math.min(found, first.get(key) ?? found);
    return causes[found];
  };
};

/**
 * Returns the results with `causedBy` set on each finding that follows from another of them: by a rule, or because
 * an earlier finding has exactly the same fix.
 */
export const attributeCauses = (results: readonly CheckResult[]): readonly CheckResult[] => {
  const byCheck = new Map(results.map((result) => [result.id, result]));
  const firstWithFix = new Map<string, CauseRef & { readonly severity: Finding['severity'] }>();
  const indexed = rules.map((rule) => ({
    ...rule,
    causeOf: indexCauses(rule, byCheck.get(rule.cause)?.findings ?? []),
  }));
  const byRule = (check: string, effect: Finding): CauseRef | undefined => {
    for (const { cause, effects, causeOf } of indexed) {
      const found = effects.includes(check) ? causeOf(effect) : undefined;
      if (found && isNoWorse(effect.severity, found.severity))
        return { check: cause, subject: found.subject };
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
