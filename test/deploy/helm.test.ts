import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readClustersFile } from '../../src/config/clusters-file';
import { readTracingSettings } from '../../src/config/tracing-settings';
import { binary, describeWith } from '../lab/binaries';
import { deployPath, findMistakes, hardening, parseManifests, readDeploy } from './manifests';

const chart = deployPath('helm/peering-bot');
const clusters = {
  east: { address: 'https://east.example:8501', token: { env: 'TOKEN_EAST' }, peers: { west: 'west' } },
  west: { address: 'https://west.example:8501', token: { file: '/run/secrets/peering-bot/west' } },
};

describeWith(['helm', 'kubeconform'], 'deploy/helm/peering-bot', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'peering-bot-helm-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const helm = (command: string, values: object) => {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, stringify(values));
    const words = command === 'lint' ? ['lint', '--strict', chart] : [command, 'bot', chart];
    return spawnSync(binary('helm'), [...words, '--values', file], { encoding: 'utf8' });
  };

  it('passes lint', () => {
    const { status, stdout } = helm('lint', { clusters });
    expect([status, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
  });

  it.each([
    ['one pod', { clusters }, ['bot-all']],
    [
      'bot and workers apart',
      { clusters, mode: 'split', consulSecretName: 'tokens' },
      ['bot-bot', 'bot-worker'],
    ],
    ['a vantage point of probes', { clusters, mode: 'probe', probe: { from: 'dmz' } }, ['bot-probe']],
    [
      'alerts of Alertmanager',
      {
        clusters,
        mode: 'split',
        alertmanager: { token: { env: 'AM' }, channel: 'C0123456789', owner: 'U0123456789' },
      },
      ['bot-bot', 'bot-worker'],
    ],
    [
      'monitoring',
      { clusters, serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
      ['bot-all'],
    ],
  ])('renders valid manifests for %s', (_, values, names) => {
    const { status, stdout, stderr } = helm('template', values);
    expect([status, stderr]).toEqual([0, '']);
    expect(findMistakes(stdout)).toEqual([]);
    const deployments = parseManifests(stdout).filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(names);
    for (const deployment of deployments) {
      expect(hardening(deployment).filter(([, holds]) => holds !== true)).toEqual([]);
    }
  });

  it('writes a clusters file that the bot reads', () => {
    const access = [{ allow: ['acl'], users: ['U0123456789'] }];
    const { stdout } = helm('template', { clusters, access });
    const map = parseManifests(stdout).find(({ kind }) => kind === 'ConfigMap');
    const file = join(folder, 'clusters.yml');
    writeFileSync(file, map?.data['clusters.yml'] ?? '');
    const read = readClustersFile(file);
    expect(read.ok && [...read.value.clusters.keys()]).toEqual(['east', 'west']);
  });

  describe('of traces', () => {
    const endpoint = 'http://collector.monitoring:4318';
    const variablesOf = (values: object) => {
      const { status, stdout } = helm('template', { clusters, ...values });
      expect(status).toBe(0);
      return parseManifests(stdout)
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ spec }) => {
          const { env } = spec.template.spec.containers[0] ?? {};
          return Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
        });
    };

    it.each([
      ['one pod', {}, 1],
      ['bot and workers apart', { mode: 'split' }, 2],
      ['a vantage point of probes', { mode: 'probe', probe: { from: 'dmz' } }, 1],
    ])('sets the endpoint for each process of %s, as the bot reads it', (_, values, processes) => {
      const resourceAttributes = 'deployment.environment.name=test,team="a: b"';
      const variables = variablesOf({ ...values, otel: { endpoint, resourceAttributes } });
      expect(variables).toHaveLength(processes);
      for (const env of variables) {
        const read = readTracingSettings(env);
        expect(read.ok && read.value?.endpoint.href).toBe(`${endpoint}/v1/traces`);
        expect(env).toMatchObject({ OTEL_RESOURCE_ATTRIBUTES: resourceAttributes });
      }
    });

    it('takes an endpoint whose scheme has capital letters, as the bot does', () => {
      const [env = {}] = variablesOf({ otel: { endpoint: endpoint.replace('http', 'HTTP') } });
      const read = readTracingSettings(env);
      expect(read.ok && read.value?.endpoint.href).toBe(`${endpoint}/v1/traces`);
    });

    it.each([
      ['without values', {}],
      ['with an empty endpoint', { otel: { endpoint: '', resourceAttributes: 'a=b' } }],
    ])('sets nothing %s', (_, values) => {
      const [env = {}] = variablesOf(values);
      expect(Object.keys(env).filter((name) => name.startsWith('OTEL_'))).toEqual([]);
    });

    it.each([
      ['an endpoint without a scheme', { endpoint: 'collector:4318' }],
      ['an endpoint of gRPC', { endpoint: 'grpc://collector:4317' }],
      ['an endpoint that is no text', { endpoint: 4318 }],
      ['attributes that are no text', { endpoint, resourceAttributes: { team: 'a' } }],
      ['a misspelt value', { endpoint, header: 'a=b' }],
    ])('refuses %s', (_, otel) => {
      const { status, stderr } = helm('template', { clusters, otel });
      expect(status).not.toBe(0);
      expect(stderr).toContain('otel');
    });
  });

  it.each([
    ['no clusters', {}],
    ['a cluster without an address', { clusters: { east: {} } }],
    ['an unknown mode', { clusters, mode: 'many' }],
    ['a vantage point without a name', { clusters, mode: 'probe' }],
    ['a vantage point with a wrong name', { clusters, mode: 'probe', probe: { from: 'DMZ' } }],
    ['a misspelt value', { clusters, moed: 'split' }],
    ['a digest that is none', { clusters, image: { repository: 'r', digest: 'latest' } }],
  ])('refuses %s', (_, values) => {
    expect(helm('template', values).status).not.toBe(0);
  });
});

it('has the alerts of deploy/prometheus', () => {
  expect(readDeploy('helm/peering-bot/alerts.yml')).toBe(readDeploy('prometheus/alerts.yml'));
});
