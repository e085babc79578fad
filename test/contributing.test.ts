import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { viewList } from '../src/checks/page';

/** Adds the examples of CONTRIBUTING.md to a copy of the code, compiles them and runs their tests. */

const root = resolve(__dirname, '..');
const guide = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The code blocks of one language. */
const blocks = (language: string): readonly string[] =>
  [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map(([, , text = '']) => text);

/** New files: the first line of a block names it. */
const files = blocks('ts').map((text): readonly [string, string] => {
  const [, file] = /^\/\/ ((?:src|test)\/\S+\.ts)\n/.exec(text) ?? [];
  if (file === undefined) throw new Error(`a block has no path:\n${text}`);
  return [file, text];
});

/** Inserts the added lines of a difference beside the lines that it shows, each of which must be there once. */
const applyDifference = (text: string, difference: readonly string[]): string => {
  const lines = text.split('\n');
  let at = -1;
  let waiting: string[] = [];
  for (const line of difference) {
    if (line.startsWith('+')) {
      if (at === -1) waiting.push(line.slice(1));
      else lines.splice(++at, 0, line.slice(1));
      continue;
    }
    const found = lines.flatMap((one, index) => (one === line.slice(1) || one === line ? [index] : []));
    if (found.length !== 1) throw new Error(`the line occurs ${found.length} times: ${line}`);
    at = found[0] ?? -1;
    lines.splice(at, 0, ...waiting);
    at += waiting.length;
    waiting = [];
  }
  return lines.join('\n');
};

/** The changes of files that exist, by path. */
const differences = blocks('diff').flatMap((block) =>
  block
    .split(/^--- /m)
    .slice(1)
    .map((part): readonly [string, readonly string[]] => {
      const [file = '', ...lines] = part.trimEnd().split('\n');
      return [file, lines];
    }),
);

describe('the examples of CONTRIBUTING.md', () => {
  jest.setTimeout(300_000);
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'contributing-'));
    for (const name of ['src', 'test', 'sandbox', 'package.json', 'tsconfig.json', 'jest.config.cjs'])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, text] of files) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), text, { flag: 'wx' });
    }
    for (const [file, difference] of differences) {
      const path = join(copy, file);
      writeFileSync(path, applyDifference(readFileSync(path, 'utf8'), difference));
    }
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const run = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
    return status === 0 ? '' : `${stdout}${stderr}`;
  };

  it('compile', () => {
    const config = {
      extends: './tsconfig.json',
      include: [],
      files: [...files, ...differences].map(([file]) => file),
    };
    writeFileSync(join(copy, 'tsconfig.examples.json'), JSON.stringify(config));
    const tsc = execFileSync(process.execPath, ['-p', 'require.resolve("typescript/package.json")'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(run(join(dirname(tsc.trim()), 'bin/tsc'), '--noEmit', '-p', 'tsconfig.examples.json')).toBe('');
  });

  it('pass their own tests, and the check the contract of all checks', () => {
    const own = files.map(([file]) => file).filter((file) => file.endsWith('.test.ts'));
    expect(own).toHaveLength(1);
    const jestBin = join(root, 'node_modules/jest/bin/jest.js');
    expect(run(jestBin, '--runInBand', ...own, 'test/checks/contract.test.ts')).toBe('');
  });
});

it('names files and folders that exist', () => {
  const named = [...guide.matchAll(/`((?:src|test|docs|sandbox)\/[\w./-]+)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(20);
  const added = files.flatMap(([file]) => [file, dirname(file).replace(/^src/, 'test')]);
  const missing = named.filter((file) => !existsSync(join(root, file)) && !added.includes(file));
  expect(missing).toEqual([]);
});

it('lists the views of src/checks/views (npm run docs writes them)', () => {
  const folder = join(root, 'src/checks/views');
  const modules = readdirSync(folder)
    .toSorted()
    .map((file) => [file.replace(/\.ts$/, ''), require(join(folder, file)) as object] as const);
  const [, listed] = /<!-- views -->\n([\s\S]*)<!-- \/views -->/.exec(guide) ?? [];
  expect(listed).toBe(viewList(modules));
});
