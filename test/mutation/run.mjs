// `npm run mutate [part of a path]…`: mutation tests of the checks, on the files whose path has one of the parts.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const { status } = spawnSync(
  resolve(root, 'node_modules/.bin/jest'),
  ['--config', 'jest.mutate.config.cjs', '--silent'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, MUTATE: process.argv.slice(2).join(' ') } },
);
process.exit(status ?? 1);
