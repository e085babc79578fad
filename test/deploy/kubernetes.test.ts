import { readClustersFile } from '../../src/config/clusters-file';
import { describeWith } from '../lab/binaries';
import {
  buildOverlay,
  deployPath,
  findMistakes,
  hardening,
  type Manifest,
  parseManifests,
} from './manifests';

const overlays = ['one-pod', 'split', 'probe'].map((name) => `kubernetes/overlays/${name}`);

describeWith(['kustomize', 'kubeconform'], 'overlays', () => {
  describe.each(overlays)('deploy/%s', (overlay) => {
    let text: string;
    let manifests: readonly Manifest[];
    let deployments: readonly Manifest[];
    beforeAll(() => {
      text = buildOverlay(overlay);
      manifests = parseManifests(text);
      deployments = manifests.filter(({ kind }) => kind === 'Deployment');
    });

    it('is valid by the schemas of Kubernetes', () => {
      expect(findMistakes(text)).toEqual([]);
      // The schemas see mistakes at all: a wrong value, and a field that does not exist.
      for (const [right, wrong] of [
        ['containerPort: 8080', 'containerPort: often'],
        ['automountServiceAccountToken:', 'automountToken:'],
      ] as const)
        expect(findMistakes(text.replaceAll(right, wrong))).not.toEqual([]);
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
});

it('has an example clusters file that the bot reads', () => {
  expect(readClustersFile(deployPath('kubernetes/base/clusters.yml')).ok).toBe(true);
});
