// `npm run breaks [part of a test's name[:number of its break, from 1]]…`: breaks a copy of the code, one promise after
// the other, and runs the test of the promise in test/security, which must fail. breaks.json holds the breaks.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const parts = process.argv.slice(2).map((part) => part.split(':'));
const rows = JSON.parse(readFileSync(join(import.meta.dirname, 'breaks.json'), 'utf8'));
const numberOf = (row) => rows.filter(({ test }) => test === row.test).indexOf(row) + 1;
const breaks = rows.filter(
  (row) =>
    parts.length === 0 ||
    parts.some(
      ([name, number]) =>
        row.test.includes(name) && (number === undefined || Number(number) === numberOf(row)),
    ),
);
if (breaks.length === 0) throw new Error('no such break');

const copy = mkdtempSync(join(tmpdir(), 'breaks-'));
const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
for (const file of execFileSync('git', listed, { cwd: root }).toString().split('\0').filter(Boolean)) {
  if (['node_modules', '.cache'].includes(file)) continue;
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  cpSync(join(root, file), join(copy, file));
}
for (const folder of ['node_modules', '.cache']) symlinkSync(join(root, folder), join(copy, folder));

/** Runs test files: how many tests failed and passed, and whether a file could not run at all. */
const run = (tests, env = {}) => {
  const out = join(copy, 'result.json');
  spawnSync(
    join(root, 'node_modules/.bin/jest'),
    [
      ...tests.map((test) => `test/security/${test}.test.ts`),
      '-w',
      '1',
      '--silent',
      '--json',
      '--outputFile',
      out,
    ],
    { cwd: copy, env: { ...process.env, CI: 'true', ...env } },
  );
  const { numFailedTests, numPassedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(out, 'utf8'));
  rmSync(out);
  return { failed: numFailedTests, passed: numPassedTests, isBroken: numRuntimeErrorTestSuites > 0 };
};

let missed = 0;
try {
  const whole = run([...new Set(breaks.map(({ test }) => test))]);
  if (whole.failed > 0 || whole.isBroken) throw new Error('tests fail without a break');
  for (const { test, file, from, to, env } of breaks) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${file} does not hold once: ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    const { failed, passed, isBroken } = run([test], env);
    writeFileSync(path, text);
    const noticed = failed > 0 && !isBroken;
    if (!noticed) missed += 1;
    const words = noticed ? `noticed by ${failed} of ${failed + passed} tests` : 'NOT NOTICED';
    console.log(`${test}: ${file}: ${words}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.exit(missed > 0 ? 1 : 0);
