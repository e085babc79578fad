import fc from 'fast-check';
import { stateOf } from '../../../src/checks/changes/state-of';
import { changeSnapshot, type SnapshotChanges } from '../../../src/checks/examples/healthy';
import { exampleServer } from '../../../src/checks/examples/parts';
import { runChecks } from '../../../src/checks/runner';
import { diffRuns } from '../../../src/features/history';
import { renderDiff } from '../../../src/features/history/diff.message';
import { parseWhens, type RunChoice } from '../../../src/features/history/parse-when';
import { messageRoom } from '../../../src/render/slack/limits';
import { renderStateDiffText } from '../../../src/render/state-diff';
import type { RunReport } from '../../../src/report/cluster-state';
import type { StateDiff } from '../../../src/report/state-diff';
import { failure, success } from '../../../src/result';
import { hostileChange, hostileText } from '../../render/hostile';
import { expectMessage } from '../../render/slack/held';

const now = Date.parse('2026-11-28T12:00:00Z');
const ago = (minutes: number) => ({ kind: 'time', ms: now - minutes * 60_000 });
const at = (iso: string) => ({ kind: 'time', ms: Date.parse(iso) });
const named = (run: string) => ({ kind: 'run', run });

it.each<[string, readonly unknown[]]>([
  ['', []],
  ['2h', [ago(120)]],
  ['2h ago', [ago(120)]],
  ['2 hours ago', [ago(120)]],
  ['1 day', [ago(1440)]],
  ['“2 hours ago”', [ago(120)]],
  ['"2 hours ago" "5 min ago"', [ago(120), ago(5)]],
  ['3 hours ago 2h', [ago(180), ago(120)]],
  ['2026-11-27', [at('2026-11-27T00:00:00Z')]],
  ['2026-11-27T13:20 2026-11-27T15:20+02:00', [at('2026-11-27T13:20:00Z'), at('2026-11-27T13:20:00Z')]],
  ['2026-11-27 13:20 1h', [at('2026-11-27T13:20:00Z'), ago(60)]],
  ['run-17/prod-east', [named('run-17/prod-east')]],
  ['7 apples', [named('7'), named('apples')]],
])('reads the times and runs in "%s"', (text, expected) => {
  expect(parseWhens(text.split(' '), now)).toEqual(success(expected));
});

it.each(['1h 2h 3h', '2 hours ago 1h run-1', 'a b c d'])('takes at most two, not "%s"', (text) => {
  expect(parseWhens(text.split(' '), now).ok).toBe(false);
});

it('takes a day that does not exist for no time', () => {
  expect(parseWhens(['2026-02-30'], now)).toEqual(success([{ kind: 'run', run: '2026-02-30' }]));
});

it('reads any words', () => {
  fc.assert(fc.property(fc.array(hostileText, { maxLength: 8 }), (words) => void parseWhens(words, now)));
});

describe('diffRuns', () => {
  const report = (hour: number, changes: SnapshotChanges): RunReport => {
    const snapshot = { ...changeSnapshot(changes), takenAt: `2026-11-28T0${hour}:00:00.000Z` };
    return { ...runChecks(snapshot), state: stateOf(snapshot) };
  };
  const version = (one: string): SnapshotChanges => ({ servers: [exampleServer({ version: one })] });
  const { state: _, ...stateless } = report(4, version('1.19.4'));
  const stored: Readonly<Record<string, RunReport>> = {
    'run-5': report(5, version('1.20.1')),
    'run-4': stateless,
    'run-3': report(3, version('1.19.3')),
    'run-2': { ...report(2, version('1.19.2')), peer: 'west' },
    'run-1': report(1, version('1.19.1')),
  };
  const listed = Object.entries(stored).map(([run, { startedAt, peer }]) => ({ run, at: startedAt, peer }));
  const hiddenRun = failure({ kind: 'run-hidden', cluster: 'prod-east' } as const);
  const compare = async (whens: readonly RunChoice[], hides: readonly string[] = []) => {
    const found = await diffRuns('prod-east', whens, listed, async (run) => {
      const one = stored[run];
      if (one === undefined) return failure({ kind: 'run-gone', cluster: 'prod-east' });
      return hides.includes(run) ? hiddenRun : success(one);
    });
    if (!found.ok) return found.error.kind;
    const { before, after, changes } = found.value;
    return [
      before.run,
      after.run,
      ...changes.map(({ from, to }) => `${JSON.stringify(from)} ${JSON.stringify(to)}`.replaceAll('"', '')),
    ];
  };
  const time = (hour: string): RunChoice => ({ kind: 'time', ms: Date.parse(`2026-11-28T${hour}:00Z`) });
  const run = (id: string): RunChoice => ({ kind: 'run', run: id });

  it.each<[string, readonly RunChoice[], readonly string[], unknown]>([
    ['the two newest of the whole cluster that hold a state', [], [], ['run-3', 'run-5', '1.19.3 1.20.1']],
    ['no run that the reader may not see', [], ['run-5', 'run-4'], ['run-1', 'run-3', '1.19.1 1.19.3']],
    ['nothing if the reader may see none', [], Object.keys(stored), 'run-hidden'],
    ['the run at a time with the newest', [time('02:30')], [], ['run-1', 'run-5', '1.19.1 1.20.1']],
    ['two times in either order', [time('05:30'), time('01:30')], [], ['run-1', 'run-5', '1.19.1 1.20.1']],
    ['two runs, also of one peer', [run('run-2'), run('run-3')], [], ['run-2', 'run-3', '1.19.2 1.19.3']],
    ['nothing older than the oldest', [time('00:30')], [], 'usage'],
    ['nothing with itself', [time('05:30'), time('06:30')], [], 'usage'],
    ['no run without a state', [run('run-4')], [], 'usage'],
    ['no run that is not stored', [run('run-9')], [], 'run-gone'],
    ['no run by its id that the reader may not see', [run('run-1')], ['run-1'], 'run-hidden'],
  ])('compares %s', async (_name, whens, hides, expected) => {
    expect(await compare(whens, hides)).toEqual(expected);
  });
});

describe('the answer', () => {
  const hostileDiff: fc.Arbitrary<StateDiff> = fc.record({
    schemaVersion: fc.constant(1),
    cluster: hostileText,
    before: fc.record({ run: fc.option(hostileText), takenAt: hostileText }),
    after: fc.record({ run: fc.option(hostileText), takenAt: fc.constant('2026-11-28T12:00:00Z') }),
    changes: fc.array(
      hostileChange.map((change) => ({ ...change, checks: ['mesh-gateway-mode'] })),
      { maxLength: 120 },
    ),
    leftOut: fc.nat(5000),
    notCompared: fc.array(hostileText, { maxLength: 60 }),
    remediation: fc.array(
      fc.record({ title: hostileText, language: fc.constantFrom('shell', 'hcl'), code: hostileText }),
      { maxLength: 20 },
    ),
  });

  it('fits into one message, and controls no terminal, with any names', () => {
    fc.assert(
      fc.property(hostileDiff, (diff) => {
        expectMessage(renderDiff(diff), messageRoom);
        // oxlint-disable-next-line no-control-regex -- the characters that must not be there
        expect(renderStateDiffText(diff, { colour: false, width: 80 })).not.toMatch(/[\u0007\u001b\r]/);
      }),
      { numRuns: 100 },
    );
  });
});
