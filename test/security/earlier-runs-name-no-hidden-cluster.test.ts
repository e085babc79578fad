import { remember } from '../../src/features/subscriptions/remember';
import type { Subscription } from '../../src/features/subscriptions/subscriptions.store';
import type { Watch } from '../../src/features/subscriptions/watches.store';
import { showsOnly } from '../../src/config/other-sides';
import { type Observation, observeReport } from '../../src/report/track-changes';
import { readStoredBaseline } from '../../src/report/stored-names';
import { summarizeReport, summarizeUnreadable } from '../../src/report/digest-row';
import type { Finding, Report } from '../../src/report/report';

const hidden = 'hidden-billing';

const finding: Finding = {
  severity: 'error',
  subject: { kind: 'upstream', name: `web → ${hidden}` },
  message: `${hidden} is gone`,
  evidence: [],
  remediation: [],
  docs: '',
};

const reportOf = (findings: readonly Finding[], otherSides: readonly string[]): Report => ({
  schemaVersion: 1,
  cluster: { name: 'prod-east', datacenter: 'east', consulVersion: '1.20.1' },
  peer: null,
  startedAt: '2026-11-27T08:00:00.000Z',
  durationMs: 1,
  verdict: findings.length > 0 ? 'not-ready' : 'ready',
  summary: { errors: findings.length, warnings: 0, passed: 0, skipped: 0, unknown: 0, muted: 0 },
  peers: [],
  notes: [],
  results: [
    {
      id: 'upstream-imported',
      group: 'sidecars',
      title: '',
      status: findings.length > 0 ? 'fail' : 'pass',
      severity: 'error',
      reason: '',
      findings,
    },
  ],
  otherSides,
});

const cluster = { peers: { west: 'prod-west' } };

describe('a subscription whose owner may see less than before', () => {
  const subscription = { createdMs: 1, severity: 'info', check: null, peer: null } as unknown as Subscription;
  const look = { at: 1, summary: null, problem: null, run: null, own: false, startedMs: 1 };
  const seeing = (
    before: Watch | undefined,
    observation: Observation,
    otherSides: readonly string[],
    at: number,
  ) =>
    remember(before, subscription, {
      observation,
      poll: { ...look, at },
      planned: at,
      otherSides,
      hasReceivers: true,
      isNarrower: before !== undefined && !showsOnly(before, cluster, otherSides),
      beginsIncident: () => false,
    });

  it('names nothing of what it saw', () => {
    const [found, nothing] = [[finding], []].map((findings) => observeReport(reportOf(findings, [])));
    let watch = seeing(undefined, nothing as Observation, ['prod-west'], 1);
    for (const at of [2, 3, 4]) watch = seeing(watch, found as Observation, ['prod-west'], at);
    expect(JSON.stringify(watch.pending)).toContain(hidden);
    for (const at of [5, 6, 7]) watch = seeing(watch, nothing as Observation, [], at);
    expect(JSON.stringify(watch)).not.toContain(hidden);
  });
});

describe('the baseline of a digest', () => {
  const row = { run: 'r', before: undefined, trend: [] };

  it('says what its issues may be about, also where the cluster cannot be read', () => {
    const { baseline } = summarizeReport(reportOf([finding], ['prod-west']), row);
    const kept = summarizeUnreadable('prod-east', 'away', baseline, []).baseline;
    for (const one of [baseline, kept, readStoredBaseline(baseline)]) {
      expect(showsOnly(one, cluster, ['prod-west'])).toBe(true);
      expect(showsOnly(one, cluster, [])).toBe(false);
    }
  });

  it('of an earlier version may be about every other side', () => {
    expect(showsOnly({}, cluster, [])).toBe(false);
    expect(showsOnly({}, cluster, ['prod-west'])).toBe(true);
  });
});
