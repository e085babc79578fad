import fc from 'fast-check';
import type { KnownBlock } from '@slack/types';
import { renderAllChecks, renderDetails } from '../../../src/render/slack/views';
import type { Report, Result } from '../../../src/report/report';
import { hostileReport } from '../hostile';
import { healthy, huge, troubled, weakToken } from '../reports';
import { expectView, outline, textObjects } from './held';

const rationale = (): string => 'Without it calls fail.';

test.each(Object.entries({ troubled, weakToken }))('details: %s', (_, report) => {
  const view = renderDetails(report, { rationale });
  expectView(view);
  expect(outline(view.blocks as KnownBlock[])).toMatchSnapshot();
});

test('details of a report without findings say so', () => {
  const view = renderDetails(healthy, { rationale });
  expectView(view);
  expect(textObjects(view.blocks)).toHaveLength(2);
});

test('details of ten thousand findings say how many are shown', () => {
  const view = renderDetails(huge, { rationale });
  expectView(view);
  expect(textObjects(view.blocks).at(-1)?.text).toContain('10,001 findings');
});

test.each(Object.entries({ troubled, weakToken }))('all checks: %s', (_, report) => {
  const view = renderAllChecks(report);
  expectView(view);
  expect(outline(view.blocks as KnownBlock[])).toMatchSnapshot();
  const text = textObjects(view.blocks)
    .map((one) => one.text)
    .join('\n');
  for (const { id } of report.results) expect(text).toContain(`\`${id}\``);
});

test('more checks than a view holds are counted', () => {
  const result = (index: number, title: string): Result => ({
    ...(healthy.results[0] as Result),
    id: `check-${index}`,
    title,
  });
  const many = (count: number, title: string, groups: number): Report => {
    const results = Array.from({ length: count }, (_, index) => ({
      ...result(index, title),
      group: `g${index % groups}`,
    }));
    return { ...healthy, results };
  };
  for (const report of [many(200, 'short', 200), many(1_000, '<&>'.repeat(50), 20)]) {
    const view = renderAllChecks(report);
    expectView(view);
    const text = textObjects(view.blocks)
      .map((one) => one.text)
      .join('\n');
    const shown = text.match(/`check-\d+`/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(0);
    expect(text).toContain(`… and ${report.results.length - shown} more checks`);
  }
});

test('whatever a cluster holds, the views are within the limits of Slack and hold no markup of it', () => {
  fc.assert(
    fc.property(fc.oneof(hostileReport(12, 6), hostileReport(100, 1)), (report) => {
      expectView(renderDetails(report, { rationale }));
      expectView(renderAllChecks(report));
    }),
    { numRuns: 30 },
  );
});
