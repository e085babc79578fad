// JSON Schemas of what people write (clusters.yml) and of what programs read (JSON of the commands). The first comes
// from the zod schema that reads the file, the others from the types of what is printed.
import { createGenerator } from 'ts-json-schema-generator';
import { z } from 'zod';

/** [name, type, title] of answers that are one object, and of those that are a list. */
const outputs = [
  ['report', 'Report', 'Report of peering-bot check --format json'],
  ['trace', 'Trace', 'Answer of peering-bot trace --format json'],
  ['impact', 'Impact', 'Answer of peering-bot impact --format json'],
  ['peerings', 'PeeringList', 'Answer of peering-bot peerings --format json'],
  ['audit', 'AuditEntry', 'Line of peering-bot audit --format jsonl'],
  ['fleet', 'FleetReport', 'Reports of peering-bot check --all --format json'],
  ['fleet-file', 'FleetFile', 'File of a check of several clusters in Slack'],
  ['what-if', 'WhatIfReport', 'Answer of peering-bot check --with FILE --format json'],
  ['diff', 'StateDiff', 'Answer of peering-bot diff --format json'],
  ['acl', 'AclReport', 'Answer of peering-bot acl --format json'],
  ['acl-can', 'AclAnswers', 'Answer of peering-bot acl --can RIGHT --format json'],
  ['event', 'PeeringEvent', 'Body of a webhook'],
  ['version', 'PrintedVersion', 'Answer of peering-bot version --format json'],
  ['explain', 'Explanation', 'Answer of peering-bot explain --format json'],
];

const lists = [
  ['audit-list', 'AuditEntry', 'Answer of peering-bot audit --format json'],
  ['clusters-list', 'ListedCluster', 'Answer of peering-bot clusters --format json'],
  ['checks-list', 'ListedCheck', 'Answer of peering-bot check --list-checks --format json'],
  ['doctor', 'DoctorLine', 'Answer of peering-bot doctor --format json'],
  ['problems', 'Problem', 'Answer of peering-bot config validate --format json'],
  ['approvers', 'ListedApproval', 'Answer of peering-bot config approvers --format json'],
  ['migrate-storage', 'ListedRecord', 'Answer of peering-bot migrate-storage --format json'],
];

/** The schema of a list of what `schema` describes. */
const listOf = ({ $schema, definitions, ...items }) => ({ $schema, type: 'array', items, definitions });

/** The JSON Schema of clusters.yml, from the zod schemas of the file and of an item of `access`. */
const clustersSchema = ({ ClustersFile, AccessItem }) => {
  const options = { target: 'draft-07', io: 'input', unrepresentable: 'any' };
  const schema = z.toJSONSchema(ClustersFile, options);
  const [restriction, grant] = z.toJSONSchema(AccessItem, options).anyOf;
  // Unlike `anyOf`, this says what is wrong.
  schema.properties.access.items = {
    type: 'object',
    if: { required: ['restrict'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: restriction,
    else: grant,
  };
  return schema;
};

/**
 * Returns the text of the chart's values.schema.json. The sections of clusters.yml are replaced by those of the zod schemas;
 * all else stays as it is in `text`. An empty section counts as none, so that values.yaml can show it.
 */
export const chartSchema = (text, zodSchemas) => {
  const { clusters, ...sections } = clustersSchema(zodSchemas).properties;
  const chart = JSON.parse(text);
  chart.properties.clusters = { ...clusters, minProperties: 1 };
  for (const [name, section] of Object.entries(sections)) {
    chart.properties[name] =
      section.required === undefined
        ? section
        : {
            type: 'object',
            if: { minProperties: 1 },
            // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
            then: section,
          };
  }
  return `${JSON.stringify(chart, null, 2)}\n`;
};

/**
 * Returns [file name, text] of each schema. `root` is the folder of the package, `zodSchemas` has `ClustersFile` and
 * `AccessItem`.
 */
export const jsonSchemas = (root, zodSchemas) => {
  const generator = createGenerator({
    path: `${root}/src/{report/{report,trace,impact,acl,peerings,state-diff},render/{fleet,what-if,explain},cli/lists,config/problem,features/{audit/audit-chain,check/fleet-file,doctor/finding,events/peering-event}}.ts`,
    tsconfig: `${root}/tsconfig.json`,
    skipTypeCheck: true,
    topRef: false,
    // Later versions may add fields.
    additionalProperties: true,
  });
  const all = [
    ['clusters', { ...clustersSchema(zodSchemas), title: 'clusters.yml of peering-bot' }],
    ...outputs.map(([name, type, title]) => [name, { ...generator.createSchema(type), title }]),
    ...lists.map(([name, type, title]) => [name, { ...listOf(generator.createSchema(type)), title }]),
  ];
  return all.map(([name, schema]) => [
    /** @type {string} */ (name) + '.schema.json',
    `${JSON.stringify(schema, null, 2)}\n`,
  ]);
};
