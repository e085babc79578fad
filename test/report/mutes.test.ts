import fc from 'fast-check';
import { matchesGlob } from '../../src/config/match-glob';
import { diffReports } from '../../src/report/diff';
import { applyMutes, type Mute } from '../../src/report/mutes';
import {
  bySeverity,
  type Finding,
  type Report,
  type CheckResult,
  type Severity,
} from '../../src/report/report';
import { reportOf } from '../render/reports';

const now = 1_800_000_000_000;
const finding = (name: string, severity: Severity = 'error'): Finding => ({
  severity,
  subject: { kind: 'service', name },
  message: `${name} is wrong`,
  evidence: [],
  remediation: [],
  docs: '',
});
const mute = (check: string, subject: string | null = null, untilMs = now + 1): Mute => ({
  check,
  subject,
  by: 'U0OWNER',
  reason: 'known',
  createdMs: now - 1000,
  untilMs,
});
const apply = (report: Report, ...mutes: readonly Mute[]): Report =>
  applyMutes(report, mutes, now, matchesGlob);
const resultOf = (report: Report, id: string): CheckResult => report.results.find((one) => one.id === id)!;

const broken = reportOf([
  { id: 'mesh-gateway-mode', findings: [finding('web'), finding('api', 'warning')] },
  { id: 'mesh-gateway-healthy', findings: [finding('gw-2', 'warning')] },
]);

describe('applying mutes', () => {
  it('counts a check apart whose findings are all muted, and decides by the others', () => {
    const report = apply(broken, mute('mesh-gateway-mode'));
    expect(report.summary).toMatchObject({ errors: 0, warnings: 1, muted: 1 });
    expect(report.verdict).toBe('warnings');
    expect(resultOf(report, 'mesh-gateway-mode').findings[0]?.muted).toEqual({
      by: 'U0OWNER',
      until: new Date(now + 1).toISOString(),
      reason: 'known',
    });
  });

  it('takes a check for as bad as the worst of what is not muted', () => {
    const report = apply(broken, mute('mesh-gateway-mode', 'web'));
    expect(resultOf(report, 'mesh-gateway-mode').severity).toBe('warning');
    expect([report.summary.warnings, report.summary.muted, report.verdict]).toEqual([2, 0, 'warnings']);
  });

  it('takes globs for checks, and subjects letter for letter', () => {
    expect(apply(broken, mute('mesh-*')).verdict).toBe('ready');
    expect(apply(broken, mute('*', 'web')).summary).toMatchObject({ errors: 0, warnings: 2 });
    expect(apply(broken, mute('*', 'w*'))).toEqual(broken);
  });

  it('leaves unknown what is not visible', () => {
    const unknown = reportOf([
      {
        id: 'peering-active',
        status: 'unknown',
        severity: 'error',
        reason: 'forbidden',
        findings: [finding('a', 'warning')],
      },
    ]);
    const report = apply(unknown, mute('*'));
    expect([report.verdict, report.summary.unknown, report.summary.muted]).toEqual(['unknown', 1, 0]);
    expect(resultOf(report, 'peering-active').findings[0]?.muted).toBeDefined();
  });

  it('does not count information beside what is muted', () => {
    const report = apply(
      reportOf([{ id: 'local-agent', findings: [finding('a'), finding('b', 'info')] }]),
      mute('local-agent', 'a'),
    );
    expect([report.verdict, report.summary.muted]).toEqual(['ready', 1]);
  });

  it('does nothing for a mute that has ended', () => {
    expect(apply(broken, mute('*', null, now))).toEqual(broken);
  });

  it('names the mute that ends last', () => {
    const report = apply(broken, mute('*', null, now + 5), mute('mesh-*', null, now + 9));
    expect(resultOf(report, 'mesh-gateway-mode').findings[0]?.muted?.until).toBe(
      new Date(now + 9).toISOString(),
    );
  });

  const severity = fc.constantFrom<Severity>('error', 'warning', 'info');
  const result = fc.record({
    id: fc.constantFrom('consul-version', 'local-agent', 'mesh-gateway-mode', 'peering-active'),
    findings: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), severity), { maxLength: 4 }),
    unknown: fc.boolean(),
  });
  const report = fc.uniqueArray(result, { selector: ({ id }) => id, maxLength: 4 }).map((given) =>
    reportOf(
      given.map(({ id, findings, unknown }) => ({
        id,
        // As the runner gives them, worst first.
        findings: findings
          .map(([name, s]) => finding(name, s))
          .sort((a, b) => bySeverity(a.severity, b.severity)),
        ...(unknown ? { status: 'unknown' as const, severity: 'error' as const, reason: 'hidden' } : {}),
      })),
    ),
  );
  const mutes = fc.array(
    fc.record({
      check: fc.constantFrom('*', 'mesh-*', 'local-agent', 'nothing'),
      subject: fc.constantFrom(null, 'a', 'b', 'z'),
      untilMs: fc.constantFrom(now - 1, now + 1, now + 2),
    }),
    { maxLength: 4 },
  );
  const made = (list: readonly { check: string; subject: string | null; untilMs: number }[]): Mute[] =>
    list.map(({ check, subject, untilMs }) => mute(check, subject, untilMs));
  const rank = { ready: 0, warnings: 1, unknown: 2, 'not-ready': 3 } as const;

  it('loses no check and no finding, makes nothing worse, and can be undone', () => {
    fc.assert(
      fc.property(report, mutes, (before, list) => {
        const after = apply(before, ...made(list));
        const { errors, warnings, passed, skipped, unknown, muted } = after.summary;
        const infos = after.results.filter((r) => r.status === 'fail' && r.severity === 'info').length;
        const infosMuted = after.results.filter(
          (r) => r.status === 'fail' && r.severity === 'info' && r.findings.some((f) => f.muted),
        ).length;
        expect(errors + warnings + passed + skipped + unknown + muted + infos - infosMuted).toBe(
          before.results.length,
        );
        expect(rank[after.verdict]).toBeLessThanOrEqual(rank[before.verdict]);
        expect(unknown).toBe(before.summary.unknown);
        expect(apply(after)).toEqual(before);
        expect(apply(after, ...made(list))).toEqual(after);
      }),
    );
  });

  it('says nothing of muted findings as new or resolved, whatever came before', () => {
    fc.assert(
      fc.property(report, mutes, report, mutes, (one, first, two, second) => {
        const [before, after] = [apply(one, ...made(first)), apply(two, ...made(second))];
        const { added, unchanged, resolved, newlyHidden, newlyMuted } = diffReports(before, after);
        const silent = (of: Report) =>
          of.results.flatMap(({ id, findings }) =>
            findings.filter((f) => f.muted && f.severity !== 'info').map((f) => `${id}/${f.subject.name}`),
          );
        const names = (issues: readonly { check: string; subject: { name: string } }[]) =>
          issues.map(({ check, subject }) => `${check}/${subject.name}`);
        for (const name of names([...added, ...unchanged])) expect(silent(after)).not.toContain(name);
        for (const name of names([...resolved, ...newlyHidden])) {
          expect(silent(before)).not.toContain(name);
          expect(silent(after)).not.toContain(name);
        }
        for (const name of names(newlyMuted)) expect(silent(after)).toContain(name);
        const all = names([...unchanged, ...resolved, ...newlyHidden, ...newlyMuted]);
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});

describe('the difference where something was muted', () => {
  const names = (issues: readonly { subject: { name: string } }[]): string[] =>
    issues.map(({ subject }) => subject.name);
  const silenced = apply(broken, mute('mesh-gateway-mode', 'web'));

  it('does not call resolved what was muted', () => {
    const { newlyMuted, resolved, unchanged } = diffReports(broken, silenced);
    expect([names(newlyMuted), names(resolved), names(unchanged)]).toEqual([['web'], [], ['api', 'gw-2']]);
  });

  it('tells what counts again as its mute ended', () => {
    const { added, newlyMuted } = diffReports(silenced, broken);
    expect([names(added), names(newlyMuted)]).toEqual([['web'], []]);
  });

  it('tells nobody what went away while it was muted', () => {
    const { resolved, newlyHidden } = diffReports(silenced, reportOf([]));
    expect([names(resolved), names(newlyHidden)]).toEqual([['api', 'gw-2'], []]);
  });
});
