// `npm run build`: compiles src to dist and copies the Lua scripts, which tsc leaves behind.
// Plain Node: the demo and the image run it as well.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});

for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.lua')) cpSync(join(root, 'src', file), join(root, 'dist', file));
}
process.exitCode = status ?? 1;
