// Reads Kubernetes manifests (YAML, several documents) from standard input, validates each by the schema of its kind,
// and prints one line for each mistake. A process of its own, because the schemas are ES modules.
import { readFileSync } from 'node:fs';
import * as apps from 'kubernetes-models/apps/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';

const models = {
  v1: core,
  'apps/v1': apps,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
};

const mistakes = parseAllDocuments(readFileSync(0, 'utf8')).flatMap((document) => {
  if (document.errors.length > 0) return document.errors.map(({ message }) => message);
  const manifest = document.toJS();
  if (manifest === null) return [];
  const name = `${manifest.apiVersion} ${manifest.kind} ${manifest.metadata?.name}`;
  const Model = models[manifest.apiVersion]?.[manifest.kind];
  // Kinds of the Prometheus operator have no schema here.
  if (!Model)
    return manifest.apiVersion?.startsWith('monitoring.coreos.com/') ? [] : [`${name}: unknown kind`];
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [`${name}: ${error.message}`];
  }
});
for (const mistake of mistakes) console.log(mistake);
