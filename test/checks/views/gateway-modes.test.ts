import {
  exampleEntry,
  examplePeering,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { openSnapshot } from '../../../src/checks/view';
import { gatewayModesView } from '../../../src/checks/views/gateway-modes';
import type { ModeLayer } from '../../../src/checks/model';
import type { GatewayMode } from '../../../src/checks/model';
import type { ProxyDefaults, ServiceDefaults, Upstream } from '../../../src/consul/wire';
import type { SidecarInstance, Snapshot } from '../../../src/snapshot/snapshot';
import { visible, hidden, snapshotOf } from '../world';

const modesOf = (sections: Partial<Snapshot['sections']>): readonly GatewayMode[] => {
  const gatewayModes = openSnapshot(snapshotOf(sections)).read(gatewayModesView);
  if (gatewayModes.visibility !== 'visible') throw new Error(`modes: ${gatewayModes.visibility}`);
  return gatewayModes.value;
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

const serviceDefaults = (more: Partial<ServiceDefaults>, Name = 'web') =>
  exampleEntry<ServiceDefaults>({ Kind: 'service-defaults', Name, Protocol: '', Mode: '', ...more });

const override = (Mode: string, more: Record<string, string> = {}) => ({
  Name: 'billing',
  Peer: 'west',
  MeshGateway: { Mode },
  ...more,
});

const sidecar = (
  upstreams: readonly Partial<Upstream>[],
  proxy: Partial<SidecarInstance['proxy']> = {},
): SidecarInstance => {
  const base = exampleSidecar(upstreams.map(exampleUpstream));
  return { ...base, proxy: { ...base.proxy, ...proxy } };
};

/** Layers from the one that wins to the one that loses, each able to set a mode of its own. */
const layers: readonly ModeLayer[] = [
  'upstream',
  'override',
  'proxy',
  'upstream-defaults',
  'service-defaults',
  'proxy-defaults',
];

/** A cluster in which each of these layers sets its own name as mode. */
const setBy = (setters: readonly ModeLayer[]): Partial<Snapshot['sections']> => {
  const set = (layer: ModeLayer) => (setters.includes(layer) ? layer : '');
  return {
    sidecars: visible([
      sidecar([{ MeshGateway: { Mode: set('upstream') } }], { MeshGateway: { Mode: set('proxy') } }),
    ]),
    serviceDefaults: visible([
      serviceDefaults({
        MeshGateway: { Mode: set('service-defaults') },
        UpstreamConfig: {
          Defaults: { Name: '', MeshGateway: { Mode: set('upstream-defaults') } },
          Overrides: [override(set('override'))],
        },
      }),
    ]),
    proxyDefaults: visible([proxyDefaults(set('proxy-defaults'))]),
  };
};

describe('the effective mesh gateway mode', () => {
  it.each(layers)('of %s wins over all layers below it', (layer) => {
    const [mode] = modesOf(setBy(layers.slice(layers.indexOf(layer))));
    expect([mode?.layer, mode?.mode]).toEqual([layer, layer]);
  });

  it.each([
    ['upstream', '/v1/catalog/node-services/app-1', 'Services[1].Proxy.Upstreams[0].MeshGateway.Mode'],
    ['override', '/v1/config/service-defaults/web', 'UpstreamConfig.Overrides[0].MeshGateway.Mode'],
    ['proxy', '/v1/catalog/node-services/app-1', 'Services[1].Proxy.MeshGateway.Mode'],
    ['upstream-defaults', '/v1/config/service-defaults/web', 'UpstreamConfig.Defaults.MeshGateway.Mode'],
    ['service-defaults', '/v1/config/service-defaults/web', 'MeshGateway.Mode'],
    ['proxy-defaults', '/v1/config/proxy-defaults/global', 'MeshGateway.Mode'],
  ] as const)('of %s says where it was read', (layer, endpoint, path) => {
    expect(modesOf(setBy([layer]))[0]?.setBy).toEqual({ endpoint, path, value: layer });
  });

  it('is remote where no layer sets one, and where one says default', () => {
    expect(modesOf({})[0]).toMatchObject({ mode: 'remote', layer: 'default', setBy: undefined });
    expect(modesOf({ proxyDefaults: visible([proxyDefaults('default')]) })[0]?.layer).toBe('default');
  });

  it('is recognized in any case', () => {
    expect(modesOf({ proxyDefaults: visible([proxyDefaults('None')]) })[0]?.mode).toBe('none');
  });

  it.each([
    ['another upstream', { Name: 'ledger' }],
    ['another peer', { Peer: 'lab' }],
    ['the local service of that name', { Peer: '' }],
  ])('takes no override for %s', (_, more) => {
    const UpstreamConfig = { Defaults: null, Overrides: [override('none', more)] };
    expect(modesOf({ serviceDefaults: visible([serviceDefaults({ UpstreamConfig })]) })[0]?.layer).toBe(
      'default',
    );
  });

  it('takes no service-defaults of another service or partition', () => {
    const none = { MeshGateway: { Mode: 'none' } };
    const foreign = [serviceDefaults(none, 'api'), serviceDefaults({ ...none, Partition: 'edge' })];
    expect(modesOf({ serviceDefaults: visible(foreign) })[0]?.layer).toBe('default');
  });

  it('is nothing where nothing resolves to a peer', () => {
    const bare = {
      sidecars: visible([sidecar([{ DestinationPeer: '' }])]),
      proxyDefaults: visible([proxyDefaults('none')]),
    };
    expect(modesOf({ ...bare, peerings: visible({ enabled: true, list: [] }) })).toEqual([]);
  });
});

describe('transparent proxies without upstreams to peers', () => {
  const transparent = sidecar([], { Mode: 'transparent' });
  const counted = (sections: Partial<Snapshot['sections']>) =>
    modesOf(sections).map(({ sidecar: one, layer, mode }) => [one?.service ?? 'all', layer, mode]);

  it('count where the cluster imports', () => {
    expect(
      counted({ sidecars: visible([transparent]), proxyDefaults: visible([proxyDefaults('none')]) }),
    ).toEqual([['web-sidecar-proxy', 'proxy-defaults', 'none']]);
  });

  it('do not count where it imports nothing', () => {
    const StreamStatus = { ImportedServices: [], ExportedServices: ['api'] };
    for (const list of [[], [examplePeering({ StreamStatus })]]) {
      expect(
        counted({
          sidecars: visible([transparent]),
          proxyDefaults: visible([proxyDefaults('none')]),
          peerings: visible({ enabled: true, list }),
        }),
      ).toEqual([]);
    }
  });

  it('do not count where they are not transparent', () => {
    expect(counted({ sidecars: visible([sidecar([], { Mode: 'direct' })]) })).toEqual([]);
  });

  it('count where service-defaults or proxy-defaults make them transparent, seen as proxies or not', () => {
    const byService = [serviceDefaults({ Mode: 'transparent', MeshGateway: { Mode: 'none' } })];
    expect(counted({ sidecars: visible([sidecar([])]), serviceDefaults: visible(byService) })).toEqual([
      ['web-sidecar-proxy', 'service-defaults', 'none'],
      ['all', 'service-defaults', 'none'],
    ]);
    const byDefault = [proxyDefaults('none', { Mode: 'transparent' })];
    expect(counted({ sidecars: visible([]), proxyDefaults: visible(byDefault) })).toEqual([
      ['all', 'proxy-defaults', 'none'],
    ]);
  });
});

describe('overrides for a peer', () => {
  it('count for transparent proxies, which name no upstream', () => {
    const UpstreamConfig = {
      Defaults: null,
      Overrides: [override('none'), override('none', { Peer: 'lab' })],
    };
    const sections = {
      sidecars: visible([sidecar([], { Mode: 'transparent' })]),
      serviceDefaults: visible([serviceDefaults({ UpstreamConfig })]),
    };
    expect(modesOf(sections).map(({ layer, setBy }) => [layer, setBy?.path])).toEqual([
      ['override', 'UpstreamConfig.Overrides[0].MeshGateway.Mode'],
      ['default', undefined],
    ]);
  });
});

describe('modes that are not visible', () => {
  it.each(['serviceDefaults', 'proxyDefaults'] as const)('leave them partial: %s', (name) => {
    const gatewayModes = openSnapshot(snapshotOf({ [name]: hidden({ message: name }) })).read(
      gatewayModesView,
    );
    expect(gatewayModes).toMatchObject({ visibility: 'partial', reason: { message: name } });
  });

  it('does not matter where nothing resolves to a peer', () => {
    const gatewayModes = openSnapshot(
      snapshotOf({
        sidecars: visible([]),
        peerings: visible({ enabled: true, list: [] }),
        proxyDefaults: hidden(),
      }),
    ).read(gatewayModesView);
    expect(gatewayModes).toEqual(visible([]));
  });
});

it('is what the agent registered where it has merged no mode into an upstream', () => {
  const rows = (managedBy: SidecarInstance['managedBy'], changes: Partial<Upstream> = {}) =>
    modesOf({
      sidecars: visible([{ ...sidecar([changes]), managedBy }]),
      proxyDefaults: visible([proxyDefaults('local')]),
    }).flatMap(({ upstream, mode, layer }) => (upstream ? [[mode, layer]] : []));
  expect(rows('agent')).toEqual([['remote', 'default']]);
  expect(rows('agent', { MeshGateway: { Mode: 'local' } })).toEqual([['local', 'proxy-defaults']]);
  expect(rows('dataplane')).toEqual([['local', 'proxy-defaults']]);
});
