import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
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

describeWith(['kustomize', 'kubeconform'], 'deploy/kubernetes/components', () => {
  /** Builds an overlay of a user, who takes one of these overlays and components. */
  const buildWith = (overlay: string, ...names: readonly string[]): string => {
    const folder = mkdtempSync(join(tmpdir(), 'overlay-'));
    const at = (path: string): string => relative(folder, deployPath(`kubernetes/${path}`));
    const components = names.map((name) => at(`components/${name}`));
    const resources = [at(`overlays/${overlay}`)];
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources, components }));
    try {
      return buildOverlay(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it.each([
    ['one-pod', ['alertmanager'], 'peering-bot-alerts', ['peering-bot']],
    ['split', ['alertmanager'], 'peering-bot-alerts', ['bot']],
    ['one-pod', ['slack-http'], 'peering-bot-slack', ['peering-bot']],
    ['split', ['slack-http'], 'peering-bot-slack', ['bot']],
    ['split', ['slack-http', 'alertmanager'], 'peering-bot-slack', ['bot']],
    ['split', ['alertmanager', 'slack-http'], 'peering-bot-alerts', ['bot']],
  ])(
    'opens the port of the bot in %s with %p, and of nothing else',
    (overlay, names, serviceName, expected) => {
      const text = buildWith(overlay, ...names);
      expect(findMistakes(text)).toEqual([]);
      const manifests = parseManifests(text);
      const service = manifests.find(({ metadata }) => metadata.name === serviceName);
      const selector = Object.entries<unknown>(service?.spec.selector ?? {});
      const selected = manifests
        .filter(({ kind }) => kind === 'Deployment')
        .filter(({ spec }) =>
          selector.every(([label, value]) => spec.template.metadata.labels[label] === value),
        );
      expect(selected.map(({ metadata }) => metadata.name)).toEqual(expected);
      for (const { spec } of selected) {
        const [{ env, ports }] = spec.template.spec.containers;
        expect(env.filter(({ name }) => name === 'PORT')).toEqual([{ name: 'PORT', value: '8081' }]);
        expect(ports).toContainEqual({ name: 'requests', containerPort: 8081 });
        expect(env.some(({ name, value }) => name === 'SLACK_APP_TOKEN' && value === '')).toBe(
          names.includes('slack-http'),
        );
      }
      expect(manifests.filter(({ kind }) => kind === 'Ingress').map(({ metadata }) => metadata.name)).toEqual(
        names.includes('slack-http') ? ['peering-bot-slack'] : [],
      );
      const policy = manifests.find(({ kind }) => kind === 'NetworkPolicy');
      expect(policy?.spec.ingress[0].ports).toContainEqual({ port: 8081, protocol: 'TCP' });
    },
  );
});

it('has an example clusters file that the bot reads', () => {
  expect(readClustersFile(deployPath('kubernetes/base/clusters.yml')).ok).toBe(true);
});
