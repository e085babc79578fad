import { changeSnapshot, type SnapshotChanges } from '../../src/checks/examples/healthy';
import { bySeverity, type CheckResult, type Severity, worstSeverity } from '../../src/report/report';
import { evaluateWithMistake, mistakesOf } from './broken-checks';
import { check, checkAlone, registeredCheck, short } from './world';

/**
 * Differences from the healthy snapshot. `onlyPeer` narrows the run to that peer. `withPaths` adds the paths that end at
 * the check: by default it is tested by itself, since they can hide a mistake of it.
 */
export type Changes = SnapshotChanges & { readonly onlyPeer?: string; readonly withPaths?: boolean };

type Outcome = CheckResult['status'];

/** A case: its name, what differs from the healthy snapshot, the outcome, and each finding as severity and subject. */
export type Row = readonly [
  name: string,
  changes: Changes,
  outcome: Outcome,
  ...findings: (readonly [severity: Severity, subject: string])[],
];

/** Runs one check of the registry. */
export const resultFor = (id: string, { onlyPeer, withPaths = false, ...changes }: Changes): CheckResult =>
  (withPaths ? check : checkAlone)(id, changeSnapshot(changes), { peer: onlyPeer });

/** All snippets of a result. */
export const codesOf = ({ findings }: CheckResult): readonly string[] =>
  findings.flatMap(({ remediation }) => remediation.map(({ code }) => code));

/** The first snippet of the first finding. */
export const firstCode = (result: CheckResult): string => result.findings[0]?.remediation[0]?.code ?? '';

const outcomes: readonly Outcome[] = ['pass', 'fail', 'skip', 'unknown'];

/** Reasons why a check cannot have an outcome, two findings at once, or inputs of which some rows are hidden. */
type Never = Partial<Readonly<Record<Outcome | 'several' | 'partial', string>>>;

/** A result as a row states it: the outcome, and each finding as severity and subject. */
const stated = ([, , outcome, ...findings]: Row): readonly string[] => [
  outcome,
  ...findings.map(([severity, subject]) => `${severity} ${subject}`),
];

/**
 * Tests a check with a table. There must be a row for each outcome: one that passes, fails, does not apply (`skip`)
 * and is not visible (`unknown`). At least one row must notice each of the mistakes in `broken-checks.ts`, for which
 * a row needs two findings, and another one an input of which only some rows are visible.
 *
 * ```ts
 * checkTable(
 *   'cluster-leader',
 *   [
 *     ['there is a leader', {}, 'pass'],
 *     ['there is none', { leader: '' }, 'fail', ['error', 'cluster prod-east']],
 *     ['the leader is not visible', { leader: hidden() }, 'unknown'],
 *   ],
 *   {
 *     skip: 'every cluster needs a leader',
 *     several: 'a cluster has one leader',
 *     partial: 'the leader is one value',
 *   },
 * );
 * ```
 */
export const checkTable = (id: string, rows: readonly Row[], never: Never = {}): void => {
  const checked = registeredCheck(id);
  describe(id, () => {
    for (const row of rows) {
      const [name, changes, outcome] = row;
      it(name, () => {
        const result = resultFor(id, changes);
        expect(short(result)).toEqual(stated(row));
        const isDecided = outcome === 'pass' || outcome === 'fail';
        expect(result.severity).toBe(
          isDecided ? worstSeverity(result.findings, checked.severity) : checked.severity,
        );
        if (!isDecided) expect(result.reason).not.toBe('');
      });
    }

    it('has a row for each outcome', () => {
      const shown = new Set(rows.map(([, , outcome]) => outcome));
      expect(outcomes.filter((outcome) => shown.has(outcome) === outcome in never)).toEqual([]);
      expect(Object.values(never)).not.toContain('');
      expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length);
    });

    // Paths would add what a broken check does not find.
    const alone = rows.filter(([, { withPaths }]) => withPaths !== true);
    it.each(mistakesOf(checked, never))('notices a check that $name', (mistake) => {
      const notices = (row: Row): boolean => {
        const { onlyPeer, withPaths: _, ...changes } = row[1];
        const result = evaluateWithMistake(checked, changes, mistake, { peer: onlyPeer });
        return short(result).join('\n') !== stated(row).join('\n');
      };
      expect(alone.some(notices)).toBe(true);
    });

    it('has one subject if it never has two findings', () => {
      const subjects = rows.map(([, , , ...findings]) => findings.map(([, subject]) => subject));
      const isSingle = subjects.every(({ length }) => length <= 1) && new Set(subjects.flat()).size === 1;
      expect('several' in never && !isSingle).toBe(false);
    });

    it('declares the worst severity that it finds', () => {
      const [worst] = rows
        .flatMap(([, , , ...findings]) => findings.map(([severity]) => severity))
        .sort(bySeverity);
      expect(checked.severity).toBe(worst);
    });
  });
};
