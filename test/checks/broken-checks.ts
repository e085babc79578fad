import type { AnyCheck, CheckOutcome, Draft } from '../../src/checks/define';
import { evaluateCheck } from '../../src/checks/evaluate-check';
import { changeSnapshot, type SnapshotChanges } from '../../src/checks/examples/healthy';
import { openSnapshot, type ViewOptions } from '../../src/checks/view';
import type { CheckResult } from '../../src/report/report';

/** Mistakes that any check could have. `checkTable` runs its rows with each of them: at least one row must notice it. */

type ChangeOutcome = (outcome: CheckOutcome, check: AnyCheck) => CheckOutcome;

interface Mistake {
  /** Continues "a check that …". */
  readonly name: string;
  /** The key of the reason in `never`, if its check cannot have this mistake. */
  readonly unless?: 'skip' | 'unknown' | 'several' | 'partial';
  readonly outcome?: ChangeOutcome;
  readonly check?: (check: AnyCheck) => AnyCheck;
  readonly changes?: (changes: SnapshotChanges) => SnapshotChanges;
}

const changeFindings =
  (change: (findings: readonly Draft[]) => readonly Draft[]): ChangeOutcome =>
  (outcome) => {
    if ('skip' in outcome) return outcome;
    return 'unknown' in outcome ? { ...outcome, findings: change(outcome.findings ?? []) } : change(outcome);
  };

const exampleOutcome = (check: AnyCheck): CheckOutcome => {
  let found: CheckOutcome = [];
  evaluateCheck(check, openSnapshot(changeSnapshot(check.examples.fail)), {
    addPaths: (_, outcome) => {
      found = outcome;
      return outcome;
    },
  });
  return found;
};

const withoutPartial = (changes: SnapshotChanges): SnapshotChanges =>
  Object.fromEntries(
    Object.entries(changes).map(([name, section]) => {
      const isPartial =
        typeof section === 'object' && 'visibility' in section && section.visibility === 'partial';
      return [name, isPartial ? { visibility: 'visible', value: section.value } : section];
    }),
  );

const mistakes: readonly Mistake[] = [
  { name: 'finds nothing', outcome: changeFindings(() => []) },
  {
    name: 'finds only the first',
    unless: 'several',
    outcome: changeFindings((findings) => findings.slice(0, 1)),
  },
  {
    name: 'finds something in a healthy cluster',
    outcome: (outcome, check) => {
      const isPass = !('skip' in outcome) && !('unknown' in outcome) && outcome.length === 0;
      return isPass ? exampleOutcome(check) : outcome;
    },
  },
  { name: 'never skips', unless: 'skip', outcome: (outcome) => ('skip' in outcome ? [] : outcome) },
  {
    name: 'is never unknown',
    unless: 'unknown',
    outcome: (outcome) => ('unknown' in outcome ? (outcome.findings ?? []) : outcome),
  },
  { name: 'takes some rows for all rows', unless: 'partial', changes: withoutPartial },
  {
    name: 'is unknown as soon as one row is not visible',
    check: (check) => ({ ...check, partial: [] }),
  },
];

/** Returns the mistakes that a check can have. */
export const mistakesOf = (check: AnyCheck, never: object): readonly Mistake[] =>
  mistakes
    .filter(({ unless }) => unless === undefined || !(unless in never))
    .filter((mistake) => mistake.check === undefined || check.partial !== undefined);

/** Evaluates a check with a mistake, over differences from the healthy snapshot. */
export const evaluateWithMistake = (
  check: AnyCheck,
  changes: SnapshotChanges,
  mistake: Mistake,
  options: ViewOptions,
): CheckResult => {
  const snapshot = changeSnapshot(mistake.changes?.(changes) ?? changes);
  return evaluateCheck(mistake.check?.(check) ?? check, openSnapshot(snapshot, options), {
    addPaths: (_, outcome) => mistake.outcome?.(outcome, check) ?? outcome,
  }).result;
};
