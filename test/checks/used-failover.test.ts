import type { SnapshotChanges } from '../../src/checks/examples/healthy';
import {
  exampleEntry,
  exampleExportedHealth,
  exampleGateway,
  exampleCheck,
  exampleImportedService,
  exampleIntentions,
  exampleSidecar,
  exampleUpstream,
} from '../../src/checks/examples/parts';
import { ProxyDefaults } from '../../src/consul/wire';
import { openSnapshot } from '../../src/checks/view';
import { pathsView } from '../../src/checks/views/paths';
import { rowsOf } from '../../src/snapshot/section';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { failingOver } from './changes';
import { twoClusters } from './two-clusters';
import { findingsOf, hidden, run } from './world';

const toBilling = { Service: 'billing', Peer: 'west' };

/** `web` calls `orders` of this cluster, which fails over to these targets. */
const orders = (...targets: readonly Readonly<Record<string, string>>[]): SnapshotChanges => ({
  sidecars: [
    exampleSidecar([exampleUpstream({ DestinationName: 'orders', DestinationPeer: '' })], { failing: [] }),
  ],
  ...failingOver('orders', ...targets),
  serviceNames: [{ name: 'orders' }, { name: 'backup' }],
});

const healthOf = (isDown: boolean): SnapshotChanges => ({
  exportedHealth: [
    exampleExportedHealth({ name: 'api' }),
    exampleExportedHealth({
      name: 'orders',
      ...(isDown
        ? {
            passing: 0,
            downInMesh: {
              kind: 'connect-proxy',
              service: 'orders-sidecar-proxy',
              id: 'orders-sidecar-proxy',
              node: 'app-1',
              synthetic: false,
              failing: ['Listening'],
            },
          }
        : {}),
    }),
  ],
});
const dead = healthOf(true);

const denied: SnapshotChanges = {
  intentions: [exampleIntentions([{ name: 'shop', peer: 'east' }], 'billing')],
};
const billingDown: SnapshotChanges = {
  exportedHealth: [
    exampleExportedHealth({
      name: 'billing',
      passing: 0,
      downInMesh: {
        kind: 'connect-proxy',
        service: 'billing-sidecar-proxy',
        id: 'billing-sidecar-proxy',
        node: 'app-1',
        synthetic: false,
        failing: ['Alias'],
      },
    }),
  ],
};

/** The paths to billing: those that stand by, and the hops that fail. */
const pathsToBilling = (snapshot: Snapshot) =>
  rowsOf(openSnapshot(snapshot).read(pathsView))
    .filter(({ here, destination }) => here === 'consumer' && destination.service === 'billing')
    .map(({ standby, hops }) => [
      standby ? 'stands by' : 'is used',
      ...hops.filter(({ status }) => status === 'fail').map(({ name }) => name),
    ]);

const deniedCall = 'intentions-allow-peer intention web of east → billing';

describe('a failover target at a peer that refuses calls', () => {
  it.each<[string, SnapshotChanges, SnapshotChanges, string, string, readonly string[]]>([
    [
      'is used where no instance here passes',
      { ...orders(toBilling), ...dead },
      denied,
      'is used',
      'intention',
      [deniedCall],
    ],
    [
      'is used where this cluster has no such service',
      { ...orders(toBilling), serviceNames: [] },
      denied,
      'is used',
      'intention',
      [deniedCall],
    ],
    [
      'keeps the calls from the target behind it',
      { ...orders(toBilling, { Service: 'backup' }), ...dead },
      denied,
      'is used',
      'intention',
      [deniedCall],
    ],
    [
      'is used behind one that its peer does not export',
      { ...orders({ Service: 'biling', Peer: 'west' }, toBilling), ...dead },
      denied,
      'is used',
      'intention',
      [deniedCall],
    ],
    [
      'stands by while an instance here passes',
      { ...orders(toBilling), ...healthOf(false) },
      denied,
      'stands by',
      'intention',
      [],
    ],
    [
      'stands by where nobody knows whether the target before it works',
      { ...orders({ Service: 'backup' }, toBilling), ...dead },
      denied,
      'stands by',
      'intention',
      [],
    ],
    [
      'stands by where the services of this cluster are not visible',
      { ...orders(toBilling), exportedHealth: [], serviceNames: [] },
      denied,
      'stands by',
      'intention',
      [],
    ],
  ])('%s', (name, changes, westChanges, use, hop, errors) => {
    const world = twoClusters(changes, westChanges);
    const snapshot: Snapshot = name.endsWith('not visible')
      ? { ...world, sections: { ...world.sections, serviceNames: hidden() } }
      : world;
    expect(pathsToBilling(snapshot)).toEqual([[use, hop]]);
    expect(findingsOf(run(snapshot), 'error')).toEqual(errors);
  });
});

describe('a failover target at a peer whose instances all fail', () => {
  it('keeps the calls, as Envoy sees the health of mesh gateways alone', () => {
    const snapshot = twoClusters({ ...orders(toBilling, { Service: 'backup' }), ...dead }, billingDown);
    expect(pathsToBilling(snapshot)).toEqual([['is used', 'instances']]);
    expect(findingsOf(run(snapshot), 'error')).toEqual([
      'failover-targets upstream web-sidecar-proxy → orders',
    ]);
  });

  it('is passed over where the mesh gateways fail', () => {
    const importedServices = [exampleImportedService({ passing: 0, failing: ['Listening'] })];
    const gateways = [exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] })];
    const snapshot = twoClusters(
      { ...orders(toBilling, { Service: 'backup' }), ...dead, importedServices },
      { ...billingDown, gateways },
    );
    expect(pathsToBilling(snapshot)).toEqual([['stands by', 'remote-gateway', 'instances']]);
  });
});

it('takes no failover for used where the peer hands out a hostname, of which the mode decides', () => {
  const importedServices = [exampleImportedService({ addresses: ['gateway.west.example:443'] })];
  expect(pathsToBilling(twoClusters({ ...orders(toBilling), ...dead, importedServices }, denied))).toEqual([
    ['stands by', expect.any(String)],
  ]);
});

describe('in local mode, where the endpoints are the mesh gateways of this cluster', () => {
  const local: SnapshotChanges = {
    proxyDefaults: [
      exampleEntry(
        ProxyDefaults.parse({ Kind: 'proxy-defaults', Name: 'global', MeshGateway: { Mode: 'local' } }),
      ),
    ],
  };
  const toNothing = { Service: 'biling', Peer: 'west' };
  const used = (changes: SnapshotChanges) => {
    const snapshot = twoClusters({ ...orders(toNothing, { Service: 'backup' }), ...dead, ...changes });
    return [
      ...rowsOf(openSnapshot(snapshot).read(pathsView))
        .filter(({ destination }) => destination.service === 'biling')
        .map(({ standby }) => standby),
      ...findingsOf(run(snapshot), 'error'),
    ];
  };

  it('a target that is not exported keeps the calls', () => {
    expect(used(local)).toEqual([false, 'failover-targets upstream web-sidecar-proxy → orders']);
  });

  it('nothing is known where no mesh gateway here is healthy', () => {
    const gateways = [exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] })];
    expect(used({ ...local, gateways })[0]).toBe(true);
  });

  it('and in remote mode it is passed over', () => {
    expect(used({})).toEqual([true]);
  });
});
