import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { botNeeds } from '../../src/acl/needs';
import { readDeploy } from './manifests';

const main = readDeploy('terraform/main.tf');
const readme = readFileSync(resolve(__dirname, '../../README.md'), 'utf8');
const linesOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** The rules of a variable of the module, by its name. */
const writeRules = new Map(
  [...main.matchAll(/var\.(\w+) \? "((?:[^"\\]|\\.)*)" : ""/g)].map(([, name = '', text = '']) => [
    name,
    (JSON.parse(`"${text}"`) as string).trim(),
  ]),
);

it('reads with the rules that the checks need, and no others', () => {
  const needed = botNeeds.map(({ rule: { resource, segment, access } }) =>
    segment === undefined
      ? `${resource} = "${access}"`
      : `${resource} ${JSON.stringify(segment)} { policy = "${access}" }`,
  );
  expect(linesOf(/read_rules = <<-EOT\n([\s\S]*?)\n\s*EOT/.exec(main)?.[1])).toEqual(needed);
  expect(linesOf(/```hcl\n(\s*acl = "read"[\s\S]*?)```/.exec(readme)?.[1])).toEqual(needed);
});

it('writes with the rules that the README names for each kind of change', () => {
  expect(Object.fromEntries(writeRules)).toEqual({
    approvals: 'peering = "write"',
    exports: 'mesh = "write"',
  });
  for (const rule of writeRules.values()) expect(readme).toContain(`\`${rule}\``);
});

it('creates no token that writes unless a variable asks for one', () => {
  for (const name of writeRules.keys()) {
    const block = new RegExp(`variable "${name}" \\{[\\s\\S]*?\\n\\}`).exec(main)?.[0];
    expect([name, block]).toEqual([name, expect.stringMatching(/default\s+= false/)]);
  }
});
