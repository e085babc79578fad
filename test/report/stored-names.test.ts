// oxlint-disable plain-english/words -- the names that version 0.1.0 stored
import { readStoredBaseline, readStoredRow, readStoredTracking } from '../../src/report/stored-names';

const issue = {
  check: 'mesh-gateway-mode',
  subject: { kind: 'mesh-gateway', name: 'gw' },
  severity: 'error',
} as const;

describe('fields that version 0.1.0 stored under other names', () => {
  it('are read in the row of a digest', () => {
    const old = {
      cluster: 'prod-east',
      first: true,
      appeared: 1,
      resolved: 2,
      lost: 3,
      newlyLost: 4,
      silenced: 5,
      news: [issue],
      mended: [],
      hushed: [issue],
    };
    const now = {
      cluster: 'prod-east',
      isFirst: true,
      added: 1,
      resolved: 2,
      hidden: 3,
      newlyHidden: 4,
      newlyMuted: 5,
      addedIssues: [issue],
      resolvedIssues: [],
      newlyMutedIssues: [issue],
    };
    expect(readStoredRow(old)).toEqual(now);
    expect(readStoredRow(now)).toEqual(now);
  });

  it('are read in the baseline of a digest', () => {
    const since = '2026-11-26T09:00:00.000Z';
    const old = { ...issue, since, lost: true as const };
    const now = { ...issue, since, hidden: true };
    expect(readStoredBaseline({ verdict: null, issues: [old] })).toEqual({ verdict: null, issues: [now] });
  });

  it('are read in what a subscription tracks', () => {
    const rest = { flips: [3], flapping: false };
    const found = {
      issue: { check: issue.check, subject: issue.subject, message: 'm' },
      since: 1,
      worst: 'error',
    };
    const old = { told: 'error', seen: 'gone', held: 2, ...rest };
    const now = { reported: 'error', observed: 'gone', streak: 2, ...rest };
    const stored = { look: 7, verdict: { ...old }, issues: { key: { ...old, ...found } } };
    const read = { poll: 7, verdict: now, issues: { key: { ...now, ...found } } };
    expect(readStoredTracking(stored)).toEqual(read);
    expect(readStoredTracking(read)).toEqual(read);
  });
});
