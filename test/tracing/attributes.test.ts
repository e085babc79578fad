import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const namesIn = (text: string): string[] => text.match(/(?<=['`])peering_bot\.[a-z_]+/g) ?? [];

it('docs/traces.md has a row for each attribute of spans, and no other', () => {
  const source = join(root, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const used = files.flatMap((name) => namesIn(readFileSync(join(source, name), 'utf8')));
  const rows = readFileSync(join(root, 'docs/traces.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap(namesIn);
  expect(used.length).toBeGreaterThan(0);
  expect(rows.toSorted()).toEqual([...new Set(used)].toSorted());
});
