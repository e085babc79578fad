import fc from 'fast-check';
import { renderJson } from '../../src/render/json';
import { hostileReport } from './hostile';
import { troubled } from './reports';

test('troubled', () => {
  expect(renderJson(troubled)).toMatchSnapshot();
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
