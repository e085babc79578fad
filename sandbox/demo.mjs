// `npm run demo`: starts everything that the bot needs, on a machine with only Node and npm.
// Plain Node without dependencies: it must run before anything is installed. What it does then is in demo/.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Prints the problem and the next step in one line, and exits. */
const fail = (message) => {
  console.error(`demo: ${message}`);
  process.exit(2);
};

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  fail(
    `peering-bot needs Node 22.12 or later, but this is ${process.versions.node}: install the current LTS version of Node`,
  );
}

const needWritable = () => {
  for (const folder of ['.', 'node_modules', 'dist']
    .map((name) => join(root, name))
    .filter((path) => existsSync(path))) {
    try {
      accessSync(folder, constants.W_OK);
    } catch {
      fail(`${folder} is not writable: change its owner, or clone into a writable folder`);
    }
  }
};

/** Runs a step quietly; what it wrote is shown only where it failed. */
const step = (title, command, args, explain) => {
  needWritable();
  console.error(`${title}…`);
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (done.status === 0) return;
  const said = `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`;
  fail(explain(said));
};

const lastLine = (said) =>
  said
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .at(-1) ?? 'no reason given';

const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  step('installing', 'npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], (said) =>
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(said)
      ? 'the npm registry cannot be reached, and it is needed once: check the network or npm config get proxy, and run this again'
      : `npm ci failed: ${lastLine(said)}`,
  );
}

const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'sandbox/tsconfig.json', 'build.mjs']
  .concat(
    ['src', 'sandbox'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true })
        .filter((name) => /\.(?:ts|lua)$/.test(name))
        .map((name) => join(folder, name)),
    ),
  )
  .map((name) => join(root, name));
const newestSource = () => Math.max(...sources.map((path) => statSync(path).mtimeMs));

const built = join(root, 'dist/sandbox/demo/demo.js');
if (!existsSync(built) || statSync(built).mtimeMs < newestSource()) {
  for (const [title, ...script] of [
    ['building', 'build.mjs'],
    ['building the sandbox', 'node_modules/typescript/bin/tsc', '-p', 'sandbox/tsconfig.json'],
  ]) {
    step(title, process.execPath, script, (said) => `the build failed: ${lastLine(said)}`);
  }
}

const { runDemo } = createRequire(import.meta.url)(built);
process.exitCode = await runDemo({
  args: process.argv.slice(2),
  env: process.env,
  root,
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  onSignal: (stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  },
});
