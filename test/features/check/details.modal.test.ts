import fc from 'fast-check';
import type { KnownBlock } from '@slack/types';
import { renderAllChecks, renderDetails } from '../../../src/features/check/details.modal';
import type { Report, CheckResult, Severity } from '../../../src/report/report';
import { decodeModalContext } from '../../../src/render/slack/modal';
import { decodeFilter, type DetailsFilter } from '../../../src/features/check/details-filter';
import { hostileReport } from '../../render/hostile';
import { healthy, huge, quiet, troubled, weakToken } from '../../render/reports';
import { expectView, outline, textObjects } from '../../render/slack/held';

const rationale = (): string => 'Without it calls fail.';

test.each(Object.entries({ troubled, weakToken, quiet }))('details: %s', (_, report) => {
  const view = renderDetails(report, { rationale, run: 'run-1', channel: 'C1' });
  expectView(view);
  expect(outline(view.blocks as KnownBlock[])).toMatchSnapshot();
});

test('details of a report without findings say so', () => {
  const view = renderDetails(healthy, { rationale, run: 'run-1', channel: 'C1' });
  expectView(view);
  expect(outline(view.blocks.slice(2) as KnownBlock[])).toMatch(/^Nothing was found[^\n]*$/);
});

test('details of ten thousand findings say how many are shown', () => {
  const view = renderDetails(huge, { rationale, run: 'run-1', channel: 'C1' });
  expectView(view);
  expect(textObjects(view.blocks).at(-1)?.text).toContain('10,001 findings');
});

test.each(Object.entries({ troubled, weakToken, quiet }))('all checks: %s', (_, report) => {
  const view = renderAllChecks(report, 'C1');
  expectView(view);
  expect(outline(view.blocks as KnownBlock[])).toMatchSnapshot();
  const text = textObjects(view.blocks)
    .map((one) => one.text)
    .join('\n');
  for (const { id } of report.results) expect(text).toContain(`\`${id}\``);
});

test('more checks than a view holds are counted', () => {
  const result = (index: number, title: string): CheckResult => ({
    ...(healthy.results[0] as CheckResult),
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
    const view = renderAllChecks(report, 'C1');
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
      expectView(renderDetails(report, { rationale, run: 'run-1', channel: 'C1' }));
      expectView(renderAllChecks(report, 'C1'));
    }),
    { numRuns: 30 },
  );
});

describe('what a filter leaves of the details', () => {
  const shownBy = (filter: DetailsFilter, report: Report = troubled): string => {
    const view = renderDetails(report, { rationale, run: 'run-1', channel: 'C1', filter });
    expectView(view);
    return outline(view.blocks.slice(2) as KnownBlock[]);
  };
  const found = (text: string): readonly string[] => [
    ...new Set([...text.matchAll(/`([a-z]+(?:-[a-z]+)+)`(?: \[Mute…\].*)?$/gm)].map(([, id = '']) => id)),
  ];
  const failing = (severity: Severity): readonly string[] =>
    troubled.results
      .filter(({ findings }) => findings.some((finding) => finding.severity === severity))
      .map(({ id }) => id);

  it.each(['error', 'warning'] as const)('only those of severity %s', (name) => {
    expect(failing(name).length).toBeGreaterThan(0);
    expect(found(shownBy({ by: 'severity', name })).toSorted()).toEqual(failing(name).toSorted());
  });

  it('only those of a check, or of a group', () => {
    const [id = ''] = failing('error');
    const group = troubled.results.find((result) => result.id === id)?.group ?? '';
    expect(found(shownBy({ by: 'check', name: id }))).toEqual([id]);
    const others = troubled.results.filter((result) => result.group !== group).map((result) => result.id);
    const inGroup = shownBy({ by: 'group', name: group });
    expect(inGroup).toContain(id);
    for (const other of others) expect(inGroup).not.toContain(`\`${other}\``);
  });

  it('says how a check without findings ended', () => {
    const { title } = troubled.results.find(({ id }) => id === 'cluster-leader') ?? {
      title: 'no such check',
    };
    expect(shownBy({ by: 'check', name: 'cluster-leader' })).toContain(`✅ ${title}`);
    expect(shownBy({ by: 'severity', name: 'error' }, healthy)).not.toContain('✅');
  });

  it('shows the choice in the menu, and carries the run', () => {
    const view = renderDetails(troubled, {
      rationale,
      run: 'run-1',
      channel: 'C1',
      filter: { by: 'severity', name: 'error' },
    });
    expect(JSON.stringify(view.blocks)).toMatch(/"initial_option":\{[^}]*\}[^}]*"severity:error"/);
    expect(decodeModalContext(view.private_metadata)).toEqual({
      channel: 'C1',
      cluster: 'prod-west',
      run: 'run-1',
    });
  });

  it('takes only what it offers', () => {
    const filters: readonly DetailsFilter[] = [
      { by: 'all' },
      { by: 'severity', name: 'error' },
      { by: 'group', name: 'mesh-gateways' },
      { by: 'check', name: 'mesh-gateway-mode' },
    ];
    const values = ['all', 'severity:error', 'group:mesh-gateways', 'check:mesh-gateway-mode'];
    expect(values.map(decodeFilter)).toEqual(filters);
    const wrong = [
      undefined,
      '',
      'severity:info',
      'check:',
      'check:A b',
      'peer:x',
      `check:${'x'.repeat(200)}`,
    ];
    expect(wrong.map(decodeFilter)).toEqual(wrong.map(() => undefined));
  });
});
