// `npm run attack -- --runs 2000 --seed 1`: random moves of an attacker on Redis, see redis-attacker.test.ts.
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const options = { runs: { type: 'string', default: '2000' }, seed: { type: 'string' } };
const { runs, seed } = parseArgs({ options }).values;
if (![runs, seed ?? '0'].every((number) => /^\d+$/.test(number))) {
  console.error('usage: npm run attack -- [--runs NUMBER] [--seed NUMBER]');
  process.exit(2);
}
const done = spawnSync('npx', ['jest', 'test/security/redis-attacker', '-w', '1'], {
  cwd: resolve(dirname(fileURLToPath(import.meta.url)), '../..'),
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, SECURITY_RUNS: runs, ...(seed !== undefined && { SECURITY_SEED: seed }) },
});
process.exit(done.status ?? 1);
