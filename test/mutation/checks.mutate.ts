import { globSync, readFileSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { groups } from '../../src/checks/define';
import { collectTests } from './collect-tests';
import { findMutants, type Mutant } from './mutants.cjs';

/**
 * Puts one mistake after the other into checks and paths, and lists those that no test notices. Not part of `npm test`.
 */

const root = resolve(__dirname, '../..');

/** Parts of paths to mutate, separated by spaces; all by default. */
const selected = (process.env['MUTATE'] ?? '').split(' ').filter(Boolean);

/** Declarations and text, or code with tests of its own elsewhere. */
const left =
  /\/(?:examples|remediation)\/|\/(?:define|impact|index|inputs|inspect|links|model|page|registry|trace)\.ts$/u;

/** Tests that start shells, look at files, or try hundreds of clusters. */
const slow = /(?:snippets|property|contract|page)\.test\.ts$/u;

/** Tests that start servers import their helpers. */
const startsServers = (file: string): boolean => readFileSync(join(root, file), 'utf8').includes('/lab/');

const sources = globSync('src/{checks,paths}/**/*.ts', { cwd: root })
  .filter(
    (file) => !left.test(file) && (selected.length === 0 || selected.some((part) => file.includes(part))),
  )
  .sort();

const allTests = globSync('test/checks/**/*.test.ts', { cwd: root })
  .filter((file) => !slow.test(file) && !file.includes('/remediation/') && !startsServers(file))
  .sort()
  .map((file) => join(root, file));

/** Tests of hops, and of paths over both clusters. */
const pathTests = [
  ...globSync('test/paths/*.test.ts', { cwd: root }).filter((file) => !slow.test(file)),
  'test/checks/paths.test.ts',
]
  .sort()
  .map((file) => join(root, file));

/** A check has tests of its own, other code of a group those of the group, and what all checks use all tests. */
const testsOf = (file: string): readonly string[] => {
  if (file.startsWith('src/paths/')) return pathTests;
  const folder = join(root, 'test', dirname(file).replace('src/', ''), '/');
  const own = join(folder, `${basename(file, '.ts')}.test.ts`);
  const ofGroup = groups.some((group) => dirname(file).endsWith(`/${group}`));
  if (ofGroup && allTests.includes(own)) return [own];
  return ofGroup ? allTests.filter((test) => test.startsWith(folder)) : allTests;
};

let active = '';
let covered = new Set<string>();
Object.assign(globalThis, {
  mutant: (id: string): boolean => {
    covered.add(id);
    return id === active;
  },
});

type Tests = ReturnType<typeof collectTests>;

/** The number of mutants that each test noticed. Those that notice many run first. */
const noticed = new Map<Tests[number], number>();

const fails = async (tests: Tests): Promise<boolean> => {
  const likely = tests.toSorted((a, b) => (noticed.get(b) ?? 0) - (noticed.get(a) ?? 0));
  for (const test of likely) {
    try {
      await test.run();
    } catch {
      noticed.set(test, (noticed.get(test) ?? 0) + 1);
      return true;
    }
  }
  return false;
};

/** Loads tests and finds which mutants each of them runs. */
const loadTests = async (files: readonly string[]) => {
  active = '';
  jest.resetModules();
  const testsByMutant = new Map<string, Tests[number][]>();
  const tests = collectTests(files);
  for (const test of tests) {
    covered = new Set();
    await test.run();
    for (const id of covered) testsByMutant.set(id, [...(testsByMutant.get(id) ?? []), test]);
  }
  return testsByMutant;
};

/** Tells whether a mutant is noticed where it is run while the code is loaded. */
const failsLoaded = async (files: readonly string[], { id }: Mutant): Promise<boolean> => {
  active = id;
  jest.resetModules();
  try {
    return await fails(collectTests(files));
  } catch {
    return true;
  } finally {
    active = '';
  }
};

const show = (text: string): string => {
  const line = text.replaceAll(/\s+/gu, ' ');
  return line.length > 90 ? `${line.slice(0, 90)}…` : line;
};

it('finds the mistakes that no test notices', async () => {
  // Written at once: nothing here gives a stream the time to.
  const say = (line: string): number => writeSync(1, `${line}\n`);
  const total = { killed: 0, all: 0 };
  let shared: Awaited<ReturnType<typeof loadTests>> | undefined;
  for (const file of sources) {
    const files = testsOf(file);
    const { mutants } = findMutants(readFileSync(join(root, file), 'utf8'), file);
    if (mutants.length === 0) continue;
    const testsByMutant = files === allTests ? (shared ??= await loadTests(files)) : await loadTests(files);
    const survivors: Mutant[] = [];
    const dynamic = mutants.filter(({ isStatic }) => !isStatic);
    for (const mutant of dynamic) {
      active = mutant.id;
      if (!(await fails(testsByMutant.get(mutant.id) ?? []))) survivors.push(mutant);
    }
    for (const mutant of mutants.filter(({ isStatic }) => isStatic)) {
      if (!(await failsLoaded(files, mutant))) survivors.push(mutant);
    }
    active = '';
    total.killed += mutants.length - survivors.length;
    total.all += mutants.length;
    say(`${file}: ${mutants.length - survivors.length} of ${mutants.length}`);
    for (const { id, isStatic, line, column, from, to } of survivors.toSorted((a, b) => a.line - b.line)) {
      const how = isStatic || testsByMutant.has(id) ? '' : ' (not run by any test)';
      say(`  ${file}:${line}:${column} ${show(from)}  →  ${show(to)}${how}`);
    }
  }
  say(
    `${total.killed} of ${total.all} mistakes are noticed (${Math.round((100 * total.killed) / total.all)} %)`,
  );
}, 3_600_000);
