import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import breaks from './security/breaks.json';

const root = resolve(__dirname, '..');

it('breaks of the promises are in the code once', () => {
  const stale = breaks.filter(
    ({ file, from }) => readFileSync(join(root, file), 'utf8').split(from).length !== 2,
  );
  expect(stale).toEqual([]);
});

it('each test of a promise has a break that it must notice', () => {
  const tests = readdirSync(join(root, 'test/security')).filter((name) => name.endsWith('.test.ts'));
  const covered = new Set(breaks.map(({ test }) => `${test}.test.ts`));
  expect(tests.filter((name) => !covered.has(name))).toEqual([]);
});
