import { shapes } from '../../src/consul/shapes';

it.each([
  ['words', shapes.word, 'xoxb-not-a-real-one'],
  ['keys', shapes.key, '10000000-2000-3000-4000-500000000000'],
])('%s pass and secrets do not, first and later, however many there were', (_, test, secret) => {
  const results = (): readonly boolean[] => [test('allow'), test(secret), test('allow'), test(secret)];
  expect(results()).toEqual([true, false, true, false]);
  for (let at = 0; at < 2000; at += 1) expect(test(`word${at}`)).toBe(true);
  expect(results()).toEqual([true, false, true, false]);
});
