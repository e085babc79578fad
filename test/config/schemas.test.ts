import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { AccessItem, ClustersFile } from '../../src/config/clusters-schema';
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

const chart = 'deploy/helm/peering-bot/values.schema.json';

it('has the schemas that npm run docs writes', () => {
  // ES modules, which Jest does not load. The zod schema is handed over as it is in the source.
  const script = `
    require('./test/lab/register.cjs');
    const zodSchemas = require('./src/config/clusters-schema.ts');
    const chart = require('node:fs').readFileSync('${chart}', 'utf8');
    import('./docs/schemas.mjs').then(({ jsonSchemas, chartSchema }) =>
      process.stdout.write(JSON.stringify([
        ...jsonSchemas(process.cwd(), zodSchemas),
        ['chart', chartSchema(chart, zodSchemas)],
      ])));`;
  const written = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 }),
  ) as readonly (readonly [string, string])[];
  const schemas = written.filter(([name]) => name !== 'chart');
  expect(written.find(([name]) => name === 'chart')?.[1] === read(chart)).toBe(true);
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

const oneCluster = { clusters: { east: { address: 'https://x' } } };

it.each([
  ['the example of the README', { clusters: { east: { address: 'https://x', token: { env: 'T' } } } }, true],
  ['no clusters', {}, false],
  ['a literal token', { clusters: { east: { address: 'https://x', token: 'secret' } } }, false],
  ['a grant', { ...oneCluster, access: [{ allow: ['acl', '*'], users: ['U012AB3CD'] }] }, true],
  ['a restriction', { ...oneCluster, access: [{ restrict: true }] }, true],
  [
    'a misspelt field of a grant',
    { ...oneCluster, access: [{ alow: ['acl'], users: ['U012AB3CD'] }] },
    false,
  ],
  [
    'a grant of a command that does not exist',
    { ...oneCluster, access: [{ allow: ['acls'], users: ['U012AB3CD'] }] },
    false,
  ],
  ['a misspelt field', { clusters: { east: { adress: 'https://x' } } }, false],
])('takes or refuses %s as the bot does', (_, file, valid) => {
  expect([validator('clusters')(file), ClustersFile.safeParse(file).success]).toEqual([valid, valid]);
});

it.each([
  { restrict: true },
  { allow: ['acl'], users: ['U012AB3CD'] },
  { allow: ['acl'] },
  { restrict: 1 },
  {},
])('describes the item %j of access by a schema that takes what the bot takes', (item) => {
  const file = ClustersFile.safeParse({ ...oneCluster, access: [item] });
  expect(AccessItem.safeParse(item).success).toBe(file.success);
});

it('takes the clusters files of this project', () => {
  const validate = validator('clusters');
  for (const path of ['deploy/kubernetes/base/clusters.yml', 'sandbox/world/clusters.yml']) {
    validate(parse(read(path)));
    expect([path, validate.errors ?? []]).toEqual([path, []]);
  }
});
