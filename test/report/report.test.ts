import { diffReports } from '../../src/report/diff';
import { type Finding, type Report, type CheckResult, summarize, verdictOf } from '../../src/report/report';

const finding = (name: string, severity: Finding['severity'] = 'error'): Finding => ({
  severity,
  subject: { kind: 'service', name },
  message: '',
  evidence: [],
  remediation: [],
  docs: '',
});
const result = (given: Partial<CheckResult>): CheckResult => ({
  id: 'x',
  group: 'g',
  title: '',
  status: 'pass',
  severity: 'error',
  reason: '',
  findings: [],
  ...given,
});
const report = (...results: CheckResult[]): Report => ({
  schemaVersion: 1,
  cluster: { name: 'c', datacenter: '', consulVersion: '' },
  peer: null,
  startedAt: '',
  durationMs: 0,
  verdict: verdictOf(results),
  summary: summarize(results),
  peers: [],
  notes: [],
  results,
});

describe('the verdict', () => {
  const fail = result({ status: 'fail' });
  const warn = result({ status: 'fail', severity: 'warning' });
  const unknown = result({ status: 'unknown' });
  const unknownWarning = result({ status: 'unknown', severity: 'warning' });
  it.each([
    ['not-ready', [fail, unknown, warn]],
    ['unknown', [unknown, warn, result({})]],
    ['warnings', [warn, unknownWarning]],
    ['ready', [result({}), result({ status: 'skip' }), unknownWarning]],
    ['ready', [result({ status: 'fail', severity: 'info' })]],
  ] as const)('is %s', (verdict, results) => {
    expect(verdictOf(results)).toBe(verdict);
  });

  it('counts checks by what they came to', () => {
    expect(summarize([fail, fail, warn, unknown, result({}), result({ status: 'skip' })])).toEqual({
      errors: 2,
      warnings: 1,
      passed: 1,
      skipped: 1,
      unknown: 1,
      muted: 0,
    });
  });
});

describe('the difference of two reports', () => {
  const names = (issues: readonly { subject: { name: string } }[]): string[] =>
    issues.map(({ subject }) => subject.name);

  it('tells what is new, resolved and still open', () => {
    const before = report(result({ status: 'fail', findings: [finding('a'), finding('b')] }));
    const after = report(
      result({ status: 'fail', findings: [finding('b'), finding('c'), finding('i', 'info')] }),
    );
    const { added, resolved, unchanged, newlyHidden } = diffReports(before, after);
    expect([names(added), names(resolved), names(unchanged), names(newlyHidden)]).toEqual([
      ['c'],
      ['a'],
      ['b'],
      [],
    ]);
  });

  it.each([
    ['is not visible', [result({ status: 'unknown' })]],
    ['was not run', []],
    ['was not seen whole', [result({ reason: 'the token lacks node:read' })]],
    [
      'may be hidden beside what was found',
      [result({ status: 'fail', reason: 'the token lacks node:read', findings: [finding('b')] })],
    ],
  ])('does not call resolved what %s', (_, results) => {
    const before = report(result({ status: 'fail', findings: [finding('a')] }));
    const { resolved, newlyHidden } = diffReports(before, report(...results));
    expect([names(resolved), names(newlyHidden)]).toEqual([[], ['a']]);
  });

  it('calls resolved what no longer applies', () => {
    const before = report(result({ status: 'fail', findings: [finding('a')] }));
    expect(names(diffReports(before, report(result({ status: 'skip' }))).resolved)).toEqual(['a']);
  });
});
