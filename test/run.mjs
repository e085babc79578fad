// `npm test`: format, lint, types, dead code and jest, from a fresh clone on. Prints what it left out and why.
// Extra arguments go to jest. Plain Node without dependencies: it must run before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `peering-bot needs Node 22.12 or later, but this is ${process.versions.node}: install the current LTS version of Node`,
  );
  process.exit(2);
}

const run = (title, command, args, env = {}) => {
  const started = Date.now();
  console.log(`▸ ${title}`);
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (done.status !== 0) {
    console.error(`✗ ${title} failed`);
    process.exit(done.status || 1);
  }
  console.log(`✓ ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
};

const lock = resolve(root, 'package-lock.json');
const installed = resolve(root, 'node_modules/.package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  run('install', 'npm', ['ci', '--no-audit', '--no-fund']);
}

const tool = (name) => resolve(root, 'node_modules/.bin', name);
run('format', tool('biome'), ['format']);
run('lint', tool('oxlint'), ['--type-aware', '--deny-warnings']);
run('types', tool('tsc'), ['--noEmit']);
run('types of the page', tool('tsc'), ['--noEmit', '-p', 'sandbox/page']);
run('dead code', tool('knip'), []);
run('build', process.execPath, ['build.mjs']);
run('build of the sandbox', tool('tsc'), ['-p', 'sandbox/tsconfig.json']);
run('tests', tool('jest'), process.argv.slice(2));
// Alone, after everything else. Left out where tests are picked by an argument.
if (process.argv.length === 2) {
  run('states of two peered clusters', tool('jest'), ['--config', 'jest.states.config.cjs']);
  // Whatever is lost, stuck, doubled or false fails it. The seed is one whose mixture crashes Redis and workers.
  const chaos = ['-r', './test/lab/register.cjs', 'test/chaos/run.ts', '--short', '--seed', '1332'];
  run('faults', process.execPath, chaos);
}
