// Writes a JSON schema for each kind of some OpenAPI documents of Kubernetes, as kubeconform reads them:
//   node kubernetes-schemas.mjs TARGET DOCUMENT…
// Fields that a kind does not have are mistakes: the API server drops them without a word.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [target, ...documents] = process.argv.slice(2);
mkdirSync(target, { recursive: true });

const strict = (schema) =>
  schema.properties && schema.additionalProperties === undefined
    ? { ...schema, additionalProperties: false }
    : schema;

for (const document of documents) {
  const { schemas } = JSON.parse(readFileSync(document, 'utf8')).components;
  const components = {
    schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, strict(schema)])),
  };
  for (const [name, { 'x-kubernetes-group-version-kind': kinds = [] }] of Object.entries(schemas)) {
    for (const { group, version, kind } of kinds) {
      const schema = { $ref: `#/components/schemas/${name}`, components };
      // The names that kubeconform gives its own: deployment-apps-v1, networkpolicy-networking-v1, service-v1.
      const parts = [kind, group.split('.')[0], version].filter((part) => part !== '');
      writeFileSync(join(target, `${parts.join('-')}.json`.toLowerCase()), JSON.stringify(schema));
    }
  }
}
