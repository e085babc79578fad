import { isDeepStrictEqual } from 'node:util';
import { runChecks } from '../../../src/checks/runner';
import type { Report, CheckResult } from '../../../src/report/report';
import { type ConsulAgent, describeOnVersions } from '../../lab/consul';
import { type PeeredPair, passing, startPeeredPair } from '../../lab/pair';
import { waitFor } from '../../lab/process';
import { gatherFrom } from '../../snapshot/reading';

jest.setTimeout(240_000);

const report = async (agent: ConsulAgent): Promise<Report> => runChecks(await gatherFrom(agent));

const resultOf = ({ results }: Report, id: string): CheckResult => {
  const found = results.find((result) => result.id === id);
  if (!found) throw new Error(`no result of ${id}`);
  return found;
};

const short = ({ status, findings }: CheckResult): readonly string[] => [
  status,
  ...findings.map(({ severity, subject }) => `${severity} ${subject.kind} ${subject.name}`),
];

const errors = ({ results }: Report): readonly string[] =>
  results.filter(({ status, severity }) => status === 'fail' && severity === 'error').map(({ id }) => id);

/** Runs the first snippet of each finding for a shell; where it starts an Envoy, up to the configuration of that. */
const fix = async (agent: ConsulAgent, { findings }: CheckResult): Promise<void> => {
  for (const { remediation } of findings) {
    const snippet = remediation.find(({ language }) => language === 'shell');
    if (!snippet) continue;
    const starts = /^consul connect envoy\b.*/mu;
    const { status, stderr } = await agent.shell(snippet.code.replace(starts, '$& -bootstrap'));
    if (status !== 0) throw new Error(`${snippet.code}\n${stderr}`);
  }
};

const registerWeb = (agent: ConsulAgent, proxy: object, upstream: object = {}) =>
  agent.call('PUT', '/v1/agent/service/register', {
    Name: 'web',
    Port: 9090,
    Check: passing,
    Connect: {
      SidecarService: {
        Port: 21_000,
        Check: passing,
        Proxy: {
          ...proxy,
          Upstreams: [{ DestinationName: 'api', DestinationPeer: 'east', LocalBindPort: 9191, ...upstream }],
        },
      },
    },
  });

const registerGateway = (agent: ConsulAgent, over: object = {}) =>
  agent.call('PUT', '/v1/agent/service/register', {
    Kind: 'mesh-gateway',
    Name: 'mesh-gateway',
    Address: '127.0.0.1',
    Port: 8443,
    TaggedAddresses: { wan: { Address: '198.51.100.10', Port: 8443 } },
    Check: passing,
    ...over,
  });

/**
 * The result once it is as expected. An agent merges central configuration into the proxies that it registers only some
 * time after a change, and traffic has the mode from before until then.
 */
const eventually = (agent: ConsulAgent, id: string, expected: readonly string[]): Promise<CheckResult> =>
  waitFor(
    `${id}: ${expected.join()}`,
    async () => {
      const result = resultOf(await report(agent), id);
      return isDeepStrictEqual(short(result), expected) ? result : undefined;
    },
    { timeoutMs: 20_000 },
  );

const writeEntry = (agent: ConsulAgent, entry: object) => agent.call('PUT', '/v1/config', entry);

describeOnVersions('the checks of mesh gateways on real peered clusters', (version) => {
  let pair: PeeredPair;
  let east: ConsulAgent;
  let west: ConsulAgent;
  beforeAll(async () => {
    pair = await startPeeredPair({ version });
    east = pair.east.agent;
    west = pair.west.agent;
  }, 120_000);
  afterAll(() => pair.stop());

  /** Breaks west, sees the check fail with that subject, applies its snippet, and sees it pass. */
  const brokenAndFixed = async (id: string, expected: readonly string[]): Promise<CheckResult> => {
    const broken = await eventually(west, id, expected);
    await fix(west, broken);
    await eventually(west, id, ['pass']);
    return broken;
  };

  it.each([
    ['its node', 'maintenance?enable=true'],
    ['the gateway', 'service/maintenance/mesh-gateway?enable=true'],
  ])('mesh-gateway-healthy: maintenance of %s, which is ended', async (_, path) => {
    await east.call('PUT', `/v1/agent/${path}`);
    const broken = resultOf(await report(east), 'mesh-gateway-healthy');
    expect(short(broken)).toEqual(['fail', 'warning mesh-gateway mesh-gateway on east-server']);
    await fix(east, broken);
    expect(short(resultOf(await report(east), 'mesh-gateway-healthy'))).toEqual(['pass']);
  });

  it('finds no error in a healthy pair', async () => {
    expect(errors(await report(east))).toEqual([]);
    expect(errors(await report(west))).toEqual([]);
  });

  describe('mesh-gateway-mode', () => {
    const id = 'mesh-gateway-mode';

    it('in proxy-defaults', async () => {
      await writeEntry(west, {
        Kind: 'proxy-defaults',
        Name: 'global',
        MeshGateway: { Mode: 'none' },
        Config: { local_connect_timeout_ms: 4000, envoy_tracing_json: '{"secret": "canary"}' },
      });
      await brokenAndFixed(id, ['fail', 'error proxy-defaults global']);
      const kept = await west.call<{ Config: object }>('GET', '/v1/config/proxy-defaults/global');
      expect(kept.Config).toEqual({
        local_connect_timeout_ms: 4000,
        envoy_tracing_json: '{"secret": "canary"}',
      });
      await west.call('DELETE', '/v1/config/proxy-defaults/global');
    });

    it('in service-defaults', async () => {
      // Consul 1.14 refuses a peer here.
      const peer = version === 'newest' && { Peer: 'east' };
      await writeEntry(west, {
        Kind: 'service-defaults',
        Name: 'web',
        Protocol: 'http',
        MeshGateway: { Mode: 'none' },
        UpstreamConfig: { Overrides: [{ Name: 'api', ...peer, MeshGateway: { Mode: 'none' } }] },
      });
      await brokenAndFixed(id, ['fail', 'error service-defaults web']);
      await west.call('DELETE', '/v1/config/service-defaults/web');
    });

    it('in a proxy', async () => {
      await registerWeb(west, { MeshGateway: { Mode: 'none' } });
      await brokenAndFixed(id, ['fail', 'error sidecar-proxy web-sidecar-proxy']);
    });

    it('in a proxy of which not all is shown', async () => {
      await registerWeb(west, { MeshGateway: { Mode: 'none' }, Config: { envoy_tracing_json: 'canary' } });
      await brokenAndFixed(id, ['fail', 'error sidecar-proxy web-sidecar-proxy']);
      const kept = await west.call<{ Proxy: { Config: object } }>(
        'GET',
        '/v1/agent/service/web-sidecar-proxy',
      );
      expect(kept.Proxy.Config).toMatchObject({ envoy_tracing_json: 'canary' });
    });

    it('in an upstream', async () => {
      await registerWeb(west, {}, { MeshGateway: { Mode: 'none' } });
      await brokenAndFixed(id, ['fail', 'error upstream web-sidecar-proxy → api']);
      await registerWeb(west, {});
    });
  });

  describe('in local mode', () => {
    beforeAll(() =>
      writeEntry(west, { Kind: 'proxy-defaults', Name: 'global', MeshGateway: { Mode: 'local' } }),
    );
    afterAll(async () => {
      await west.call('DELETE', '/v1/config/proxy-defaults/global');
      await registerGateway(west);
    });
    const warned = ['fail', 'warning mesh-gateway mesh-gateway on west-server'];

    it('mesh-gateway-local-config: the gateway keeps its addresses and checks', async () => {
      await brokenAndFixed('mesh-gateway-local-config', warned);
      const kept = await west.call<{ TaggedAddresses: Record<string, { Address: string }> }>(
        'GET',
        '/v1/agent/service/mesh-gateway',
      );
      expect(kept.TaggedAddresses['wan']?.Address).toBe('198.51.100.10');
      expect(await west.call<object[]>('GET', '/v1/health/checks/mesh-gateway')).toHaveLength(1);
    });

    it('mesh-gateway-local-config: of a gateway of which not all is shown', async () => {
      await registerGateway(west, { Meta: { owner: 'canary' }, Tags: ['edge'] });
      await brokenAndFixed('mesh-gateway-local-config', warned);
      expect(await west.call('GET', '/v1/agent/service/mesh-gateway')).toMatchObject({
        Meta: { owner: 'canary' },
        Tags: ['edge'],
      });
    });

    it('mesh-gateway-local-registered', async () => {
      await west.call('PUT', '/v1/agent/service/deregister/mesh-gateway');
      const broken = await eventually(west, 'mesh-gateway-local-registered', ['fail', 'error cluster west']);
      await fix(west, broken);
      await eventually(west, 'mesh-gateway-local-registered', ['pass']);
      await eventually(west, 'mesh-gateway-local-config', ['pass']);
    });
  });

  it('mesh-gateway-registered: of the exporting cluster alone', async () => {
    await west.call('PUT', '/v1/agent/service/deregister/mesh-gateway');
    await east.call('PUT', '/v1/agent/service/deregister/mesh-gateway');
    expect(resultOf(await report(west), 'mesh-gateway-registered').status).toBe('skip');
    const broken = resultOf(await report(east), 'mesh-gateway-registered');
    expect(short(broken)).toEqual(['fail', 'error cluster east']);
    await fix(east, broken);
    expect(short(resultOf(await report(east), 'mesh-gateway-registered'))).toEqual(['pass']);
    await registerGateway(east);
    await registerGateway(west);
  });

  it('mesh-gateway-healthy: a failing gateway, and one without a check', async () => {
    const id = 'mesh-gateway-healthy';
    await east.call('PUT', '/v1/agent/check/fail/service:mesh-gateway');
    expect(short(resultOf(await report(east), id))).toEqual(['fail', 'error mesh-gateway mesh-gateway']);
    await east.call('PUT', '/v1/agent/service/deregister/mesh-gateway');
    await registerGateway(east, { Check: undefined });
    const broken = resultOf(await report(east), id);
    expect(short(broken)).toEqual(['fail', 'warning mesh-gateway mesh-gateway on east-server']);
    await fix(east, broken);
    const checks = await east.call<{ Name: string; Type: string }[]>('GET', '/v1/health/checks/mesh-gateway');
    expect(checks.map(({ Type }) => Type)).toEqual(['tcp']);
  });
});
