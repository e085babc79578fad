import { faultName, makeMixture } from './mixtures';

const numbers = Array.from({ length: 200 }, (_, index) => index);

it('makes the same plan from the same seed, and another one from another', () => {
  expect(numbers.map((number) => makeMixture(7, number))).toEqual(
    numbers.map((number) => makeMixture(7, number)),
  );
  expect(makeMixture(7, 0)).not.toEqual(makeMixture(8, 0));
  expect(makeMixture(7, 0)).not.toEqual(makeMixture(7, 1));
});

it('mixes all faults, during commands and digests', () => {
  const mixtures = numbers.map((number) => makeMixture(1, number));
  const names = new Set(mixtures.flatMap(({ steps }) => steps.map(({ fault }) => faultName(fault))));
  for (const name of [
    'slack 503',
    'slack refuse',
    'slack internal_error',
    'slack late chat.update',
    'slack late chat.postMessage',
    'slack truncate',
    'workers kill',
    'bots kill',
    'workers stop',
    'redis crash',
    'redis stall',
    'redis black-hole',
    'consul stall',
  ])
    expect(names).toContain(name);
  for (const { requests } of mixtures)
    expect(requests.map(({ kind }) => kind)).toEqual(['commands', 'digests']);
});
