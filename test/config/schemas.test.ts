import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { AccessItem, ClustersFile, findNameProblems } from '../../src/config/clusters-schema';
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
const east = { address: 'https://x', token: { env: 'T' } };
const withEast = (more: object) => ({ clusters: { east: { ...east, ...more } } });
const withHook = (url: string) => ({ clusters: { east }, webhooks: { hook: { url, secret: { env: 'S' } } } });
const isSection = (found: unknown): found is object =>
  typeof found === 'object' && found !== null && Object.keys(found).every((key) => key in ClustersFile.shape);
const mute = { check: 'mesh-*', owner: 'U012', reason: 'r' };
const owned = { clusters: ['east'], usergroup: 'S012', channel: 'C012' };
const digest = { channel: 'C012', owner: 'U012', clusters: ['east'], schedule: 'daily 09:00' };

it.each([
  ['the example of the README', { clusters: { east } }, true],
  ['an origin in capitals', withEast({ address: 'HTTPS://X:8501/' }), true],
  ['a mute until a day', { clusters: { east }, mutes: [{ ...mute, until: '2026-12-31' }] }, true],
  [
    'a mute until a time',
    { clusters: { east }, mutes: [{ ...mute, until: '2026-12-31T18:00+01:00' }] },
    true,
  ],
  ['a digest', { clusters: { east }, digests: { morning: digest } }, true],
  ['an owner with a page', { clusters: { east }, owners: [{ ...owned, ui: 'https://x/ui/@a' }] }, true],
  ['no clusters', {}, false],
  ['a literal token', withEast({ token: 'secret' }), false],
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
  ['a cluster with a space in its name', { clusters: { 'prod east': east } }, false],
  ['a cluster that is called all', { clusters: { all: east } }, false],
  ['an address of another protocol', withEast({ address: 'ftp://x' }), false],
  ['an address with a path', withEast({ address: 'https://x/v1' }), false],
  ['an address with a user', withEast({ address: 'https://robin@x' }), false],
  ['a certificate without its key', withEast({ tls: { cert_file: 'c.pem' } }), false],
  ['a proxy user without a password', withEast({ proxy: { address: 'http://p:1', user: 'robin' } }), false],
  ['two owners of a token', withEast({ gateway_tokens: [{ gateway: 'g', role: 'r', policy: 'p' }] }), false],
  ['an external address without a port', withEast({ server_external_addresses: ['x'] }), false],
  ['no external address', withEast({ server_external_addresses: [] }), false],
  ['a grant to a name', { clusters: { east }, access: [{ allow: ['check'], users: ['robin'] }] }, false],
  ['a grant to nobody', { clusters: { east }, access: [{ allow: ['check'], users: [] }] }, false],
  ['a mute until some time', { clusters: { east }, mutes: [{ ...mute, until: 'soon' }] }, false],
  ['a digest with a short name', { clusters: { east }, digests: { day: digest } }, false],
  ['a page with a user', { clusters: { east }, owners: [{ ...owned, ui: 'https://u:p@x/ui' }] }, false],
  [
    'a page that is a script',
    { clusters: { east }, owners: [{ ...owned, ui: 'javascript:alert(1)' }] },
    false,
  ],
  ['a webhook with a fragment', withHook('https://x/#a'), false],
  ['a webhook', withHook('https://x/a?b'), true],
])('takes or refuses %s as the bot does', (_, file, valid) => {
  const isRead = ClustersFile.safeParse(file).success && findNameProblems(file).length === 0;
  expect([validator('clusters')(file), isRead]).toEqual([valid, valid]);
});

it('has only patterns that Go reads too, as Helm does', () => {
  const texts = [
    read(chart),
    ...readdirSync(resolve(root, 'docs/schema')).map((name) => read(`docs/schema/${name}`)),
  ];
  expect(texts.filter((text) => /"pattern": ".*\(\?[!=<]/.test(text))).toEqual([]);
});

/** Examples on pages; those of a part of the file are completed. */
const examplesOf = (page: string) =>
  [...read(page).matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map((match) => parse(match[1] ?? '') as unknown)
    .filter((found) => isSection(found))
    .map((found) => ({ clusters: { 'prod-east': east, 'prod-west': east }, ...found }));

it.each(
  readdirSync(resolve(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .concat('README.md'),
)('takes the examples of clusters.yml in %s', (page) => {
  const validate = validator('clusters');
  for (const example of examplesOf(page)) {
    validate(example);
    expect([example, validate.errors ?? []]).toEqual([example, []]);
    expect([example, ClustersFile.safeParse(example).error?.issues ?? []]).toEqual([example, []]);
  }
});

it('finds examples of most parts of clusters.yml', () => {
  const keys = new Set(examplesOf('README.md').flatMap((example) => Object.keys(example)));
  expect(keys.size).toBeGreaterThan(6);
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
