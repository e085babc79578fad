import { limitReport } from '../../src/report/limit-report';
import type { Finding, Report } from '../../src/report/report';

const finding = (name: string): Finding => ({
  severity: 'error',
  subject: { kind: 'service', name },
  message: `${name} is wrong`,
  evidence: [{ endpoint: '/v1/catalog/services', path: '', value: name }],
  remediation: [{ title: 'Fix', language: 'hcl', code: `service "${name}" {}` }],
  docs: '',
});

const reportOf = (...findings: readonly (readonly Finding[])[]): Report => ({
  schemaVersion: 1,
  cluster: { name: 'a', datacenter: 'dc1', consulVersion: '1.20.1' },
  peer: null,
  startedAt: '',
  durationMs: 0,
  verdict: 'not-ready',
  summary: { errors: 1, warnings: 0, passed: 0, skipped: 0, unknown: 0, muted: 0 },
  peers: [],
  notes: [],
  results: findings.map((list, index) => ({
    id: `check-${index}`,
    group: 'consul',
    title: '',
    status: 'fail',
    severity: 'error',
    reason: '',
    findings: list,
  })),
});

const many = (count: number): Finding[] => Array.from({ length: count }, (_, n) => finding(`service-${n}`));

it('leaves a report that fits as it is', () => {
  const report = reportOf(many(10));
  expect(limitReport(report, 100_000)).toBe(report);
});

it('cuts the longest list first, keeps the short one, and says that something is missing', () => {
  const limited = limitReport(reportOf(many(5000), many(3)), 100_000);
  expect(JSON.stringify(limited).length).toBeLessThanOrEqual(100_000);
  const [long, short] = limited.results;
  expect(long?.findings.length).toBeGreaterThan(100);
  expect(long?.findings[0]?.subject.name).toBe('service-0');
  expect(long?.reason).not.toBe('');
  expect([short?.findings.length, short?.reason]).toEqual([3, '']);
});

it('cuts texts that are too long, and leaves out code rather than cut it', () => {
  const limited = limitReport(reportOf([finding('x'.repeat(3_000_000))]), 100_000);
  expect(JSON.stringify(limited).length).toBeLessThanOrEqual(100_000);
  expect(limited.results[0]?.findings[0]?.remediation).toEqual([]);
});
