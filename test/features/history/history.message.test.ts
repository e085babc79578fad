import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import type { Finding, Report } from '../../../src/report/report';
import { renderComparison } from '../../../src/features/history/comparison.modal';
import {
  errorTrend,
  renderHistory,
  renderPicker,
  renderRuns,
  type RunLine,
} from '../../../src/features/history/history.message';
import { historyButtons } from '../../../src/features/history/history-buttons';
import { messageRoom } from '../../../src/render/slack/limits';
import { hostileReport, hostileText } from '../../render/hostile';
import { healthy, missingPeer, reportOf, troubled } from '../../render/reports';
import { expectMessage, expectView, outline } from '../../render/slack/held';

const at = (n: number): string => new Date(Date.UTC(2026, 10, 1, n)).toISOString();

const run = (n: number, over: Partial<RunLine> = {}): RunLine => ({
  run: `run-${n}`,
  at: at(n),
  verdict: 'ready',
  findings: { error: 0, warning: 0, info: 0 },
  peer: null,
  durationMs: 400,
  ...over,
});

const errors = (n: number, error: number): RunLine =>
  run(n, { verdict: error > 0 ? 'not-ready' : 'ready', findings: { error, warning: 1, info: 2 } });

describe('the history of a cluster', () => {
  const muted = { error: 0, warning: 0, info: 0, muted: 2 };
  const runs = [
    errors(5, 2),
    run(4, { peer: 'lab', verdict: 'unknown' }),
    errors(3, 1),
    run(2, { findings: muted }),
  ];

  it('lists what is kept, newest first', () => {
    const message = renderHistory('prod-west', runs);
    expectMessage(message, messageRoom);
    expect(outline(message.blocks)).toMatchSnapshot();
  });

  it('is one line where nothing is kept, and has nothing to compare where there is one run', () => {
    expect(renderHistory('prod-west', []).blocks).toHaveLength(1);
    const one = renderHistory('prod-west', [run(1)]);
    expect(one.blocks.map(({ type }) => type)).toEqual(['section', 'section']);
  });

  it('counts the runs that it leaves out', () => {
    const many = Array.from({ length: 100 }, (_, n) => run(200 - n));
    const message = renderHistory('prod-west', many);
    expectMessage(message, messageRoom);
    expect(outline(message.blocks)).toContain('88 older runs');
    const lists = [renderRuns('prod-west', many, 'C1'), renderPicker('prod-west', run(150), many, 'C1')];
    for (const view of lists) {
      expectView(view);
      const listed = outline(view.blocks as KnownBlock[]).match(/\[(?:View details|Compare)\]/g)?.length;
      expect(listed).toBe(96);
    }
  });

  it('offers every other run to compare with, and not the run itself', () => {
    const view = renderPicker('prod-west', run(3), runs, 'C1');
    expectView(view);
    const text = outline(view.blocks as KnownBlock[]);
    const pairs = runs.filter((one) => one.run !== 'run-3').map((one) => `"run-3","${one.run}"`);
    expect(pairs.every((pair) => text.includes(pair))).toBe(true);
    expect(text).not.toContain('"run-3","run-3"');
    expect(outline(renderPicker('prod-west', run(3), [run(3)], 'C1').blocks as KnownBlock[])).toContain(
      'No other run',
    );
  });
});

describe('the trend', () => {
  it('goes from the oldest of the last whole checks to the newest', () => {
    expect(errorTrend([errors(4, 7), errors(3, 1), run(2, { peer: 'lab' }), errors(1, 0)])).toBe('▁▂█');
    expect(errorTrend(Array.from({ length: 30 }, (_, n) => errors(30 - n, n < 14 ? 1 : 0)))).toBe(
      '▂'.repeat(14),
    );
  });

  it('shows no low bar for a run with an unknown verdict', () => {
    expect(errorTrend([run(3), run(2, { verdict: 'unknown' }), errors(1, 20)])).toBe('█?▁');
  });

  it('is none of a single run', () => {
    expect(errorTrend([errors(1, 2), run(2, { peer: 'lab' })])).toBe('');
  });
});

describe('two runs compared', () => {
  const finding = (name: string): Finding => ({ ...missingPeer, subject: { kind: 'upstream', name } });
  const before = reportOf([
    { id: 'upstream-destination-peer', findings: [finding('stays'), finding('goes')] },
    { id: 'peering-active', findings: [finding('hides')] },
  ]);
  const after = reportOf(
    [
      { id: 'upstream-destination-peer', findings: [finding('stays'), finding('comes')] },
      { id: 'peering-active', status: 'unknown', reason: 'forbidden' },
    ],
    { startedAt: '2026-11-24T14:03:22.000Z' },
  );
  const compare = (one: Report, other: Report): string => {
    const view = renderComparison({ run: 'run-1', report: one }, { run: 'run-2', report: other }, 'C1');
    expectView(view);
    return outline(view.blocks as KnownBlock[]);
  };

  it('tells what is new, resolved, still open, and no longer seen', () => {
    expect(compare(before, after)).toMatchSnapshot();
  });

  it('is always told from the earlier to the later', () => {
    const view = (first: Report, second: Report) =>
      outline(
        renderComparison(
          { run: first === before ? 'run-1' : 'run-2', report: first },
          { run: second === before ? 'run-1' : 'run-2', report: second },
          'C1',
        ).blocks as KnownBlock[],
      );
    expect(view(after, before)).toBe(view(before, after));
  });

  it('says where neither run has anything, and where they looked at different peers', () => {
    expect(compare(healthy, healthy)).toContain('Neither run');
    expect(compare(healthy, { ...healthy, peer: 'east' })).toContain('checked different peers');
    expect(compare(troubled, troubled)).toContain('*Still open');
  });
});

test('whatever names come in, all of it is within the limits of Slack and holds no markup of them', () => {
  const line = fc.record({
    run: hostileText,
    at: fc.oneof(hostileText, fc.constant(at(1))),
    verdict: fc.constantFrom('ready', 'warnings', 'not-ready', 'unknown' as const),
    findings: fc.record({ error: fc.nat(), warning: fc.nat(), info: fc.nat() }),
    peer: fc.oneof(fc.constant(null), hostileText),
    durationMs: fc.nat(),
  }) as fc.Arbitrary<RunLine>;
  fc.assert(
    fc.property(hostileText, fc.array(line, { minLength: 1, maxLength: 100 }), (cluster, runs) => {
      expectMessage(renderHistory(cluster, runs), messageRoom);
      expectView(renderRuns(cluster, runs, cluster));
      expectView(renderPicker(cluster, runs[0] as RunLine, runs, 'C1'));
    }),
    { numRuns: 40 },
  );
  fc.assert(
    fc.property(hostileReport(100, 1), hostileReport(12, 60), hostileText, (one, other, name) => {
      expectView(renderComparison({ run: name, report: one }, { run: 'b', report: other }, 'C1'));
    }),
    { numRuns: 30 },
  );
});

test('a value comes back as it was, and nothing else is taken for one', () => {
  const name = hostileText.filter((text) => text !== '');
  const maybe = fc.oneof(fc.constant(null), name);
  fc.assert(
    fc.property(fc.record({ cluster: name, run: maybe, other: maybe }), (action) => {
      const value = historyButtons.runs.encode(action);
      if (value !== undefined) expect(historyButtons.runs.decode(value)).toEqual(action);
    }),
  );
  const wrong = [
    undefined,
    '',
    '{}',
    '[1,"a",null]',
    '[1,"",null,null]',
    '[1,"a","",null]',
    '[1,"a",7,null]',
  ];
  expect(wrong.map(historyButtons.runs.decode)).toEqual(wrong.map(() => undefined));
});
