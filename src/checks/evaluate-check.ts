import { bySeverity, type CheckResult, type Finding, worstSeverity } from '../report/report';
import type { HiddenReason, Section } from '../snapshot/snapshot';
import type { AnyCheck, CheckOutcome, Draft } from './define';
import { createFixWriter, type FixWriter } from './limit-fixes';
import { reasonOf } from './reason';
import { fixesInPartition } from './remediation/tenancy';
import { inputName, type Views } from './view';

interface Evaluated {
  readonly result: CheckResult;
  readonly note?: string | undefined;
}

const toFinding = (check: AnyCheck, draft: Draft & Pick<Finding, 'remediation'>): Finding => ({
  ...draft,
  severity: draft.severity ?? check.severity,
  docs: draft.docs ?? check.requirement.docs,
});

/** Reads the inputs of a check. `hidden` is set where it cannot be evaluated, `missing` where rows are missing. */
const readInputs = (check: AnyCheck, views: Views) => {
  const values: Record<string, unknown> = {};
  let missing: HiddenReason | undefined;
  let hidden: HiddenReason | undefined;
  for (const input of check.inputs) {
    const section: Section<unknown> = views.read(input);
    if (section.visibility !== 'hidden') values[inputName(input)] = section.value;
    if (section.visibility === 'visible') continue;
    if (section.visibility === 'partial' && check.partial?.includes(input)) missing ??= section.reason;
    else hidden ??= section.reason;
  }
  for (const input of check.optional ?? []) values[inputName(input)] = views.read(input);
  return { values: values as never, missing, hidden };
};

/**
 * Turns an outcome into a result. Errors that were found stand, whatever else is hidden. Nothing else is decided
 * while something that could decide it is missing: neither a pass, nor that the requirement does not apply.
 */
const toResult = (
  check: AnyCheck,
  outcome: CheckOutcome,
  fixes: FixWriter,
  missing?: HiddenReason,
): Evaluated => {
  const { id, group, title } = check;
  const hiddenReason = missing && reasonOf(missing);
  const result = (part: Pick<CheckResult, 'status'> & Partial<CheckResult>): CheckResult => ({
    id,
    group,
    title,
    severity: check.severity,
    reason: '',
    findings: [],
    ...part,
  });

  if ('skip' in outcome) {
    return hiddenReason !== undefined
      ? { result: result({ status: 'unknown', reason: hiddenReason }) }
      : { result: result({ status: 'skip', reason: outcome.skip }), note: outcome.note };
  }
  const drafts = 'unknown' in outcome ? (outcome.findings ?? []) : outcome;
  const reason = 'unknown' in outcome ? outcome.unknown : hiddenReason;
  const severityOf = (draft: Draft) => draft.severity ?? check.severity;
  const sorted = drafts.toSorted((a, b) => bySeverity(severityOf(a), severityOf(b)));
  const findings = fixes.write(sorted).map((draft) => toFinding(check, draft));
  const severity = worstSeverity(findings, check.severity);
  const failed = findings.length > 0 && (severity !== 'info' || check.severity === 'info');

  if (reason !== undefined && !(failed && severity === 'error')) {
    return { result: result({ status: 'unknown', reason, findings }) };
  }
  return { result: result({ status: failed ? 'fail' : 'pass', severity, reason: reason ?? '', findings }) };
};

/** Adds the paths that end at a check to its outcome. */
export type AddPaths = (check: AnyCheck, outcome: CheckOutcome) => CheckOutcome;

interface EvaluateOptions {
  /** Takes what a check threw, which is a bug in it: its result is `unknown`. */
  readonly onBug?: ((id: string, error: unknown) => void) | undefined;
  readonly addPaths?: AddPaths | undefined;
  /** Writes the fixes of the whole report. */
  readonly fixes?: FixWriter | undefined;
}

/** Has the fixes work in the partition of the cluster. */
const writerFor = (views: Views, fixes: FixWriter): FixWriter => {
  const cluster = views.read('cluster');
  const partition = cluster.visibility === 'hidden' ? '' : cluster.value.partition;
  return {
    ...fixes,
    write: (drafts) =>
      fixes
        .write(drafts)
        .map((draft) => ({ ...draft, remediation: fixesInPartition(draft.remediation, partition) })),
  };
};

/** Evaluates one check over a snapshot, by default without the paths that end at it. */
export const evaluateCheck = (
  check: AnyCheck,
  views: Views,
  { onBug, addPaths = (_, outcome) => outcome, fixes = createFixWriter() }: EvaluateOptions = {},
): Evaluated => {
  const writer = writerFor(views, fixes);
  try {
    const { values, missing, hidden } = readInputs(check, views);
    if (hidden) return toResult(check, addPaths(check, { unknown: reasonOf(hidden) }), writer);
    return toResult(check, addPaths(check, check.evaluate(values)), writer, missing);
  } catch (error) {
    onBug?.(check.id, error);
    const unknown = 'the check failed with an internal error, which is a bug in peering-bot';
    return toResult(check, { unknown }, writer);
  }
};
