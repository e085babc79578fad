import { exampleEntry, exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import type { ServiceDefaults } from '../../../src/consul/wire';
import { peers } from '../changes';
import { checkTable, type Changes, codesOf, firstCode, resultFor, type Row } from '../check-table';
import { hidden, partial } from '../world';
import { proxyDefaults, sidecar } from './changes';

const id = 'mesh-gateway-mode';
const ofUpstream = ['error', 'upstream web-sidecar-proxy → billing'] as const;

const to = (DestinationPeer: string, Mode: string) =>
  exampleSidecar([exampleUpstream({ DestinationPeer, MeshGateway: { Mode } })]);
const twoPeers: Changes = { sidecars: [to('west', ''), to('lab', 'none')] };

const webDefaults: Changes = {
  serviceDefaults: [
    exampleEntry<ServiceDefaults>({
      Kind: 'service-defaults',
      Name: 'web',
      Protocol: 'http',
      Mode: '',
      MeshGateway: { Mode: 'none' },
      UpstreamConfig: {
        Defaults: { Name: '', MeshGateway: { Mode: 'none' } },
        Overrides: [{ Name: 'billing', Peer: 'west', MeshGateway: { Mode: 'none' } }],
      },
    }),
  ],
  sidecars: [exampleSidecar([exampleUpstream(), exampleUpstream({ DestinationName: 'ledger' })])],
};

checkTable(id, [
  ...['', 'remote', 'local', 'Local', 'default'].map(
    (mode): Row => [`an upstream has mode "${mode}"`, { sidecars: [sidecar(mode)] }, 'pass'],
  ),
  ...['none', 'NONE', 'nothing'].map(
    (mode): Row => [`an upstream has mode "${mode}"`, { sidecars: [sidecar(mode)] }, 'fail', ofUpstream],
  ),
  [
    'two upstreams of three have mode none',
    {
      sidecars: [
        exampleSidecar(
          ['billing', 'ledger', 'stock'].map((DestinationName, index) =>
            exampleUpstream({ DestinationName, MeshGateway: { Mode: index === 1 ? 'remote' : 'none' } }),
          ),
        ),
      ],
    },
    'fail',
    ofUpstream,
    ['error', 'upstream web-sidecar-proxy → stock'],
  ],
  [
    'the proxy sets it',
    { sidecars: [sidecar('', 'none')] },
    'fail',
    ['error', 'sidecar-proxy web-sidecar-proxy'],
  ],
  [
    'an entry sets it for two proxies: named once',
    { sidecars: [sidecar(''), sidecar('', '', { node: 'app-2' })], ...proxyDefaults('none') },
    'fail',
    ['error', 'proxy-defaults global'],
  ],
  [
    'service-defaults set it in three places: named once',
    webDefaults,
    'fail',
    ['error', 'service-defaults web'],
  ],
  [
    'proxy-defaults set it for transparent proxies without upstreams',
    {
      ...proxyDefaults('none'),
      sidecars: [
        exampleSidecar([], { proxy: { ...exampleSidecar().proxy, Mode: 'transparent', Upstreams: [] } }),
      ],
    },
    'fail',
    ['error', 'proxy-defaults global'],
  ],
  ['a better layer replaces it', { sidecars: [sidecar('remote')], ...proxyDefaults('none') }, 'pass'],
  ['nothing resolves to a peer', { ...peers(), sidecars: [], ...proxyDefaults('none') }, 'skip'],
  [
    'some sidecars are not visible, and a visible one has mode none',
    { sidecars: partial([sidecar('none')]) },
    'fail',
    ofUpstream,
  ],
  ['some sidecars are not visible', { sidecars: partial([sidecar('')]) }, 'unknown'],
  ['sidecars are not visible', { sidecars: hidden() }, 'unknown'],
  ['proxy-defaults are not visible', { proxyDefaults: hidden() }, 'unknown'],
  ['the upstream to another peer has mode none', { ...twoPeers, onlyPeer: 'west' }, 'pass'],
  ['the upstream to the requested peer has mode none', { ...twoPeers, onlyPeer: 'lab' }, 'fail', ofUpstream],
]);

describe('the fix', () => {
  it('replaces all modes of an entry, and keeps everything else', () => {
    const code = firstCode(resultFor(id, webDefaults));
    expect(code).not.toContain('none');
    expect(code.match(/"?Mode"? = "remote"/gu)).toHaveLength(3);
    expect(code).toContain('Protocol = "http"');
  });

  it('replaces the modes of a registration that are not allowed, and no others', () => {
    const upstreams = ['none', 'local', ''].map((Mode, index) =>
      exampleUpstream({ DestinationName: `s${index}`, MeshGateway: { Mode } }),
    );
    const code = firstCode(resultFor(id, { sidecars: [exampleSidecar(upstreams)] }));
    expect(code).not.toContain('none');
    expect(code.match(/mode = "remote"/gu)).toHaveLength(1);
    expect(code.match(/mode = "local"/gu)).toHaveLength(1);
  });

  it('is given for three instances of a proxy at most', () => {
    const on = (node: string) => sidecar('', 'none', { node });
    const all = resultFor(id, { sidecars: ['a', 'b', 'c', 'd'].map((node) => on(`app-${node}`)) });
    const titles = all.findings.flatMap(({ remediation }) => remediation.map(({ title }) => title)).join();
    expect(['app-a', 'app-c', 'app-d'].map((node) => titles.includes(node))).toEqual([true, true, false]);
    expect(codesOf(all).join()).toContain('mode = "remote"');
  });
});
