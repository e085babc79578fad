import fc from 'fast-check';
import { matchesGlob } from '../../src/config/match-glob';
import { applyMutes } from '../../src/report/mutes';
import type { Finding, Json, Report, Severity, StateChange, Verdict } from '../../src/report/report';
import {
  type Change,
  isReported,
  mergeObservations,
  narrowReport,
  type Observation,
  observeReport,
  startTracking,
  unreadableCluster,
  trackChanges,
  type TrackedCluster,
} from '../../src/report/track-changes';
import { reportOf } from '../render/reports';

const finding = (name: string, severity: Severity = 'error'): Finding => ({
  severity,
  subject: { kind: 'service', name },
  message: `${name} is wrong`,
  evidence: [],
  remediation: [],
  docs: '',
});
const check = 'mesh-gateway-mode';
const broken = (...findings: readonly Finding[]): Report => reportOf([{ id: check, findings }]);
const unreadable = reportOf([{ id: check, status: 'unknown', severity: 'error', reason: 'hidden' }]);
const healthy = reportOf([]);

/** Polls one report after the other, and tells what each poll after the first had to tell. */
const pollAll = (
  reports: readonly (Report | Observation)[],
): { tracked: TrackedCluster; reported: (readonly Change[])[] } => {
  const [first, ...rest] = reports.map((one) => ('results' in one ? observeReport(one) : one)) as [
    Observation,
    ...Observation[],
  ];
  let tracked = startTracking(first, 0);
  const reported = rest.map((observation, at) => {
    const next = trackChanges(tracked, observation, at + 1);
    tracked = next.tracked;
    return next.changes;
  });
  return { tracked, reported };
};
const words = (changes: readonly Change[]): readonly string[] =>
  changes.map((change) => {
    if (change.kind === 'verdict') return `${change.before} > ${change.after}`;
    if (change.kind === 'issue') return `${change.issue.subject.name}: ${change.before} > ${change.after}`;
    return 'issue' in change ? `${change.issue.subject.name} ${change.kind}` : change.kind;
  });
const said = (...reports: readonly (Report | Observation)[]): readonly string[] =>
  pollAll(reports).reported.flatMap((changes) => words(changes));

const changeOf = (to: Json): StateChange => ({
  kind: 'changed',
  section: 'configEntries',
  subject: { kind: 'proxy-defaults', name: 'global' },
  field: 'MeshGateway.Mode',
  from: 'local',
  to,
});
/** A finding that is new since the run `before`. */
const dueTo = (...changes: readonly StateChange[]): Finding => ({
  ...finding('web'),
  changed: { run: 'before', since: '2026-11-23T09:00:00.000Z', changes, more: 0 },
});

describe('what changed on a cluster that is polled', () => {
  it('tells of a new finding what changed in the cluster, and keeps that while it is found', () => {
    const due = broken(dueTo(changeOf('none'), changeOf('remote')));
    const { tracked, reported } = pollAll([healthy, due, due]);
    const told = reported.flat().flatMap((change) => ('issue' in change ? [change.issue] : []));
    const kept = Object.values(tracked.issues).map(({ issue }) => issue);
    expect([...told, ...kept].map(({ changed }) => changed?.to)).toEqual(['none', 'none']);
  });

  it('tells of a finding that no change is known for without one', () => {
    const { tracked } = pollAll([broken(dueTo()), broken(dueTo())]);
    expect(Object.values(tracked.issues).map(({ issue }) => 'changed' in issue)).toEqual([false]);
  });

  it('keeps the change behind a finding short, whatever the cluster holds', () => {
    const long = 'x'.repeat(100_000);
    const huge: StateChange = { ...changeOf([long]), subject: { kind: long, name: long }, field: long };
    const { tracked } = pollAll([broken(dueTo(huge))]);
    expect(JSON.stringify(tracked.issues).length).toBeLessThan(4_000);
    expect(Object.values(tracked.issues).map(({ issue }) => issue.changed?.unknown)).toEqual(['too-large']);
  });

  it('tells nothing of what it was like at first, and nothing while nothing changes', () => {
    expect(said(broken(finding('web')), broken(finding('web')), broken(finding('web')))).toEqual([]);
  });

  it('tells of a change when it holds for two polls, once, and of its end', () => {
    const { reported } = pollAll([
      healthy,
      broken(finding('web')),
      broken(finding('web')),
      broken(finding('web')),
      healthy,
      healthy,
      healthy,
    ]);
    expect(reported.map(words)).toEqual([
      [],
      ['ready > not-ready', 'web: gone > error'],
      [],
      [],
      ['not-ready > ready', 'web: error > gone'],
      [],
    ]);
  });

  it('tells nothing of what was there for one poll only', () => {
    expect(said(healthy, broken(finding('web')), healthy, healthy)).toEqual([]);
  });

  it('calls flapping what goes to and fro, once, and tells when it is calm', () => {
    const flap = Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? broken(finding('web')) : healthy));
    expect(said(healthy, ...flap)).toEqual(['verdict-flapping', 'web issue-flapping']);
    const calm = Array.from({ length: 6 }, () => healthy);
    expect(said(healthy, ...flap, ...calm).slice(2)).toEqual(['verdict-calm', 'web issue-calm']);
    const worse = Array.from({ length: 6 }, () => broken(finding('web')));
    expect(said(healthy, ...flap, ...worse).slice(2)).toEqual(['ready > not-ready', 'web: gone > error']);
  });

  it('takes five polls that agree for calm', () => {
    const flap = Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? broken(finding('web')) : healthy));
    const still = (pollsLeft: number) => Array.from({ length: pollsLeft }, () => healthy);
    expect(said(healthy, ...flap, ...still(3))).not.toContain('verdict-calm');
    expect(said(healthy, ...flap, ...still(4))).toContain('verdict-calm');
  });

  it('does not call resolved what is not visible', () => {
    const { reported, tracked } = pollAll([broken(finding('web')), unreadable, unreadable, unreadable]);
    expect(reported.flatMap(words)).toEqual(['not-ready > unknown']);
    expect(Object.values(tracked.issues).map(({ reported: now }) => now)).toEqual(['error']);
    expect(said(broken(finding('web')), unreadableCluster, unreadableCluster, healthy, healthy)).toEqual([
      'not-ready > unknown',
      'unknown > ready',
      'web: error > gone',
    ]);
  });

  it('does not call resolved what part of a check did not find', () => {
    const part = reportOf([{ id: check, findings: [finding('api')], reason: 'some proxies are hidden' }]);
    expect(said(broken(finding('web'), finding('api')), part, part, part)).toEqual([]);
  });

  it('tells that something was muted, and what counts again', () => {
    const quiet = applyMutes(
      broken(finding('web')),
      [{ check, subject: null, by: 'U1', reason: 'x', createdMs: 0, untilMs: 2 }],
      1,
      matchesGlob,
    );
    expect(said(broken(finding('web')), quiet, quiet)).toEqual(['not-ready > ready', 'web: error > muted']);
    expect(said(quiet, broken(finding('web')), broken(finding('web')))).toEqual([
      'ready > not-ready',
      'web: muted > error',
    ]);
  });

  it('forgets what is over', () => {
    const { tracked } = pollAll([
      healthy,
      ...[1, 2].map(() => broken(finding('web'))),
      ...Array.from({ length: 12 }, () => healthy),
    ]);
    expect(tracked.issues).toEqual({});
  });

  it('follows five thousand of ten thousand findings, the errors first, in no more room than they need', () => {
    const many = broken(
      ...Array.from({ length: 10_000 }, (_, at) =>
        finding(`${'x'.repeat(1000)}${at}`, at < 100 ? 'error' : 'warning'),
      ),
    );
    const { tracked, reported } = pollAll([healthy, many, many]);
    expect(reported[1]).toHaveLength(5001);
    expect(Object.values(tracked.issues).filter(({ reported: now }) => now === 'error')).toHaveLength(100);
    expect(JSON.stringify(tracked).length).toBeLessThan(5_000_000);
  });

  it('hears only of what somebody wants to hear', () => {
    const reports = [
      healthy,
      broken(finding('a', 'warning')),
      broken(finding('a', 'warning')),
      broken(finding('a')),
      broken(finding('a')),
    ];
    const heard = (severity: 'error' | 'warning', glob: string | null) =>
      pollAll(reports.map((one) => narrowReport(one, { severity, check: glob }, matchesGlob)))
        .reported.flat()
        .filter((change) => isReported(change, severity));
    expect(words(heard('warning', null))).toEqual([
      'ready > warnings',
      'a: gone > warning',
      'warnings > not-ready',
      'a: warning > error',
    ]);
    expect(words(heard('error', null))).toEqual(['ready > not-ready', 'a: warning > error']);
    expect(heard('warning', 'peering-*')).toEqual([]);
  });
});

describe('whatever comes', () => {
  const verdict = fc.constantFrom<Verdict>('ready', 'warnings', 'not-ready', 'unknown');
  const observation = (value: Verdict): Observation => ({
    verdict: value,
    issues: new Map(),
    isEvaluated: () => true,
  });
  const stretches = fc
    .array(fc.tuple(verdict, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 20 })
    .map((list) => list.flatMap(([value, count]) => Array.from({ length: count }, () => value)));
  const broadcasts = (verdicts: readonly Verdict[]) =>
    pollAll(verdicts.map(observation)).reported.map((changes) =>
      changes.find(({ kind }) => kind === 'verdict'),
    ) as (Extract<Change, { kind: 'verdict' }> | undefined)[];

  it('a flap gives no broadcast', () => {
    const flap = fc.tuple(verdict, fc.array(verdict, { maxLength: 40 })).map(([base, others]) =>
      // Nothing but the base is there for two polls in a row.
      [base, ...others.flatMap((one) => (one === base ? [base] : [one, base]))],
    );
    fc.assert(fc.property(flap, (verdicts) => expect(broadcasts(verdicts).filter(Boolean)).toEqual([])));
  });

  it('every lasting change is reported once: what was reported follows on, and ends where it came to rest', () => {
    fc.assert(
      fc.property(stretches, verdict, (list, last) => {
        const verdicts = [...list, ...Array.from({ length: 6 }, () => last)];
        let reported = verdicts[0];
        const events = broadcasts(verdicts);
        const stretchOf = (at: number): number =>
          verdicts.slice(1, at + 1).filter((value, index) => value !== verdicts[index]).length;
        const stretchesTold = new Set<number>();
        for (const [index, event] of events.entries()) {
          if (event === undefined) continue;
          const at = index + 1;
          expect(event.before).toBe(reported);
          expect(event.after).not.toBe(reported);
          expect(verdicts.slice(at - 1, at + 1)).toEqual([event.after, event.after]);
          expect(stretchesTold).not.toContain(stretchOf(at));
          stretchesTold.add(stretchOf(at));
          reported = event.after;
        }
        expect(reported).toBe(last);
      }),
    );
  });

  it('a change that lasts, after calm, is reported at its second poll', () => {
    fc.assert(
      fc.property(verdict, verdict, fc.integer({ min: 10, max: 20 }), (one, other, calm) => {
        fc.pre(one !== other);
        const events = broadcasts([...Array.from({ length: calm }, () => one), other, other, other]);
        expect(events.findIndex(Boolean)).toBe(calm);
      }),
    );
  });

  it('flapping is reported once until it is calm', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 1, maxLength: 80 }), (verdicts) => {
        const kinds = pollAll(verdicts.map(observation))
          .reported.flat()
          .map(({ kind }) => kind);
        let flapping = false;
        for (const kind of kinds) {
          if (kind === 'verdict-flapping') {
            expect(flapping).toBe(false);
            flapping = true;
          } else flapping = false;
        }
      }),
    );
  });

  it('calls nothing resolved of a cluster that is no longer among several', () => {
    const several = (clusters: Readonly<Record<string, Report>>): Observation =>
      mergeObservations(
        new Map(Object.entries(clusters).map(([name, report]) => [name, observeReport(report)])),
      );
    const both = several({ east: broken(finding('web')), west: broken(finding('api')) });
    const one = several({ west: broken(finding('api')) });
    expect(said(both, one, one, one)).toEqual([]);
    expect(Object.values(pollAll([both, one]).tracked.issues)).toHaveLength(1);
    const without = several({ east: healthy, west: broken(finding('api')) });
    expect(said(both, without, without)).toEqual(['web: error > gone']);
  });

  it('keeps its verdict while there is no cluster, and tells nothing then', () => {
    const of = (report: Report) => mergeObservations(new Map([['east', observeReport(report)]]));
    const none = mergeObservations(new Map());
    const [bad, good] = [of(broken(finding('web'))), of(healthy)];
    expect(pollAll([bad, none, none, none]).reported.flat()).toEqual([]);
    expect(pollAll([bad, none, none, none]).tracked.issues).toEqual({});
    const { tracked, reported } = pollAll([bad, none, none, good, good]);
    expect(reported.flat()).toEqual([{ kind: 'verdict', before: 'not-ready', after: 'ready' }]);
    expect(tracked.verdict.reported).toBe('ready');
  });

  it('each finding is reported of as the verdict is, and what stays is not lost', () => {
    const seen = fc.array(fc.subarray(['a', 'b', 'c']), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(seen, fc.subarray(['a', 'b', 'c']), (list, last) => {
        const all = [...list, ...Array.from({ length: 6 }, () => last)];
        const { tracked, reported } = pollAll(
          all.map((names) => broken(...names.map((name) => finding(name)))),
        );
        const open = new Set(all[0]);
        for (const change of reported.flat()) {
          if (change.kind !== 'issue') continue;
          const { name } = change.issue.subject;
          expect(open.has(name)).toBe(change.before === 'error');
          if (change.after === 'error') open.add(name);
          else open.delete(name);
        }
        expect([...open].sort()).toEqual(last);
        const now = Object.values(tracked.issues).filter((track) => track.reported === 'error');
        expect(now.map(({ issue }) => issue.subject.name).sort()).toEqual(last);
      }),
    );
  });
});
