import { bySeverity, type CheckResult, type Finding, worstSeverity } from '../report/report';
import type { HiddenReason, Section } from '../snapshot/snapshot';
import type { AnyCheck, CheckOutcome, Draft } from './define';
import { reasonOf } from './reason';
import { inputName, type Views } from './view';

interface Evaluated {
  readonly result: CheckResult;
  readonly note?: string | undefined;
}

const toFinding = (check: AnyCheck, draft: Draft): Finding => ({
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
const toResult = (check: AnyCheck, outcome: CheckOutcome, missing?: HiddenReason): Evaluated => {
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
  const findings = drafts
    .map((draft) => toFinding(check, draft))
    .sort((a, b) => bySeverity(a.severity, b.severity));
  const severity = worstSeverity(findings, check.severity);
  const failed = findings.length > 0 && (severity !== 'info' || check.severity === 'info');

  if (reason !== undefined && !(failed && severity === 'error')) {
    return { result: result({ status: 'unknown', reason, findings }) };
  }
  return { result: result({ status: failed ? 'fail' : 'pass', severity, reason: reason ?? '', findings }) };
};

/** Adds the paths that end at a check to its outcome. */
export type AddPaths = (check: AnyCheck, outcome: CheckOutcome) => CheckOutcome;

/**
 * Evaluates one check over a snapshot, by default without the paths that end at it.
 *
 * @param onBug takes what a check threw, which is a bug in it: its result is `unknown`
 */
export const evaluateCheck = (
  check: AnyCheck,
  views: Views,
  onBug?: (id: string, error: unknown) => void,
  addPaths: AddPaths = (_, outcome) => outcome,
): Evaluated => {
  try {
    const { values, missing, hidden } = readInputs(check, views);
    if (hidden) return toResult(check, addPaths(check, { unknown: reasonOf(hidden) }));
    return toResult(check, addPaths(check, check.evaluate(values)), missing);
  } catch (error) {
    onBug?.(check.id, error);
    return toResult(check, {
      unknown: 'the check failed with an internal error, which is a bug in peering-bot',
    });
  }
};
