import fc from 'fast-check';
import { matchesGlob } from '../../src/config/glob';
import { applyMutes } from '../../src/report/mutes';
import type { Finding, Report, Severity, Verdict } from '../../src/report/report';
import {
  type Change,
  isHeard,
  narrowReport,
  type Sighting,
  sightingOf,
  startWatching,
  unreadable,
  watch,
  type Watched,
} from '../../src/report/watch';
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
const blind = reportOf([{ id: check, status: 'unknown', severity: 'error', reason: 'hidden' }]);
const healthy = reportOf([]);

/** Looks at one report after the other, and tells what each look after the first had to tell. */
const looks = (
  reports: readonly (Report | Sighting)[],
): { watched: Watched; told: (readonly Change[])[] } => {
  const [first, ...rest] = reports.map((one) => ('results' in one ? sightingOf(one) : one)) as [
    Sighting,
    ...Sighting[],
  ];
  let watched = startWatching(first, 0);
  const told = rest.map((sighting, at) => {
    const next = watch(watched, sighting, at + 1);
    watched = next.watched;
    return next.changes;
  });
  return { watched, told };
};
const words = (changes: readonly Change[]): readonly string[] =>
  changes.map((change) => {
    if (change.kind === 'verdict') return `${change.before} > ${change.after}`;
    if (change.kind === 'issue') return `${change.issue.subject.name}: ${change.before} > ${change.after}`;
    return 'issue' in change ? `${change.issue.subject.name} ${change.kind}` : change.kind;
  });
const said = (...reports: readonly (Report | Sighting)[]): readonly string[] =>
  looks(reports).told.flatMap((changes) => words(changes));

describe('what changed on a cluster that is watched', () => {
  it('tells nothing of what it was like at first, and nothing while nothing changes', () => {
    expect(said(broken(finding('web')), broken(finding('web')), broken(finding('web')))).toEqual([]);
  });

  it('tells of a change when it holds for two looks, once, and of its end', () => {
    const { told } = looks([
      healthy,
      broken(finding('web')),
      broken(finding('web')),
      broken(finding('web')),
      healthy,
      healthy,
      healthy,
    ]);
    expect(told.map(words)).toEqual([
      [],
      ['ready > not-ready', 'web: gone > error'],
      [],
      [],
      ['not-ready > ready', 'web: error > gone'],
      [],
    ]);
  });

  it('tells nothing of what was there for one look only', () => {
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

  it('takes five looks that agree for calm', () => {
    const flap = Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? broken(finding('web')) : healthy));
    const still = (looksLeft: number) => Array.from({ length: looksLeft }, () => healthy);
    expect(said(healthy, ...flap, ...still(3))).not.toContain('verdict-calm');
    expect(said(healthy, ...flap, ...still(4))).toContain('verdict-calm');
  });

  it('does not call resolved what cannot be seen', () => {
    const { told, watched } = looks([broken(finding('web')), blind, blind, blind]);
    expect(told.flatMap(words)).toEqual(['not-ready > unknown']);
    expect(Object.values(watched.issues).map(({ told: now }) => now)).toEqual(['error']);
    expect(said(broken(finding('web')), unreadable, unreadable, healthy, healthy)).toEqual([
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
    const { watched } = looks([
      healthy,
      ...[1, 2].map(() => broken(finding('web'))),
      ...Array.from({ length: 12 }, () => healthy),
    ]);
    expect(watched.issues).toEqual({});
  });

  it('follows five thousand of ten thousand findings, the errors first, in no more room than they need', () => {
    const many = broken(
      ...Array.from({ length: 10_000 }, (_, at) =>
        finding(`${'x'.repeat(1000)}${at}`, at < 100 ? 'error' : 'warning'),
      ),
    );
    const { watched, told } = looks([healthy, many, many]);
    expect(told[1]).toHaveLength(5001);
    expect(Object.values(watched.issues).filter(({ told: now }) => now === 'error')).toHaveLength(100);
    expect(JSON.stringify(watched).length).toBeLessThan(5_000_000);
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
      looks(reports.map((one) => narrowReport(one, { severity, check: glob }, matchesGlob)))
        .told.flat()
        .filter((change) => isHeard(change, severity));
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
  const sighting = (value: Verdict): Sighting => ({ verdict: value, issues: new Map(), judged: () => true });
  const stretches = fc
    .array(fc.tuple(verdict, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 20 })
    .map((list) => list.flatMap(([value, count]) => Array.from({ length: count }, () => value)));
  const broadcasts = (verdicts: readonly Verdict[]) =>
    looks(verdicts.map(sighting)).told.map((changes) => changes.find(({ kind }) => kind === 'verdict')) as (
      | Extract<Change, { kind: 'verdict' }>
      | undefined
    )[];

  it('a flap gives no broadcast', () => {
    const flap = fc.tuple(verdict, fc.array(verdict, { maxLength: 40 })).map(([base, others]) =>
      // Nothing but the base is there for two looks in a row.
      [base, ...others.flatMap((one) => (one === base ? [base] : [one, base]))],
    );
    fc.assert(fc.property(flap, (verdicts) => expect(broadcasts(verdicts).filter(Boolean)).toEqual([])));
  });

  it('every lasting change is told once: what was told follows on, and ends where it came to rest', () => {
    fc.assert(
      fc.property(stretches, verdict, (list, last) => {
        const verdicts = [...list, ...Array.from({ length: 6 }, () => last)];
        let told = verdicts[0];
        const events = broadcasts(verdicts);
        const stretchOf = (at: number): number =>
          verdicts.slice(1, at + 1).filter((value, index) => value !== verdicts[index]).length;
        const stretchesTold = new Set<number>();
        for (const [index, event] of events.entries()) {
          if (event === undefined) continue;
          const at = index + 1;
          expect(event.before).toBe(told);
          expect(event.after).not.toBe(told);
          expect(verdicts.slice(at - 1, at + 1)).toEqual([event.after, event.after]);
          expect(stretchesTold).not.toContain(stretchOf(at));
          stretchesTold.add(stretchOf(at));
          told = event.after;
        }
        expect(told).toBe(last);
      }),
    );
  });

  it('a change that lasts, after calm, is told at its second look', () => {
    fc.assert(
      fc.property(verdict, verdict, fc.integer({ min: 10, max: 20 }), (one, other, calm) => {
        fc.pre(one !== other);
        const events = broadcasts([...Array.from({ length: calm }, () => one), other, other, other]);
        expect(events.findIndex(Boolean)).toBe(calm);
      }),
    );
  });

  it('flapping is told once until it is calm', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 1, maxLength: 80 }), (verdicts) => {
        const kinds = looks(verdicts.map(sighting))
          .told.flat()
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

  it('each finding is told of as the verdict is, and what stays is not lost', () => {
    const seen = fc.array(fc.subarray(['a', 'b', 'c']), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(seen, fc.subarray(['a', 'b', 'c']), (list, last) => {
        const all = [...list, ...Array.from({ length: 6 }, () => last)];
        const { watched, told } = looks(all.map((names) => broken(...names.map((name) => finding(name)))));
        const open = new Set(all[0]);
        for (const change of told.flat()) {
          if (change.kind !== 'issue') continue;
          const { name } = change.issue.subject;
          expect(open.has(name)).toBe(change.before === 'error');
          if (change.after === 'error') open.add(name);
          else open.delete(name);
        }
        expect([...open].sort()).toEqual(last);
        const now = Object.values(watched.issues).filter((track) => track.told === 'error');
        expect(now.map(({ issue }) => issue.subject.name).sort()).toEqual(last);
      }),
    );
  });
});
