import fc from 'fast-check';
import { reduceRules } from '../../src/acl/reduce-rules';
import { parseRules, type Rule } from '../../src/acl/rules';
import { rulesText, tokenSpec } from './arbitrary';

const canary = 'hunter2canary';

/** The rules of each kind in their order, which alone decides what they grant; of a mistake, its position. */
const meaning = (text: string, enterprise = false): unknown => {
  const parsed = parseRules(text, { enterprise });
  if (!parsed.ok) return parsed.error.position;
  const kindOf = ({ resource, match, scope }: Rule): string => JSON.stringify([resource, match, scope]);
  return Object.groupBy(parsed.value, kindOf);
};

it.each<[string, string]>([
  [
    'comments',
    `# ${canary}\nservice "a" { // ${canary}\n policy = "read" /* ${canary}\n */ }\n\nmesh = "read"`,
  ],
  ['fields that Consul ignores', `note = "${canary}"\nkey "a" { policy = "list" note = "${canary}" }`],
  ['a value that a later one replaces', `acl = <<E\n${canary}\nE\nacl = "read"`],
  ['JSON', `{"note": "${canary}",\n "service": {"a": {"note": "${canary}",\n "policy": "write"}}}`],
  ['names that start an interpolation', `service "\${a" { policy = "read" }} # ${canary}`],
  ['a mistake', `service "a" { policy = "read" }\n  key ${canary} = { ${canary} ? } # ${canary}`],
  [
    'blocks of Enterprise',
    `partition_prefix "a" { namespace "b" { key "c" { policy = "read" } note = "${canary}" } }`,
  ],
  ['a mistake within one', `namespace "b" { key "c" { policy = "${canary}" } }\nmesh = "read"`],
])('keeps nothing but the rules of %s', (_, text) => {
  const reduced = reduceRules(text);
  expect(reduced).not.toContain(canary);
  expect(meaning(reduced)).toEqual(meaning(text));
});

it('keeps the blocks of Enterprise', () => {
  const text = 'partition "a" {\n namespace_prefix "b" { key "c" { policy = "read" } }\n mesh = "write"\n}';
  expect(meaning(reduceRules(text), true)).toEqual(meaning(text, true));
});

it('keeps no rules with a name that it cannot write', () => {
  expect(meaning(reduceRules('{"key": {"\uE123": {"policy": "read"}}}'))).toEqual({ line: 1, column: 1 });
});

it('grants the same for random rules, each on its line', () => {
  const texts = tokenSpec(0).map(({ policies }) => policies.map(rulesText));
  fc.assert(
    fc.property(texts, (all) => {
      for (const text of all) expect(meaning(reduceRules(text))).toEqual(meaning(text));
    }),
    { numRuns: 2000 },
  );
});
