import {
  exampleCheck,
  exampleEntry,
  exampleGateway,
  examplePeering,
  exampleSerfHealth,
  exampleSidecar,
  exampleUpstream,
  type GatewayExample,
  exampleExports,
} from '../../../src/checks/examples/parts';
import type { ProxyDefaults, ServiceDefaults } from '../../../src/consul/wire';
import type { SidecarInstance, Snapshot } from '../../../src/snapshot/snapshot';
import { visible, check, hidden, partial, short, snapshotOf } from '../world';

type Some = Partial<Snapshot['sections']>;

const over = (id: string, sections: Some, cluster: Partial<Snapshot['cluster']> = {}) =>
  short(check(id, snapshotOf(sections, cluster)));

const quiet = { ImportedServices: [], ExportedServices: [] };
const noPeering: Some = { peerings: visible({ enabled: true, list: [] }) };
const importOnly: Some = {
  exportedServices: visible([]),
  peerings: visible({
    enabled: true,
    list: [examplePeering({ StreamStatus: { ...quiet, ImportedServices: ['billing'] } })],
  }),
};
const exportOnly: Some = {
  sidecars: visible([]),
  peerings: visible({
    enabled: true,
    list: [examplePeering({ StreamStatus: { ...quiet, ExportedServices: ['api'] } })],
  }),
};

const proxyDefaults = (Mode: string, more: Partial<ProxyDefaults> = {}) =>
  exampleEntry<ProxyDefaults>({
    Kind: 'proxy-defaults',
    Name: 'global',
    Mode: '',
    Config: {},
    MeshGateway: { Mode },
    ...more,
  });

const sidecar = (
  upstreamMode: string,
  proxyMode = '',
  more: Partial<SidecarInstance> = {},
): SidecarInstance => {
  const base = exampleSidecar([exampleUpstream({ MeshGateway: { Mode: upstreamMode } })], more);
  return { ...base, proxy: { ...base.proxy, MeshGateway: { Mode: proxyMode } } };
};

const local: Some = { sidecars: visible([sidecar('local')]) };

describe('mesh-gateway-registered', () => {
  const id = 'mesh-gateway-registered';
  const failed = ['fail', 'error cluster prod-east'];

  it('fails for an exporting cluster without a gateway', () => {
    expect(over(id, { gateways: visible([]) })).toEqual(failed);
    expect(over(id, { ...exportOnly, gateways: visible([]) })).toEqual(failed);
  });

  it('passes with a gateway, whatever its health', () => {
    const sick = exampleGateway({ checks: [exampleSerfHealth('critical')] });
    expect(over(id, { gateways: visible([sick]) })).toEqual(['pass']);
  });

  it('does not apply to a cluster that only imports, nor to one without peerings', () => {
    expect(over(id, { ...importOnly, gateways: visible([]) })).toEqual(['skip']);
    expect(over(id, { ...noPeering, gateways: visible([]) })).toEqual(['skip']);
  });

  it('cannot tell where gateways or exports are hidden', () => {
    expect(over(id, { gateways: partial([]) })).toEqual(['unknown']);
    expect(over(id, { ...importOnly, gateways: visible([]), exportedServices: hidden() })).toEqual([
      'unknown',
    ]);
  });
});

describe('mesh-gateway-partition', () => {
  const id = 'mesh-gateway-partition';
  const enterprise = { enterprise: true };
  const gatewayIn = (Partition: string) => visible([exampleGateway({ service: { Partition } })]);

  it('does not apply to Consul CE', () => {
    expect(over(id, { gateways: gatewayIn('edge') })).toEqual(['skip']);
  });

  it('fails where the partition that exports has no gateway', () => {
    expect(over(id, { gateways: gatewayIn('edge') }, enterprise)).toEqual([
      'fail',
      'error exported-services default',
    ]);
    expect(over(id, { gateways: gatewayIn('default') }, enterprise)).toEqual(['pass']);
    expect(over(id, { gateways: gatewayIn('') }, enterprise)).toEqual(['pass']);
  });

  it('does not apply where nothing is exported or no gateway is registered', () => {
    expect(over(id, { exportedServices: visible([]) }, enterprise)).toEqual(['skip']);
    expect(over(id, { gateways: visible([]) }, enterprise)).toEqual(['skip']);
  });
});

describe('mesh-gateway-mode', () => {
  const id = 'mesh-gateway-mode';

  it.each(['', 'remote', 'local', 'Local', 'default'])('takes %j', (mode) => {
    expect(over(id, { sidecars: visible([sidecar(mode)]) })).toEqual(['pass']);
  });

  it.each(['none', 'NONE', 'nothing'])('does not take %j', (mode) => {
    expect(over(id, { sidecars: visible([sidecar(mode)]) })).toEqual([
      'fail',
      'error upstream web-sidecar-proxy → billing',
    ]);
  });

  it('names the proxy that sets it', () => {
    expect(over(id, { sidecars: visible([sidecar('', 'none')]) })).toEqual([
      'fail',
      'error sidecar-proxy web-sidecar-proxy',
    ]);
  });

  it('names the entry that sets it, once for all proxies that use it', () => {
    const sidecars = visible([sidecar(''), sidecar('', '', { node: 'app-2' })]);
    expect(over(id, { sidecars, proxyDefaults: visible([proxyDefaults('none')]) })).toEqual([
      'fail',
      'error proxy-defaults global',
    ]);
  });

  it('names the service-defaults that set it in two places once, and its snippet mends both', () => {
    const entry = exampleEntry<ServiceDefaults>({
      Kind: 'service-defaults',
      Name: 'web',
      Protocol: 'http',
      Mode: '',
      MeshGateway: { Mode: 'none' },
      UpstreamConfig: {
        Defaults: null,
        Overrides: [{ Name: 'billing', Peer: 'west', MeshGateway: { Mode: 'none' } }],
      },
    });
    const sidecars = visible([
      exampleSidecar([exampleUpstream(), exampleUpstream({ DestinationName: 'ledger' })]),
    ]);
    const result = check(id, snapshotOf({ sidecars, serviceDefaults: visible([entry]) }));
    expect(short(result)).toEqual(['fail', 'error service-defaults web']);
    const [whole] = result.findings[0]?.remediation ?? [];
    expect(whole?.code).not.toContain('none');
    expect(whole?.code).toContain('Protocol = "http"');
  });

  it('does not mind a mode that a better layer hides', () => {
    const sections = {
      sidecars: visible([sidecar('remote')]),
      proxyDefaults: visible([proxyDefaults('none')]),
    };
    expect(over(id, sections)).toEqual(['pass']);
  });

  it('does not apply without ways to peers', () => {
    const sections = { ...noPeering, sidecars: visible([]), proxyDefaults: visible([proxyDefaults('none')]) };
    expect(over(id, sections)).toEqual(['skip']);
  });

  it('stands by what it saw, and passes nothing that it did not', () => {
    expect(over(id, { sidecars: partial([sidecar('none')]) })).toEqual([
      'fail',
      'error upstream web-sidecar-proxy → billing',
    ]);
    expect(over(id, { sidecars: partial([sidecar('')]) })).toEqual(['unknown']);
    expect(over(id, { proxyDefaults: hidden() })).toEqual(['unknown']);
  });

  it('looks at ways to the peer asked for alone', () => {
    const to = (DestinationPeer: string, Mode: string) =>
      exampleSidecar([exampleUpstream({ DestinationPeer, MeshGateway: { Mode } })]);
    const snapshot = snapshotOf({ sidecars: visible([to('west', ''), to('lab', 'none')]) });
    expect(short(check(id, snapshot, { peer: 'west' }))).toEqual(['pass']);
    expect(short(check(id, snapshot, { peer: 'lab' }))[0]).toBe('fail');
  });
});

describe('mesh-gateway-local-registered', () => {
  const id = 'mesh-gateway-local-registered';

  it('fails in local mode without a gateway', () => {
    expect(over(id, { ...local, gateways: visible([]) })).toEqual(['fail', 'error cluster prod-east']);
    expect(over(id, local)).toEqual(['pass']);
  });

  it('does not apply in remote mode', () => {
    expect(over(id, { gateways: visible([]) })).toEqual(['skip']);
  });

  it('cannot tell where modes or gateways are hidden', () => {
    expect(over(id, { proxyDefaults: hidden(), gateways: visible([]) })).toEqual(['unknown']);
    expect(over(id, { ...local, gateways: partial([]) })).toEqual(['unknown']);
  });
});

describe('mesh-gateway-local-config', () => {
  const id = 'mesh-gateway-local-config';
  const gateway = 'mesh-gateway mesh-gateway on gw-1';
  const withConfig = (config: Record<string, unknown>, sections: Some = {}) =>
    over(id, { ...local, gateways: visible([exampleGateway({ config })]), ...sections });

  it('warns where no option is defined', () => {
    expect(withConfig({})).toEqual(['fail', `warning ${gateway}`]);
  });

  it.each([
    { connect_timeout_ms: 5000 },
    { connect_timeout_ms: '5000' },
    { Envoy_DNS_discovery_type: 'STRICT_DNS' },
    { envoy_mesh_gateway_no_default_bind: true },
    { envoy_gateway_bind_addresses: { all: { address: '0.0.0.0', port: 8443 } } },
    { envoy_bootstrap_json_tpl: '{}' },
  ])('takes %j', (config) => {
    expect(withConfig(config)).toEqual(['pass']);
  });

  it('takes what proxy-defaults define, but not what is for sidecars alone', () => {
    const defaults = (Config: Record<string, unknown>) => ({
      proxyDefaults: visible([proxyDefaults('', { Config })]),
    });
    expect(withConfig({}, defaults({ connect_timeout_ms: 1000 }))).toEqual(['pass']);
    expect(withConfig({}, defaults({ protocol: 'http' }))).toEqual(['fail', `warning ${gateway}`]);
  });

  it('names unknown and mistyped options without warning of them', () => {
    const config = { connect_timeout_ms: 5000, envoy_gatway_no_default_bind: true };
    expect(withConfig(config)).toEqual(['pass', `info ${gateway}`]);
    const mistyped = { envoy_dns_discovery_type: 'LOGICAL_DNS', connect_timeout_ms: 'soon' };
    expect(withConfig(mistyped)).toEqual(['pass', `info ${gateway}`]);
  });

  it('takes an option whose value the snapshot leaves out', () => {
    const base = exampleGateway({ config: {} });
    const withheld = ['/Service/Proxy/Config/envoy_bootstrap_json_tpl'];
    expect(over(id, { ...local, gateways: visible([{ ...base, withheld }]) })).toEqual(['pass']);
  });

  it('does not apply in remote mode, nor without a gateway', () => {
    expect(over(id, {})).toEqual(['skip']);
    expect(over(id, { ...local, gateways: visible([]) })).toEqual(['skip']);
  });

  it('has a snippet for the gateway and one for all proxies, each keeping what is there', () => {
    const result = check(
      id,
      snapshotOf({ ...local, proxyDefaults: visible([proxyDefaults('', { Config: { protocol: 'http' } })]) }),
    );
    const codes = result.findings[0]?.remediation.map(({ code }) => code) ?? [];
    expect(codes[0]).toContain('203.0.113.7');
    expect(
      codes.some((code) => code.includes('protocol = "http"') && code.includes('connect_timeout_ms')),
    ).toBe(true);
  });
});

describe('mesh-gateway-healthy', () => {
  const id = 'mesh-gateway-healthy';
  const node = (Node: string): GatewayExample => ({ node: { Node } });
  const sick = (name: string) =>
    exampleGateway({
      ...node(name),
      checks: [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })],
    });
  const well = (name: string) => exampleGateway(node(name));
  const unneeded: Some = { ...importOnly, sidecars: visible([]) };

  it('passes with healthy instances alone', () => {
    expect(over(id, { gateways: visible([well('gw-1'), well('gw-2')]) })).toEqual(['pass']);
  });

  it('fails without a healthy one where the cluster exports, uses local mode or peers through gateways', () => {
    const failed = ['fail', 'error mesh-gateway mesh-gateway'];
    const gateways = visible([sick('gw-1'), sick('gw-2')]);
    expect(over(id, { gateways })).toEqual(failed);
    expect(over(id, { ...importOnly, ...local, gateways })).toEqual(failed);
    const mesh = visible([
      {
        ...exampleEntry({ Kind: 'mesh' as const, Name: 'mesh' }),
        entry: { Kind: 'mesh' as const, Peering: { PeerThroughMeshGateways: true } },
      },
    ]);
    expect(over(id, { ...unneeded, mesh, gateways })).toEqual(failed);
  });

  it('warns without a healthy one where none is needed', () => {
    expect(over(id, { ...unneeded, gateways: visible([sick('gw-1')]) })).toEqual([
      'fail',
      'warning mesh-gateway mesh-gateway',
    ]);
  });

  it('counts the check of the node', () => {
    const dead = exampleGateway({ checks: [exampleSerfHealth('critical'), exampleCheck()] });
    expect(over(id, { gateways: visible([dead]) })[0]).toBe('fail');
  });

  it('gives for each instance what its own failing check asks for', () => {
    const down = (name: string, CheckID: string) =>
      exampleGateway({
        ...node(name),
        checks: [exampleCheck({ CheckID, Status: 'critical', ServiceID: '' })],
      });
    const gateways = [
      down('gw-1', '_node_maintenance'),
      down('gw-2', 'serfHealth'),
      sick('gw-3'),
      down('gw-4', 'serfHealth'),
    ];
    const [finding] = check(id, snapshotOf({ gateways: visible(gateways) })).findings;
    expect(finding?.remediation.map(({ code }) => code.split(' ').slice(0, 3).join(' ').trim())).toEqual([
      'consul maint -disable',
      'consul members -status',
      'consul connect envoy',
    ]);
  });

  it('warns of one that fails, or is in warning, or has no check of its own, among healthy ones', () => {
    const warned = exampleGateway({ ...node('gw-2'), checks: [exampleCheck({ Status: 'warning' })] });
    const unchecked = exampleGateway({ ...node('gw-3'), checks: [exampleSerfHealth('passing')] });
    expect(over(id, { gateways: visible([well('gw-1'), warned, unchecked, sick('gw-4')]) })).toEqual([
      'fail',
      'warning mesh-gateway mesh-gateway on gw-2',
      'warning mesh-gateway mesh-gateway on gw-3',
      'warning mesh-gateway mesh-gateway on gw-4',
    ]);
  });

  it('does not apply without gateways', () => {
    expect(over(id, { gateways: visible([]) })).toEqual(['skip']);
  });

  it('is not blind where a gateway is healthy, whatever else is hidden', () => {
    const others: Some = { mesh: hidden(), peerings: hidden(), sidecars: hidden() };
    expect(over(id, others)).toEqual(['pass']);
  });

  it('cannot tell how bad it is where the need is hidden, but shows what is wrong', () => {
    expect(over(id, { ...unneeded, mesh: hidden(), gateways: visible([sick('gw-1')]) })).toEqual([
      'unknown',
      'warning mesh-gateway mesh-gateway',
    ]);
    expect(over(id, { ...unneeded, exportedServices: hidden(), gateways: visible([sick('gw-1')]) })[0]).toBe(
      'unknown',
    );
    expect(over(id, { gateways: partial([sick('gw-1')]) })).toEqual(['unknown']);
  });
});

describe('an entry that exports to nobody known', () => {
  it('makes no exporter', () => {
    const sections = {
      ...importOnly,
      exportedServices: visible([exampleExports([{ name: 'api', peers: ['wset'] }])]),
      gateways: visible([]),
    };
    expect(over('mesh-gateway-registered', sections)).toEqual(['skip']);
  });
});
