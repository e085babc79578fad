import fc from 'fast-check';
import type { Report } from '../../src/report/report';
import { showable, showInvisible } from '../../src/render/escape';
import { renderTerminal } from '../../src/render/terminal';
import { displayWidth } from '../../src/render/width';
import { hostileReport } from './hostile';
import { healthy, hostile, huge, missingPeer, quiet, reportOf, troubled, weakToken } from './reports';

const plain = { colour: false, width: 80 };

/** The lines of snippets, which are not wrapped; links, which are not wrapped either, have their label. */
const unwrapped = (report: Report): ReadonlySet<string> =>
  new Set(
    report.results
      .flatMap(({ findings }) => findings.flatMap(({ remediation }) => remediation))
      .flatMap(({ code }) => code.split('\n').flatMap((line) => [line, showInvisible(line)])),
  );

test.each(Object.entries({ healthy, troubled, weakToken, hostile, quiet }))('%s', (_, report) => {
  expect(renderTerminal(report, plain)).toMatchSnapshot();
});

test('troubled, verbose', () => {
  expect(renderTerminal(troubled, { ...plain, verbose: true })).toMatchSnapshot();
});

test('troubled, with colour', () => {
  expect(renderTerminal(troubled, { ...plain, colour: true }).replaceAll('\u001b', '␛')).toMatchSnapshot();
});

test('colour changes nothing but colour', () => {
  for (const report of [healthy, troubled, weakToken, hostile]) {
    const coloured = renderTerminal(report, { ...plain, colour: true });
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(renderTerminal(report, plain));
  }
});

test('of many findings of one check a few are shown and the rest counted; verbose shows all', () => {
  const short = renderTerminal(huge, plain);
  expect(short.match(/web-\d+ → api" has/g)).toHaveLength(10);
  expect(short).toContain('… and 9,990 more findings');
  expect(renderTerminal(huge, { ...plain, verbose: true }).match(/web-\d+ → api" has/g)).toHaveLength(10_000);
});

test('with a bound on its room the findings left out are counted', () => {
  const text = renderTerminal(huge, { ...plain, verbose: true, room: 50_000 });
  const shown = text.match(/web-\d+ → api" has/g)?.length ?? 0;
  expect(shown).toBeGreaterThan(0);
  expect(text).toContain(`… and ${(10_000 - shown).toLocaleString('en-US')} more findings`);
  expect(text.length).toBeLessThan(60_000);
});

test('a long reason of skipped checks is written once, a short one each time', () => {
  const reasons = (reason: string) =>
    renderTerminal(
      reportOf(
        ['mesh-gateway-mode', 'mesh-gateway-registered'].map((id) => ({
          id,
          status: 'skip' as const,
          reason,
        })),
      ),
      { ...plain, width: 400 },
    ).split(reason).length - 1;
  expect([reasons('no peering'), reasons('the same at length, '.repeat(6).trim())]).toEqual([2, 1]);
});

test('a snippet stands at the left margin as it is', () => {
  const code = 'consul config write - <<\'EOF\'\nKind = "mesh"\n\tindented\n\nEOF';
  const finding = { ...missingPeer, remediation: [{ title: 'the entry', language: 'shell', code } as const] };
  const text = renderTerminal(reportOf([{ id: 'mesh-gateway-mode', findings: [finding] }]), plain);
  expect(text).toContain(`\n${code}\n`);
});

test('whatever a cluster holds: prose fits, nothing acts on the terminal, and every check is there', () => {
  const options = fc.record({ width: fc.constantFrom(60, 80, 120), verbose: fc.boolean() });
  fc.assert(
    fc.property(hostileReport(12, 6), options, (report, how) => {
      const text = renderTerminal(report, { colour: false, ...how });
      expect(showable(text)).toBe(true);
      const free = unwrapped(report);
      for (const line of text.split('\n')) {
        const exempt = free.has(line) || line.includes('\t') || /^ {6}docs /.test(line);
        if (!exempt && displayWidth(line) > how.width) expect(line).toBe('a line that fits');
      }
      expect(text.match(/^ {2}[✓✗!i?–~] /gmu) ?? []).toHaveLength(report.results.length);
    }),
    { numRuns: 60 },
  );
});
