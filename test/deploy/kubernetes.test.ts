import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readClustersFile } from '../../src/config/clusters-file';
import { deployPath, findMistakes, hardening, parseManifests, readDeploy } from './manifests';

interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator?: readonly { readonly files: readonly string[] }[];
}

/** The files of an overlay, with those of its base. */
const filesOf = (folder: string): readonly string[] => {
  const { resources } = parse(readDeploy(join(folder, 'kustomization.yaml'))) as Kustomization;
  return resources.flatMap((name) => {
    const path = join(folder, name);
    return name.endsWith('.yaml') ? [path] : filesOf(path);
  });
};

describe.each(['kubernetes/overlays/one-pod', 'kubernetes/overlays/split'])('deploy/%s', (overlay) => {
  const text = filesOf(overlay)
    .map((file) => readDeploy(file))
    .join('\n---\n');
  const manifests = parseManifests(text);
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment');

  it('is valid by the schemas of Kubernetes', () => {
    expect(findMistakes(text)).toEqual([]);
    // The schemas see mistakes at all.
    expect(findMistakes(text.replaceAll('containerPort: 8080', 'containerPort: often'))).not.toEqual([]);
  });

  it('runs without rights, is probed, and has time to stop', () => {
    expect(deployments).not.toEqual([]);
    for (const deployment of deployments) {
      const missing = hardening(deployment).filter(([, holds]) => holds !== true);
      expect([deployment.metadata.name, missing]).toEqual([deployment.metadata.name, []]);
    }
  });

  it('selects its own pods', () => {
    for (const { metadata, spec } of deployments) {
      expect([metadata.name, spec.template.metadata.labels]).toEqual([
        metadata.name,
        spec.selector.matchLabels,
      ]);
    }
    const components = deployments.map(
      ({ spec }) => spec.selector.matchLabels['app.kubernetes.io/component'],
    );
    for (const { spec } of manifests.filter(({ kind }) => kind === 'PodDisruptionBudget')) {
      expect(components).toContain(spec.selector.matchLabels['app.kubernetes.io/component']);
    }
  });
});

it('has an example clusters file that the bot reads', () => {
  expect(readClustersFile(deployPath('kubernetes/base/clusters.yml')).ok).toBe(true);
});

it('names only files that exist', () => {
  const folders = ['kubernetes/base', 'kubernetes/overlays/one-pod', 'kubernetes/overlays/split'];
  const missing = folders.flatMap((folder) => {
    const { resources, configMapGenerator = [] } = parse(
      readDeploy(join(folder, 'kustomization.yaml')),
    ) as Kustomization;
    const named = [...resources, ...configMapGenerator.flatMap(({ files }) => files)];
    return named.map((name) => join(folder, name)).filter((path) => !existsSync(deployPath(path)));
  });
  expect(missing).toEqual([]);
});
