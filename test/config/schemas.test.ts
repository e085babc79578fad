import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { ClustersFile } from '../../src/config/clusters-schema';
import { changeSnapshot } from '../../src/checks/examples/healthy';
import { runChecks } from '../../src/checks/runner';
import type { Report } from '../../src/report/report';
import { renderJson } from '../../src/render/json';

const root = resolve(__dirname, '../..');
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');
const validator = (name: string) =>
  new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
    JSON.parse(read(`docs/schema/${name}.schema.json`)) as object,
  );

it('has the schemas that npm run docs writes', () => {
  // ES modules, which Jest does not load. The zod schema is handed over as it is in the source.
  const script = `
    require('./test/lab/register.cjs');
    const { ClustersFile } = require('./src/config/clusters-schema.ts');
    import('./docs/schemas.mjs').then(({ jsonSchemas }) =>
      process.stdout.write(JSON.stringify(jsonSchemas(process.cwd(), ClustersFile))));`;
  const schemas = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 }),
  ) as readonly (readonly [string, string])[];
  const files = readdirSync(resolve(root, 'docs/schema'));
  expect(schemas.map(([name]) => name).toSorted()).toEqual(files.toSorted());
  const stale = schemas.filter(([name, text]) => read(`docs/schema/${name}`) !== text);
  expect(stale.map(([name]) => name)).toEqual([]);
}, 120_000);

it('describes reports as they are printed', () => {
  const validate = validator('report');
  const broken = runChecks(changeSnapshot({ gateways: [] }));
  expect(broken.results.some(({ findings }) => findings.length > 0)).toBe(true);
  const printed = JSON.parse(renderJson(broken)) as Report;
  expect(printed).toEqual(JSON.parse(JSON.stringify(broken)));
  expect(printed.peers.flatMap(({ calls = [] }) => calls)).not.toEqual([]);
  validate(printed);
  expect(validate.errors ?? []).toEqual([]);
  expect(validate({ ...broken, verdict: 'green' })).toBe(false);
});

it.each([
  ['the example of the README', { clusters: { east: { address: 'https://x', token: { env: 'T' } } } }, true],
  ['no clusters', {}, false],
  ['a literal token', { clusters: { east: { address: 'https://x', token: 'secret' } } }, false],
  ['a misspelt field', { clusters: { east: { adress: 'https://x' } } }, false],
])('takes or refuses %s as the bot does', (_, file, valid) => {
  expect([validator('clusters')(file), ClustersFile.safeParse(file).success]).toEqual([valid, valid]);
});

it('takes the clusters files of this project', () => {
  const validate = validator('clusters');
  for (const path of ['deploy/kubernetes/base/clusters.yml', 'sandbox/world/clusters.yml']) {
    validate(parse(read(path)));
    expect([path, validate.errors ?? []]).toEqual([path, []]);
  }
});
