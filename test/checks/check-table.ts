import { changeSnapshot, type SnapshotChanges } from '../../src/checks/examples/healthy';
import { registry } from '../../src/checks/registry';
import { bySeverity, type CheckResult, type Severity, worstSeverity } from '../../src/report/report';
import { check, checkAlone, short } from './world';

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

/**
 * Tests a check with a table. There must be a row for each outcome: one that passes, fails, does not apply (`skip`)
 * and is not visible (`unknown`).
 *
 * ```ts
 * checkTable(
 *   'cluster-leader',
 *   [
 *     ['there is a leader', {}, 'pass'],
 *     ['there is none', { leader: '' }, 'fail', ['error', 'cluster prod-east']],
 *     ['the leader is not visible', { leader: hidden() }, 'unknown'],
 *   ],
 *   { skip: 'every cluster needs a leader' },
 * );
 * ```
 *
 * @param never outcomes that the check cannot have, each with the reason
 */
export const checkTable = (
  id: string,
  rows: readonly Row[],
  never: Partial<Readonly<Record<Outcome, string>>> = {},
): void => {
  describe(id, () => {
    for (const [name, changes, outcome, ...expected] of rows) {
      it(name, () => {
        const result = resultFor(id, changes);
        const findings = expected.map(([severity, subject]) => `${severity} ${subject}`);
        expect(short(result)).toEqual([outcome, ...findings]);
        const declared = registry.find((one) => one.id === id)?.severity ?? 'error';
        const isDecided = outcome === 'pass' || outcome === 'fail';
        expect(result.severity).toBe(isDecided ? worstSeverity(result.findings, declared) : declared);
        if (!isDecided) expect(result.reason).not.toBe('');
      });
    }

    it('has a row for each outcome', () => {
      const shown = new Set(rows.map(([, , outcome]) => outcome));
      expect(outcomes.filter((outcome) => shown.has(outcome) === outcome in never)).toEqual([]);
      expect(Object.values(never)).not.toContain('');
      expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length);
    });

    it('declares the worst severity that it finds', () => {
      const [worst] = rows
        .flatMap(([, , , ...findings]) => findings.map(([severity]) => severity))
        .sort(bySeverity);
      expect(registry.find((one) => one.id === id)?.severity).toBe(worst);
    });
  });
};
