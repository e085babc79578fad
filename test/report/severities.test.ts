import { matchesGlob } from '../../src/config/match-glob';
import { applySeverities, type SeverityRule } from '../../src/report/severities';
import type { Finding, Report, Severity } from '../../src/report/report';
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
const rule = (check: string, severity: Severity, more: Partial<SeverityRule> = {}): SeverityRule => ({
  check,
  subject: null,
  severity,
  by: 'platform team',
  reason: 'known',
  until: null,
  configuredAt: 'severity[0] of clusters.yml',
  ...more,
});
const apply = (report: Report, ...rules: readonly SeverityRule[]): Report =>
  applySeverities(report, rules, now, matchesGlob);

const resultOf = (report: Report, id: string) => report.results.find((one) => one.id === id);

const broken = reportOf([
  { id: 'mesh-gateway-mode', findings: [finding('web'), finding('api')] },
  { id: 'mesh-gateway-healthy', findings: [finding('gw-2', 'warning')] },
]);

describe('configured severities', () => {
  it('count in place of those of the check, and each finding says which was configured', () => {
    const report = apply(broken, rule('mesh-gateway-mode', 'warning', { subject: 'web' }));
    const [web, api] = resultOf(report, 'mesh-gateway-mode')?.findings ?? [];
    expect([web?.severity, web?.override]).toEqual([
      'warning',
      {
        was: 'error',
        by: 'platform team',
        reason: 'known',
        until: null,
        configuredAt: 'severity[0] of clusters.yml',
      },
    ]);
    expect([api?.severity, api?.override]).toEqual(['error', undefined]);
    expect(report.verdict).toBe('not-ready');
  });

  it('change the verdict both ways', () => {
    expect(apply(broken, rule('mesh-gateway-mode', 'warning')).verdict).toBe('warnings');
    expect(apply(broken, rule('mesh-*', 'info')).verdict).toBe('ready');
    const raised = apply(broken, rule('mesh-gateway-mode', 'info'), rule('mesh-gateway-healthy', 'error'));
    expect([raised.verdict, raised.summary.errors]).toEqual(['not-ready', 1]);
  });

  it('make a check fail whose only findings are raised from info', () => {
    const noted = reportOf([{ id: 'peering-pending', status: 'pass', findings: [finding('lab', 'info')] }]);
    const raised = apply(noted, rule('peering-*', 'warning'));
    expect([noted.verdict, raised.verdict, raised.summary.warnings, raised.summary.passed]).toEqual([
      'ready',
      'warnings',
      1,
      noted.summary.passed - 1,
    ]);
  });

  it('never lower an error silently', () => {
    const noted = (report: Report): number => report.notes.length - broken.notes.length;
    expect(noted(apply(broken, rule('mesh-gateway-mode', 'info')))).toBe(1);
    expect(noted(apply(broken, rule('mesh-gateway-healthy', 'error')))).toBe(0);
  });

  it('have no effect once they have ended, and the first that covers a finding counts', () => {
    const ended = rule('mesh-*', 'info', { until: new Date(now).toISOString() });
    expect(apply(broken, ended)).toBe(broken);
    const both = apply(broken, rule('mesh-gateway-mode', 'warning'), rule('mesh-*', 'info'));
    expect(['mesh-gateway-mode', 'mesh-gateway-healthy'].map((id) => resultOf(both, id)?.severity)).toEqual([
      'warning',
      'info',
    ]);
  });

  it('leave unknown checks as they are', () => {
    const hidden = reportOf([{ id: 'mesh-gateway-mode', status: 'unknown', severity: 'error' }]);
    expect(apply(hidden, rule('mesh-gateway-mode', 'info')).verdict).toBe('unknown');
  });
});
