// Lets Node run the TypeScript of this repository: `node -r ./test/lab/register.cjs test/lab/record.ts`.
// Jest transforms in the same way (jest.config.cjs).
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const options = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

// Keeps transformed files: tests start many processes, and each would take a second to transform them again.
const folder = path.resolve(__dirname, '../../.cache/transformed');

const transformed = (source, filename) => {
  const key = createHash('sha256')
    .update(`${filename}\n${JSON.stringify(options)}\n${source}`)
    .digest('hex');
  const cached = path.join(folder, `${key}.js`);
  try {
    return readFileSync(cached, 'utf8');
  } catch {
    const { transformSync } = require('@swc/core');
    const { code } = transformSync(source, { filename, ...options });
    mkdirSync(folder, { recursive: true });
    const written = `${cached}.${process.pid}`;
    writeFileSync(written, code);
    renameSync(written, cached);
    return code;
  }
};

require.extensions['.ts'] = (module, filename) => {
  module._compile(transformed(readFileSync(filename, 'utf8'), filename), filename);
};
