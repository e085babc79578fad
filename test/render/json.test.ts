import fc from 'fast-check';
import type { Report } from '../../src/report/report';
import { renderJson } from '../../src/render/json';
import { hostileReport } from './hostile';
import { quiet, troubled } from './reports';

test('troubled', () => {
  expect(renderJson(troubled)).toMatchSnapshot();
});

test('muted checks are counted apart, and their findings say who muted them', () => {
  const { summary, verdict, results } = JSON.parse(renderJson(quiet)) as Report;
  expect([summary.muted, summary.errors, summary.warnings, verdict]).toEqual([1, 0, 1, 'warnings']);
  const marks = results.flatMap(({ findings }) => findings.map(({ muted }) => muted?.by));
  expect(marks).toEqual(['U0REQUESTER', undefined, 'U0REQUESTER']);
});

test('the order of keys does not depend on how the report was made', () => {
  const reversed = JSON.parse(JSON.stringify(troubled), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  ) as typeof troubled;
  // Values of evidence are Consul's own and stay as they were read.
  const stripped = (text: string): string => text.replace(/"(?:DestinationName|LocalBindPort)": .*\n/g, '');
  expect(stripped(renderJson(reversed))).toBe(stripped(renderJson(troubled)));
});

test('whatever a cluster holds, the report comes back as it was, and nothing in the text acts on a terminal', () => {
  fc.assert(
    fc.property(hostileReport(8, 3), (report) => {
      const text = renderJson(report);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(report)));
      expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});
