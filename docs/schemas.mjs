// JSON Schemas of what people write (clusters.yml) and of what programs read (JSON of the commands). The first comes
// from the zod schema that reads the file, the others from the types of what is printed.
import { createGenerator } from 'ts-json-schema-generator';
import { z } from 'zod';

const outputs = [
  ['report', 'Report', 'Report of peering-bot check --format json'],
  ['trace', 'Trace', 'Answer of peering-bot trace --format json'],
  ['impact', 'Impact', 'Answer of peering-bot impact --format json'],
  ['audit', 'AuditEntry', 'Line of peering-bot audit --format jsonl'],
];

/**
 * Returns [file name, text] of each schema. `root` is the folder of the package, `ClustersFile` the zod schema of
 * clusters.yml.
 */
export const jsonSchemas = (root, ClustersFile) => {
  const generator = createGenerator({
    path: `${root}/src/{report/{report,trace,impact},features/audit/audit-chain}.ts`,
    tsconfig: `${root}/tsconfig.json`,
    skipTypeCheck: true,
    topRef: false,
    // Later versions may add fields.
    additionalProperties: true,
  });
  const clusters = z.toJSONSchema(ClustersFile, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
  });
  const all = [
    ['clusters', { ...clusters, title: 'clusters.yml of peering-bot' }],
    ...outputs.map(([name, type, title]) => [name, { ...generator.createSchema(type), title }]),
  ];
  return all.map(([name, schema]) => [
    /** @type {string} */ (name) + '.schema.json',
    `${JSON.stringify(schema, null, 2)}\n`,
  ]);
};
