// Measures the time from `git clone` to the first finding on screen, as a newcomer sees it:
// `node test/bench/clone-to-finding.mjs`. The budget is 60 s with warm package caches on 2 cores.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = mkdtempSync(join(tmpdir(), 'clone-to-finding-'));
const budgetS = 60;
const started = Date.now();
const seconds = () => ((Date.now() - started) / 1000).toFixed(1);

const clone = spawnSync('git', ['clone', '--quiet', root, join(folder, 'checkout')], { stdio: 'inherit' });
if (clone.status !== 0) process.exit(1);
console.log(`${seconds()} s  cloned`);

const demo = spawn('npm', ['run', '--silent', 'demo', '--', '--run', '/peering check prod-east'], {
  cwd: join(folder, 'checkout'),
  stdio: ['ignore', 'pipe', 'inherit'],
});
let found;
demo.stdout.on('data', (chunk) => {
  if (found === undefined && chunk.toString().includes('mesh-gateway-mode')) {
    found = Number(seconds());
    console.log(`${found} s  first finding`);
  }
});
demo.on('close', (status) => {
  rmSync(folder, { recursive: true, force: true });
  console.log(`${seconds()} s  everything stopped`);
  if (status !== 0 || found === undefined || found > budgetS) {
    console.error(`expected a first finding within ${budgetS} s`);
    process.exitCode = 1;
  }
});
