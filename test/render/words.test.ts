import fc from 'fast-check';
import type { Json } from '../../src/report/report';
import { count, duration, few, grouped, inJson } from '../../src/render/words';

test('durations have the unit that people would use', () => {
  expect(
    [0, 40, 99.6, 412, 1_234, 9_949, 9_951, 42_000, 59_499, 59_500, 125_000, 3_600_000].map(duration),
  ).toEqual([
    '0 ms',
    '40 ms',
    '100 ms',
    '0.4 s',
    '1.2 s',
    '9.9 s',
    '10 s',
    '42 s',
    '59 s',
    '1 min 0 s',
    '2 min 5 s',
    '60 min 0 s',
  ]);
});

test('numbers are grouped and agree with their words', () => {
  expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([count(0, 'error'), count(1, 'error'), count(10_000, 'error')]).toEqual([
    '0 errors',
    '1 error',
    '10,000 errors',
  ]);
});

test('a few are shown, and the rest is counted', () => {
  const show = (name: string): string => name;
  expect([few([], 3, show), few(['a', 'b', 'c'], 3, show), few(['a', 'b', 'c', 'd'], 3, show)]).toEqual([
    '',
    'a, b, c',
    'a, b, c and 1 more',
  ]);
});

test('a value is JSON on one line, which reads back as the same value', () => {
  expect(inJson({ a: [1, { b: 'c, d' }], e: [], f: {} })).toBe('{"a": [1, {"b": "c, d"}], "e": [], "f": {}}');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = inJson(value as Json);
      expect(text).not.toContain('\n');
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
