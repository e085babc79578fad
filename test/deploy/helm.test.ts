import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { readClustersFile } from '../../src/config/clusters-file';
import type { ClustersFile } from '../../src/config/clusters-schema';
import { readTracingSettings } from '../../src/config/tracing-settings';
import { binary, describeWith } from '../lab/binaries';
import { deployPath, findMistakes, hardening, parseManifests, readDeploy } from './manifests';

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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

  it('writes a clusters file with all sections, which the bot reads', () => {
    const [user, channel] = ['U0123456789', 'C0123456789'];
    const sections = {
      clusters,
      owners: [{ clusters: ['e*'], usergroup: 'S0123456789', channel, name: 'team' }],
      access: [{ allow: ['acl'], users: [user] }],
      approvals: { channel, approvers: { users: [user] }, expires: '30m' },
      history: { reports: 20 },
      webhooks: { ops: { url: 'https://events.example/', secret: { env: 'HOOK' } } },
      pagerduty: { oncall: { routing_key: { env: 'PD' } } },
      alertmanager: { token: { env: 'AM' }, channel, owner: user },
      digests: {
        weekly: { clusters: ['east'], channel, schedule: 'weekdays 8:30', timezone: 'UTC', owner: user },
      },
      mutes: [{ check: 'mesh-*', owner: user, reason: 'a test', until: '2099-12-31' }],
      severity: [{ check: 'mesh-gateway-mode', severity: 'info', owner: user, reason: 'a test' }],
    } satisfies Record<keyof ClustersFile, unknown>;
    const { stdout, stderr } = helm('template', sections);
    expect(stderr).toBe('');
    const map = parseManifests(stdout).find(({ kind }) => kind === 'ConfigMap');
    const file = join(folder, 'clusters.yml');
    const text = map?.data['clusters.yml'] ?? '';
    writeFileSync(file, text);
    const read = readClustersFile(file);
    expect(read.ok || read.error).toBe(true);
    expect(parse(text)).toEqual(sections);
  });

  it('takes the values of deploy/README.md', () => {
    const [, values = ''] = /```yaml\n(# values\.yaml[\s\S]*?)```/.exec(readDeploy('README.md')) ?? [];
    const { status, stderr, stdout } = helm('template', parse(values) as object);
    expect([status, stderr]).toEqual([0, '']);
    const files = [...values.matchAll(/file: \/run\/secrets\/peering-bot\/([\w-]+)/g)].map(
      ([, name]) => name,
    );
    expect(files).not.toEqual([]);
    // The Secret of that name is made with these files above.
    for (const name of files) expect(readDeploy('README.md')).toContain(`--from-file=${name}`);
    expect(stdout).toContain('secretName: "peering-bot-consul"');
  });

  it('refuses what the bot would refuse, and names it', () => {
    for (const [wrong, at] of [
      [{ clusters: { east: { ...clusters.east, adress: 'x' } } }, '/clusters/east'],
      [{ clusters: { east: { ...clusters.east, token: 'a literal' } } }, '/clusters/east/token'],
      [{ clusters, approvals: { channel: 'C0123456789' } }, '/approvals'],
      [{ clusters, access: [{ alow: ['acl'] }] }, '/access/0'],
      [{ clusters, mutes: [{ check: 'mesh-*' }] }, '/mutes/0'],
      [{ clusters, pagerduty: { oncall: { routing_key: 'a literal' } } }, '/pagerduty/oncall/routing_key'],
    ] as const) {
      const { status, stderr } = helm('template', wrong);
      expect([status, stderr]).toEqual([1, expect.stringContaining(`at '${at}`)]);
    }
  });

  it('uses each value', () => {
    const templates = readdirSync(join(chart, 'templates'))
      .map((file) => readFileSync(join(chart, 'templates', file), 'utf8'))
      .join('');
    const values = parse(readDeploy('helm/peering-bot/values.yaml')) as Record<string, unknown>;
    const paths = Object.entries(values).flatMap(([key, value]) =>
      isMap(value) && key !== 'resources' && Object.keys(value).length > 0
        ? Object.keys(value).map((inner) => `${key}.${inner}`)
        : [key],
    );
    const unused = paths.filter(
      (path) => !templates.includes(`.Values.${path}`) && !templates.includes(`"${path}"`),
    );
    expect(unused).toEqual([]);
  });

  it('lets out only to the ports that are named', () => {
    const policyOf = (egressPorts: readonly number[]) => {
      const { stdout } = helm('template', { clusters, networkPolicy: { egressPorts } });
      return parseManifests(stdout).find(({ kind }) => kind === 'NetworkPolicy')?.spec.egress;
    };
    expect(policyOf([443, 8501])).toEqual([
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      {
        ports: [
          { port: 443, protocol: 'TCP' },
          { port: 8501, protocol: 'TCP' },
        ],
      },
    ]);
    // A rule without ports allows all of them.
    for (const egressPorts of [[], null]) {
      const { status, stderr } = helm('template', { clusters, networkPolicy: { egressPorts } });
      expect([status, stderr]).toEqual([1, expect.stringContaining('egressPorts')]);
    }
  });

  it('can be installed twice in one namespace', () => {
    const [one = [], two = []] = ['one', 'two'].map((release) => {
      const file = join(folder, `${release}.yaml`);
      const alertmanager = { token: { env: 'AM' }, channel: 'C0123456789', owner: 'U0123456789' };
      writeFileSync(
        file,
        stringify({ clusters, mode: 'split', alertmanager, prometheusRule: { enabled: true } }),
      );
      const { stdout } = spawnSync(binary('helm'), ['template', release, chart, '--values', file], {
        encoding: 'utf8',
      });
      return parseManifests(stdout);
    });
    const idsOf = (manifests: typeof one) =>
      manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(idsOf(one).filter((id) => idsOf(two).includes(id))).toEqual([]);
    const releaseOf = (manifests: typeof one) => [
      ...new Set(
        manifests
          .filter(({ kind }) => kind === 'Deployment')
          .map(({ spec }) => spec.selector.matchLabels['app.kubernetes.io/instance']),
      ),
    ];
    expect([releaseOf(one), releaseOf(two)]).toEqual([['one'], ['two']]);
  });

  describe('in HTTP mode of Slack', () => {
    const ingress = { enabled: true, host: 'bot.example.com', className: 'nginx', tlsSecretName: 'bot-tls' };
    const alertmanager = { token: { env: 'AM' }, channel: 'C0123456789', owner: 'U0123456789' };
    const render = (values: object) => {
      const { status, stdout, stderr } = helm('template', { clusters, ...values });
      expect([status, stderr, findMistakes(stdout)]).toEqual([0, '', []]);
      const manifests = parseManifests(stdout);
      const named = (kind: string, name: string) =>
        manifests.find((one) => one.kind === kind && one.metadata.name === name);
      const listening = manifests
        .filter(({ kind }) => kind === 'Deployment')
        .filter(({ spec }) => spec.template.spec.containers[0].env.some(({ name }) => name === 'PORT'));
      return { manifests, named, listening: listening.map(({ metadata }) => metadata.name), stdout };
    };

    it.each([
      ['one pod', {}, 'bot-all'],
      ['bot and workers apart', { mode: 'split' }, 'bot-bot'],
      ['alerts on the same port', { mode: 'split', alertmanager }, 'bot-bot'],
    ])('gives Slack a way in to %s, and to nothing else', (_, values, name) => {
      const { named, listening } = render({ ...values, slack: { mode: 'http', ingress } });
      expect(listening).toEqual([name]);
      const pod = named('Deployment', name)?.spec.template;
      const selector = Object.entries<unknown>(named('Service', 'bot-slack')?.spec.selector ?? {});
      expect(selector.filter(([label, value]) => pod?.metadata.labels[label] !== value)).toEqual([]);
      const [container] = pod?.spec.containers ?? [];
      expect(container?.ports).toContainEqual({ name: 'requests', containerPort: 8081 });
      // An empty one counts as none for the bot, and a Secret may hold one from before.
      expect(container?.env).toContainEqual({ name: 'SLACK_APP_TOKEN', value: '' });
      expect(named('NetworkPolicy', 'bot')?.spec.ingress[0].ports).toEqual([
        { port: 8080, protocol: 'TCP' },
        { port: 8081, protocol: 'TCP' },
      ]);
      expect(named('Ingress', 'bot-slack')?.spec).toMatchObject({
        ingressClassName: 'nginx',
        tls: [{ hosts: ['bot.example.com'], secretName: 'bot-tls' }],
        rules: [{ host: 'bot.example.com', http: { paths: [{ path: '/slack/events', pathType: 'Exact' }] } }],
      });
    });

    it('opens nothing for a vantage point of probes, nor in Socket Mode', () => {
      for (const values of [
        { mode: 'probe', probe: { from: 'dmz' }, slack: { mode: 'http', ingress } },
        {},
      ]) {
        const { manifests, listening } = render(values);
        expect(listening).toEqual([]);
        expect(manifests.filter(({ metadata }) => metadata.name === 'bot-slack')).toEqual([]);
      }
    });

    it.each([
      ['an Ingress without a host', { mode: 'http', ingress: { enabled: true } }],
      ['an Ingress in Socket Mode', { mode: 'socket', ingress }],
      ['an unknown mode', { mode: 'https' }],
      ['a host with a path', { mode: 'http', ingress: { ...ingress, host: 'bot.example.com/slack' } }],
    ])('refuses %s', (_, slack) => {
      const { status, stderr } = helm('template', { clusters, slack });
      expect(status).not.toBe(0);
      expect(stderr).toContain('slack');
    });

    it('takes the values of deploy/README.md', () => {
      const text = /```yaml\n(# HTTP mode[\s\S]*?)```/.exec(readDeploy('README.md'))?.[1] ?? '';
      expect(render(parse(text) as object).listening).toEqual(['bot-all']);
    });
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
    ['a value that is taken away', { clusters, bot: null }],
    ['a queue that is named twice', { clusters, mode: 'split', worker: { queues: ['checks', 'checks'] } }],
    ['a digest that is none', { clusters, image: { repository: 'r', digest: 'latest' } }],
  ])('refuses %s', (_, values) => {
    expect(helm('template', values).status).not.toBe(0);
  });
});

it('runs the image of this version', () => {
  const { version } = parse(readFileSync(join(deployPath('..'), 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(parse(readDeploy('helm/peering-bot/Chart.yaml'))).toMatchObject({ version, appVersion: version });
});

it('has the alerts of deploy/prometheus', () => {
  expect(readDeploy('helm/peering-bot/alerts.yml')).toBe(readDeploy('prometheus/alerts.yml'));
});
