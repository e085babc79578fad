import { z } from 'zod';
import { didYouMean } from './suggest-name';

/** Parts of the schema of `clusters.yml`. */

/** A map with these keys and no others. */
export const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) => {
      const known = Object.keys(shape);
      if (issue.code === 'unrecognized_keys') {
        return issue.keys
          .map(
            (key) =>
              `unknown key "${key}"${didYouMean(key, known) || `; known keys are ${known.join(', ')}`}`,
          )
          .join('; ');
      }
      return `expected a map with ${known.join(', ')}`;
    },
  });

/**
 * Parts of JSON Schema for mistakes that are found in code: `meta` adds them for editors, and the bot reads none of them. They must
 * refuse nothing that the code takes. Helm reads patterns too, in Go, which has no lookaround.
 */
export const together = (one: string, other: string) => ({
  dependencies: { [one]: [other], [other]: [one] },
});
export const namesLike = ({ source }: RegExp, reserved: readonly string[] = []) => ({
  propertyNames: {
    type: 'string',
    pattern: source,
    ...(reserved.length > 0 && { not: { enum: [...reserved] } }),
  },
});
export const anyOfLists = (...fields: readonly string[]) => ({
  anyOf: fields.map((field) => ({ required: [field], properties: { [field]: { minItems: 1 } } })),
});

/** A text that has the shape of what is expected. */
export const words = (expected: string, pattern: RegExp) =>
  z.string({ error: `expected ${expected}` }).regex(pattern, { error: `expected ${expected}` });

/** A word that selects clusters. The longest are labels with a value. */
export const clusterWord = words('a cluster name, a glob, owner:NAME or label:KEY=VALUE', /^\S{1,140}$/);

export const filePath = words('the path of a file', /^[^\0\n]+$/);

const secretHelp = 'a literal is refused: write { env: VARIABLE } or { file: PATH }';

/** Reference to a secret. */
export const secret = z.union(
  [
    z.strictObject({ env: words('the name of an environment variable', /^[A-Za-z_][A-Za-z0-9_]*$/) }),
    z.strictObject({ file: filePath }),
  ],
  {
    error: (issue) =>
      typeof issue.input === 'string' ? secretHelp : 'expected { env: VARIABLE } or { file: PATH }',
  },
);

export const ids = (expected: string, pattern: RegExp) =>
  z.array(words(expected, pattern), { error: `expected a list of ${expected}` });

const approverIds = ids('Slack user ids, such as U012AB3CD', /^[UW][A-Z0-9]{2,}$/);
export const usergroupIds = ids('Slack user group ids, such as S012AB3CD', /^S[A-Z0-9]{2,}$/);
export const channelId = words('a Slack channel id, such as C012AB3CD', /^[CGD][A-Z0-9]{2,}$/);
export const usergroupId = words('a Slack user group id, such as S012AB3CD', /^S[A-Z0-9]{2,}$/);

/** People and user groups who may approve. */
export const approverSet = object({
  users: approverIds.optional(),
  usergroups: usergroupIds.optional(),
})
  .refine(({ users = [], usergroups = [] }) => users.length + usergroups.length > 0, {
    error: 'expected users or usergroups who may approve',
  })
  .meta(anyOfLists('users', 'usergroups'));

/** Returns a value of a raw document as a map; empty if it is none. */
export const asMap = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

/** A mistake that only the whole document shows. */
export interface NameProblem {
  readonly path: string[];
  readonly message: string;
}
