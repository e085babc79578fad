import { findNearestName } from '../src/find-nearest-name';

describe('findNearestName', () => {
  it.each([
    ['wset', ['east', 'west'], 'west'],
    ['West', ['west'], 'west'],
    ['prod-eu-wst', ['prod-us-west', 'prod-eu-west'], 'prod-eu-west'],
    ['west', ['west', 'wess'], undefined],
    ['staging', ['west'], undefined],
    ['moon', ['west'], undefined],
    ['orders', ['payments'], undefined],
    ['ab', ['cd'], undefined],
    ['x', [], undefined],
    ['', ['ab'], undefined],
  ])('of %p among %p is %p', (name, candidates, expected) => {
    expect(findNearestName(name, candidates)).toBe(expected);
  });
});
