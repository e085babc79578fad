import fc from 'fast-check';
import { parseDuration } from '../../src/config/duration';
import { matchesGlob } from '../../src/config/match-glob';
import { suggestName } from '../../src/config/suggest-name';

describe('nearest', () => {
  it.each([
    ['chekc', 'check'],
    ['CHECK', 'check'],
    ['clust', 'clusters'],
    ['zzzzzz', undefined],
    ['', undefined],
  ])('%p means %p', (word, expected) => {
    expect(suggestName(word, ['check', 'clusters', 'help'])).toBe(expected);
  });
});

describe('durations', () => {
  it.each([
    ['30m', 1_800_000],
    ['7d', 604_800_000],
    [' 2H ', 7_200_000],
    ['0', undefined],
    ['1.5h', undefined],
    ['9999999h', undefined],
    ['m', undefined],
  ])('%p is %p ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('globs', () => {
  it.each([
    ['prod-*', 'prod-east', true],
    ['*', '', true],
    ['*-e?st', 'prod-east', true],
    ['prod-*', 'xprod-east', false],
    ['a*b*c', 'aXXbYYc', true],
    ['a*b*c', 'aXXcYYb', false],
    ['.', 'x', false],
    ['', '', true],
  ])('%p against %p is %p', (glob, name, expected) => {
    expect(matchesGlob(glob, name)).toBe(expected);
  });

  it('agrees with the regular expression that says the same', () => {
    const letters = fc.stringMatching(/^[ab*?]{0,8}$/);
    fc.assert(
      fc.property(letters, fc.stringMatching(/^[ab]{0,8}$/), (glob, name) => {
        const pattern = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlob(glob, name)).toBe(pattern.test(name));
      }),
    );
  });
});
