import { exampleEntry, exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import { openSnapshot } from '../../../src/checks/view';
import { upstreamsView } from '../../../src/checks/views/upstreams';
import { registeredSidecarsView } from '../../../src/checks/views/registered-sidecars';
import { gatewayModesView } from '../../../src/checks/views/gateway-modes';
import type { GatewayMode } from '../../../src/checks/model';
import type { RegisteredSidecar } from '../../../src/checks/model';
import type { ProxyDefaults, ServiceDefaults } from '../../../src/consul/wire';
import type { SidecarInstance, Snapshot } from '../../../src/snapshot/snapshot';
import { visible, snapshotOf } from '../world';

/** The catalog shows a sidecar that an agent registered with central configuration laid over it. */

type Some = Partial<Snapshot['sections']>;
type Proxy = Partial<SidecarInstance['proxy']>;

const shown = (proxy: Proxy, more: Partial<SidecarInstance> = {}): SidecarInstance => {
  const base = exampleSidecar(undefined, { managedBy: 'agent', ...more });
  return { ...base, proxy: { ...base.proxy, ...proxy } };
};

const proxyDefaults = (more: Partial<ProxyDefaults>) =>
  visible([
    exampleEntry<ProxyDefaults>({ Kind: 'proxy-defaults', Name: 'global', Mode: '', Config: {}, ...more }),
  ]);

const serviceDefaults = (more: Partial<ServiceDefaults>) =>
  visible([
    exampleEntry<ServiceDefaults>({ Kind: 'service-defaults', Name: 'web', Protocol: '', Mode: '', ...more }),
  ]);

const registeredOf = (sidecar: SidecarInstance, sections: Some): RegisteredSidecar => {
  const registered = openSnapshot(snapshotOf({ sidecars: visible([sidecar]), ...sections })).read(
    registeredSidecarsView,
  );
  if (registered.visibility !== 'visible' || !registered.value[0]) throw new Error(registered.visibility);
  return registered.value[0];
};

const layerOf = (sidecar: SidecarInstance, sections: Some): GatewayMode['layer'] | undefined => {
  const gatewayModes = openSnapshot(snapshotOf({ sidecars: visible([sidecar]), ...sections })).read(
    gatewayModesView,
  );
  return gatewayModes.visibility === 'visible' ? gatewayModes.value[0]?.layer : undefined;
};

const mode = (Mode: string) => ({ MeshGateway: { Mode } });

describe('a mode that the catalog shows at proxy and upstream', () => {
  const everywhere = shown({ ...mode('none'), Upstreams: [exampleUpstream(mode('none'))] });

  it.each<[GatewayMode['layer'], Some]>([
    ['proxy-defaults', { proxyDefaults: proxyDefaults(mode('none')) }],
    ['service-defaults', { serviceDefaults: serviceDefaults(mode('none')) }],
    ['proxy', {}],
    ['proxy', { proxyDefaults: proxyDefaults(mode('local')) }],
  ])('was set by %s', (layer, sections) => {
    expect(layerOf(everywhere, sections)).toBe(layer);
  });

  it('was set by service-defaults for upstreams, which do not change the proxy itself', () => {
    const sidecar = shown({ Upstreams: [exampleUpstream(mode('none'))] });
    const UpstreamConfig = { Defaults: { Name: '', ...mode('none') }, Overrides: [] };
    expect(layerOf(sidecar, { serviceDefaults: serviceDefaults({ UpstreamConfig }) })).toBe(
      'upstream-defaults',
    );
    const Overrides = [{ Name: 'billing', Peer: 'west', ...mode('none') }];
    const overridden = serviceDefaults({ UpstreamConfig: { Defaults: null, Overrides } });
    expect(layerOf(sidecar, { serviceDefaults: overridden })).toBe('override');
  });

  it('was set by the upstream where nothing else gives it', () => {
    const sidecar = shown({ ...mode('local'), Upstreams: [exampleUpstream(mode('none'))] });
    expect(layerOf(sidecar, { proxyDefaults: proxyDefaults(mode('local')) })).toBe('upstream');
  });

  it('is its own where no agent laid anything over it', () => {
    const sections = { proxyDefaults: proxyDefaults(mode('none')) };
    expect(layerOf({ ...everywhere, managedBy: 'dataplane' }, sections)).toBe('upstream');
  });
});

describe('a registration', () => {
  it('is without what central configuration gives it', () => {
    const sidecar = shown({
      Mode: 'transparent',
      Config: { protocol: 'http', local_connect_timeout_ms: 4000, bind_port: 21_001 },
      Upstreams: [exampleUpstream({ Config: { protocol: 'http', connect_timeout_ms: 3000 } })],
      EnvoyExtensions: [{ Name: 'builtin/lua' }],
    });
    const { proxy, shown: whole } = registeredOf(sidecar, {
      proxyDefaults: proxyDefaults({ Mode: 'transparent', Config: { protocol: 'http' } }),
      serviceDefaults: serviceDefaults({ LocalConnectTimeoutMs: 4000 }),
    });
    expect(whole).toEqual(sidecar.proxy);
    expect(proxy).toMatchObject({ Mode: '', Config: { bind_port: 21_001 }, EnvoyExtensions: null });
    expect(proxy.Upstreams[0]?.Config).toEqual({ connect_timeout_ms: 3000 });
  });

  it('keeps options that differ, and those whose values are withheld', () => {
    const Config = { protocol: 'grpc', envoy_tracing_json: '<withheld>' };
    const withheld = ['/Proxy/Config/envoy_tracing_json'];
    const { proxy } = registeredOf(shown({ Config }, { withheld }), {
      proxyDefaults: proxyDefaults({ Config: { protocol: 'http', envoy_tracing_json: '<withheld>' } }),
    });
    expect(proxy.Config).toEqual(Config);
  });

  it('has no upstreams that Consul added, which keep no other out of its place', () => {
    const added = exampleUpstream({ DestinationName: '*', DestinationPeer: '', CentrallyConfigured: true });
    const own = exampleUpstream();
    const upstreams = openSnapshot(
      snapshotOf({ sidecars: visible([shown({ Upstreams: [added, own] })]) }),
    ).read(upstreamsView);
    expect(
      upstreams.visibility === 'visible' &&
        upstreams.value.map(({ destination, index }) => [destination, index]),
    ).toEqual([['billing', 1]]);
  });
});
