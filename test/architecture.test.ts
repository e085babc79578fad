import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Who may import whom. A folder may always import itself; `src/app.ts` and `src/main.ts` may import anything. */
const layers: Readonly<Record<string, readonly string[]>> = {
  config: [],
  consul: ['config'],
  acl: ['consul'],
  report: [],
  snapshot: ['config', 'consul', 'acl'],
  paths: ['consul', 'snapshot'],
  checks: ['paths', 'snapshot', 'acl', 'consul', 'report'],
  render: ['report'],
  store: ['config', 'report'],
  jobs: ['config', 'consul', 'acl', 'snapshot', 'checks', 'report', 'render', 'store'],
  slack: ['config', 'report', 'render', 'store', 'jobs'],
  health: ['config', 'store', 'jobs', 'report'],
  cli: ['config', 'consul', 'acl', 'snapshot', 'checks', 'report', 'render', 'store', 'jobs'],
  // It runs the bot as a child process, and looks at it from outside as Slack and Consul do.
  sandbox: [],
};

/** Pure folders: no network, no file system, no clock. */
const pure = ['acl', 'checks', 'report', 'render'];

const root = resolve(__dirname, '..');
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(root, 'src', file));

const importsOf = (file: string): string[] => {
  const text = readFileSync(file, 'utf8');
  const pattern =
    /(?:^|\s)(?:import|export)\s[^'";]*?from\s+'([^']+)'|(?:import|require)\(\s*'([^']+)'\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
};

const folderOf = (file: string): string => {
  const [first = ''] = relative(join(root, 'src'), file).split(sep);
  return first.endsWith('.ts') ? '' : first;
};

describe('the layers', () => {
  it.each(files.map((file) => [relative(root, file), file]))('%s imports only what it may', (_, file) => {
    const folder = folderOf(file);
    if (folder === '') return;
    const allowed = layers[folder];
    if (allowed === undefined) throw new Error(`src/${folder} is in no layer`);
    const wrong = importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => folderOf(`${resolve(dirname(file), name)}${name.endsWith('.ts') ? '' : '.ts'}`))
      .filter((target) => target !== folder && !allowed.includes(target));
    expect(wrong).toEqual([]);
  });

  it.each(files.filter((file) => pure.includes(folderOf(file))).map((file) => [relative(root, file), file]))(
    '%s is pure',
    (_, file) => {
      const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      expect(
        importsOf(file).filter((name) => /^(?:node:|axios$|ioredis$|bullmq$|@slack\/(?!types))/.test(name)),
      ).toEqual([]);
      expect(text).not.toMatch(/\bDate\.now\(|\bnew Date\(\)|\bfetch\(|\bsetTimeout\(|\bprocess\./);
    },
  );

  it.each(files.map((file) => [relative(root, file), file]))(
    '%s reads the environment only where it may',
    (name, file) => {
      const reads = /\bprocess\.env\b/.test(readFileSync(file, 'utf8'));
      const may = name.startsWith('src/config/') || name.startsWith('src/sandbox/') || name === 'src/main.ts';
      expect(reads && !may).toBe(false);
    },
  );
});
