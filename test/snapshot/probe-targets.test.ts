import { changeSnapshot, type SnapshotChanges } from '../../src/checks/examples/healthy';
import {
  exampleGateway,
  exampleImportedService,
  examplePeering,
  exampleServer,
} from '../../src/checks/examples/parts';
import { listProbeRequests, type ProbeRequest } from '../../src/snapshot/probe-targets';
import { hidden } from '../checks/world';

const requests = (changes: SnapshotChanges = {}): readonly ProbeRequest[] => {
  const { sections } = changeSnapshot({ servers: [exampleServer({ address: '10.0.1.11' })], ...changes });
  return listProbeRequests({ ...sections, datacenter: 'dc1' });
};
const shown = (changes?: SnapshotChanges): readonly string[] =>
  requests(changes).map(({ use, address }) => `${use} ${address}`);
const own = '563348f4-5949-094e-d859-53175e7e5bfb.consul';

const dialing = (...PeerServerAddresses: string[]): SnapshotChanges => ({
  peerings: {
    enabled: true,
    list: [
      examplePeering({
        PeerServerAddresses,
        PeerServerName: 'server.dc2.peering.west.consul',
        PeerID: 'far',
      }),
    ],
  },
});

it('lists the gateways, those of peers and the servers of a cluster that accepts', () => {
  const imported = exampleImportedService();
  expect(shown()).toEqual([
    'gateway 203.0.113.7:8443',
    ...imported.addresses.map((address) => `peer-gateway ${address}`),
    'server 10.0.1.11:8503',
  ]);
});

it('lists the servers that a cluster dials, and not its own, which nobody dials', () => {
  const changes = { ...dialing('198.51.100.1:8503', '[2001:db8::1]:8503'), importedServices: [] };
  expect(shown(changes)).toEqual([
    'peer-server 198.51.100.1:8503',
    'peer-server [2001:db8::1]:8503',
    'gateway 203.0.113.7:8443',
  ]);
  expect(requests(changes)[1]).toMatchObject({
    target: { host: '2001:db8::1', port: 8503, serverName: 'server.dc2.peering.west.consul' },
    expectedTrustDomain: 'west.consul',
    peer: 'west',
  });
});

it('lists an address once for each use', () => {
  const changes = {
    ...dialing('203.0.113.7:8443', '203.0.113.7:8443'),
    gateways: [exampleGateway(), exampleGateway({ node: { Node: 'gw-2' } })],
    importedServices: [],
  };
  expect(shown(changes)).toEqual(['peer-server 203.0.113.7:8443', 'gateway 203.0.113.7:8443']);
});

it.each([
  '198.51.100.1',
  '198.51.100.1:',
  ':8503',
  '198.51.100.1:0',
  '198.51.100.1:65536',
  'a:b:c',
  '',
  '\n:1:2',
])('leaves out %j, which cannot be dialed', (address) => {
  expect(shown({ ...dialing(address), importedServices: [], gateways: [] })).toEqual([]);
});

describe('a gateway is asked for a name that it knows', () => {
  const nameOf = (changes: SnapshotChanges): string | undefined =>
    requests(changes).find(({ use }) => use === 'gateway')?.target.serverName;

  it.each<[string, SnapshotChanges, string | undefined]>([
    ['an exported service', {}, `api.default.default.west.external.${own}`],
    [
      'one that an entry names, where Consul does not resolve exports',
      { resolvedExports: hidden() },
      `api.default.default.west.external.${own}`,
    ],
    ['none where nothing is exported', { resolvedExports: [], exportedServices: [] }, undefined],
    ['none where the trust domain is not visible', { caRoots: hidden() }, undefined],
  ])('%s', (_name, changes, name) => {
    expect(nameOf(changes)).toBe(name);
  });
});
