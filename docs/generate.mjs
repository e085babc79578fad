// `npm run docs`: writes docs/checks.md from the checks as they are built in dist.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import page from '../dist/checks/page.js';
import registry from '../dist/checks/registry.js';

writeFileSync(
  fileURLToPath(new URL('checks.md', import.meta.url)),
  page.checksPage(registry.registry),
);
