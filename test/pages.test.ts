import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { registry } from '../src/checks/registry';

/** The pages of the documentation that are written by hand, and those that are generated. */

const root = resolve(__dirname, '..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'deploy/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

it.each(pages)('%s links to files that are there', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
  expect(linked.filter((file) => !existsSync(join(root, dirname(page), file)))).toEqual([]);
});

it('shows each picture of the documentation on a page, in light and dark', () => {
  const shown = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/src(?:set)?="(?!https?:)([^"]+)"/g)].map((match) =>
      join(dirname(page), match[1] ?? ''),
    ),
  );
  const kept = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.png'))
    .map((name) => join('docs', name));
  expect(shown.toSorted()).toEqual(kept.toSorted());
});

it('names checks that exist on the page about WAN federation', () => {
  const text = readFileSync(join(root, 'docs/wan-federation.md'), 'utf8');
  const ids = new Set<string>(registry.map(({ id }) => id));
  const named = [...text.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map((match) => match[1] ?? '');
  // The only other words of this form: a kind of config entry, and a group of checks.
  const others = ['exported-services', 'mesh-gateways'];
  expect(named.filter((name) => ids.has(name)).length).toBeGreaterThan(8);
  expect(named.filter((name) => !ids.has(name) && !others.includes(name))).toEqual([]);
});
