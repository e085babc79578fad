// `npm run docs`: writes docs/checks.md, docs/schema, the sections of clusters.yml in the schema of the Helm chart, and the
// lists in docs/requirements.md and CONTRIBUTING.md.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import page from '../dist/checks/page.js';
import registry from '../dist/checks/registry.js';
import { AccessItem, ClustersFile } from '../dist/config/clusters-schema.js';
import { chartSchema, jsonSchemas } from './schemas.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Replaces the text between two marks. */
const replacePart = (name, mark, text) => {
  const old = readFileSync(path(name), 'utf8');
  const between = new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*(<!-- /${mark} -->)`);
  writeFileSync(path(name), old.replace(between, (_, start, end) => `${start}${text}${end}`));
};

writeFileSync(path('checks.md'), page.checksPage(registry.registry));
replacePart('requirements.md', 'requirements', page.requirementList(registry.registry));

const folder = new URL('../dist/checks/views/', import.meta.url);
const modules = await Promise.all(
  readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .sort()
    .map(async (file) => [file.replace(/\.js$/, ''), (await import(new URL(file, folder))).default]),
);
replacePart('../CONTRIBUTING.md', 'views', page.viewList(modules));

for (const [name, text] of jsonSchemas(path('..'), { ClustersFile, AccessItem })) writeFileSync(path(`schema/${name}`), text);

const chart = path('../deploy/helm/peering-bot/values.schema.json');
writeFileSync(chart, chartSchema(readFileSync(chart, 'utf8'), { ClustersFile, AccessItem }));
