import {
  type Finding,
  type Report,
  type CheckResult,
  type Severity,
  summarize,
  verdictOf,
  worstSeverity,
} from '../../../src/report/report';

export const finding = (name: string, severity: Severity = 'error'): Finding => ({
  severity,
  subject: { kind: 'service', name },
  message: `service "${name}" is not right`,
  evidence: [],
  remediation: [],
  docs: '',
});

/** A check with these findings; passed without any, not seen for `unknown`. */
export const result = (id: string, findings: readonly Finding[] | 'unknown' = []): CheckResult => ({
  id,
  group: 'sidecars',
  title: `${id} is right`,
  status: findings === 'unknown' ? 'unknown' : findings.length > 0 ? 'fail' : 'pass',
  severity: findings === 'unknown' ? 'error' : worstSeverity(findings, 'error'),
  reason: findings === 'unknown' ? 'the token lacks operator:read' : '',
  findings: findings === 'unknown' ? [] : findings,
});

export const reportOf = (
  name: string,
  results: readonly CheckResult[] = [result('mesh-enabled')],
  startedAt = '2026-11-20T08:00:00.000Z',
): Report => ({
  schemaVersion: 1,
  cluster: { name, datacenter: 'dc1', consulVersion: '1.20.1' },
  peer: null,
  startedAt,
  durationMs: 40,
  verdict: verdictOf(results),
  summary: summarize(results),
  peers: [],
  notes: [],
  results,
});
