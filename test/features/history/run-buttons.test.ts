import fc from 'fast-check';
import { runButtons } from '../../../src/features/history/run-buttons';
import { hostileText } from '../../render/hostile';

const name = hostileText.filter((text) => text !== '');
const action = fc.record({
  cluster: name,
  peer: fc.oneof(fc.constant(null), name),
  run: fc.oneof(fc.constant(null), name),
});

test('a value comes back as it was, also where Slack turns & < > into entities, or is not made at all', () => {
  fc.assert(
    fc.property(action, (one) => {
      const value = runButtons.runAgain.encode(one);
      if (value === undefined) {
        expect(JSON.stringify(one).length).toBeGreaterThan(300);
        return;
      }
      expect(value.length).toBeLessThanOrEqual(2_000);
      expect(value).not.toMatch(/[&<>]/);
      expect(runButtons.runAgain.decode(value)).toEqual(one);
    }),
  );
});

test('anything that was not encoded gives nothing', () => {
  const good = [1, 'prod', null, 'run-1'];
  expect(runButtons.runAgain.decode(JSON.stringify(good))).toEqual({
    cluster: 'prod',
    peer: null,
    run: 'run-1',
  });
  const bad = [
    undefined,
    '',
    'prod',
    '{}',
    'null',
    JSON.stringify({ cluster: 'prod', peer: null, run: null }),
    JSON.stringify([2, 'prod', null, null]),
    JSON.stringify([1, 'prod', null]),
    JSON.stringify([...good, 'more']),
    JSON.stringify([1, '', null, null]),
    JSON.stringify([1, null, null, null]),
    JSON.stringify([1, 'prod', 7, null]),
    JSON.stringify([1, 'prod', null, { $ne: '' }]),
    JSON.stringify([1, 'prod', null, '']),
    `[1,"${'x'.repeat(2_000)}",null,null]`,
    '[1,"prod",null,null',
  ];
  expect(bad.map(runButtons.runAgain.decode).filter((decoded) => decoded !== undefined)).toEqual([]);
});

test('whatever text comes in, decoding does not throw', () => {
  fc.assert(
    fc.property(fc.oneof(hostileText, fc.json()), (text) => {
      const decoded = runButtons.runAgain.decode(text);
      if (decoded !== undefined) expect(typeof decoded.cluster).toBe('string');
    }),
  );
});
