import fc from 'fast-check';
import { changeSnapshot, type SnapshotChanges } from '../../../src/checks/examples/healthy';
import {
  exampleCheck,
  exampleEntry,
  exampleExports,
  exampleGateway,
  exampleServer,
} from '../../../src/checks/examples/parts';
import { checksReading } from '../../../src/checks/changes/checks-reading';
import { compareSnapshots } from '../../../src/checks/changes/compare-snapshots';
import { stateOf } from '../../../src/checks/changes/state-of';
import { compareStates } from '../../../src/report/compare-states';
import { hidden, partial, visible } from '../../../src/snapshot/section';
import { resolverEntry } from '../changes';

const exporting = (peers: readonly string[], ModifyIndex: number) => {
  const one = exampleExports([{ name: 'api', peers: [...peers] }]);
  return { ...one, entry: { ...one.entry, ModifyIndex } };
};

const changesOf = (before: SnapshotChanges, after: SnapshotChanges) =>
  compareSnapshots(changeSnapshot(before), changeSnapshot(after)).changes.map(
    ({ kind, subject, field, from, to, indexes, unknown }) => [
      `${kind} ${subject.kind} ${subject.name}`,
      field,
      from,
      to,
      ...(indexes ? [indexes.from, indexes.to] : []),
      ...(unknown ? [unknown] : []),
    ],
  );

const router = (names: readonly string[]) => ({
  serviceRouters: [
    exampleEntry({
      Kind: 'service-router' as const,
      Name: 'api',
      Routes: names.map((Service) => ({ Destination: { Service } })),
    }),
  ],
});

const failing = exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] });

const missing = { kind: 'forbidden', endpoint: '/v1/config/exported-services', message: 'no' } as const;

it.each<[string, SnapshotChanges, SnapshotChanges, readonly unknown[]]>([
  ['nothing, if nothing changed', {}, {}, []],
  [
    'a consumer of an exported service, with both indexes',
    { exportedServices: [exporting(['west'], 812)] },
    { exportedServices: [exporting(['wset'], 861)] },
    [['changed exported-services default', 'Services[api].Consumers[0].Peer', 'west', 'wset', 812, 861]],
  ],
  [
    'a consumer that was added',
    { exportedServices: [exporting(['west'], 812)] },
    { exportedServices: [exporting(['west', 'lab'], 861)] },
    [['changed exported-services default', 'Services[api].Consumers[1]', null, { Peer: 'lab' }, 812, 861]],
  ],
  [
    'a consumer that was removed from the front of the list',
    { exportedServices: [exporting(['west', 'lab'], 812)] },
    { exportedServices: [exporting(['lab'], 861)] },
    [['changed exported-services default', 'Services[api].Consumers[0]', { Peer: 'west' }, null, 812, 861]],
  ],
  [
    'an entry that was written without a change: nothing',
    { exportedServices: [exporting(['west'], 812)] },
    { exportedServices: [exporting(['west'], 861)] },
    [],
  ],
  [
    'an entry that was written, and whose withheld values may have changed',
    { exportedServices: [{ ...exporting(['west'], 812), withheld: ['/Meta/x'] }] },
    { exportedServices: [{ ...exporting(['west'], 861), withheld: ['/Meta/x'] }] },
    [['changed exported-services default', '', null, null, 812, 861, 'withheld']],
  ],
  [
    'an entry that is new',
    {},
    { serviceResolvers: [resolverEntry('api', { Redirect: { Service: 'other' }, ModifyIndex: 9 })] },
    [
      [
        'added service-resolver api',
        '',
        null,
        { Name: 'api', Redirect: { Service: 'other' }, Failover: {}, ModifyIndex: undefined },
        null,
        9,
      ],
    ].map((row) => row.map((cell) => (cell === null ? null : JSON.parse(JSON.stringify(cell))))),
  ],
  [
    'a gateway that stopped to pass',
    {},
    { gateways: [failing] },
    [['changed mesh-gateway mesh-gateway on gw-1', 'passing', 1, 0]],
  ],
  [
    'the version of a server',
    { servers: [exampleServer({ node: 'server-2', version: '1.19.2' })] },
    { servers: [exampleServer({ node: 'server-2', version: '1.20.1' })] },
    [['changed server server-2', 'version', '1.19.2', '1.20.1']],
  ],
  [
    'routes in another order',
    router(['a', 'b']),
    router(['b', 'a']),
    [['changed service-router api', 'Routes (order)', [0, 1], [1, 0]]],
  ],
  [
    'services of an entry in another order: nothing',
    {
      exportedServices: [
        exampleExports([
          { name: 'api', peers: ['west'] },
          { name: 'web', peers: ['west'] },
        ]),
      ],
    },
    {
      exportedServices: [
        exampleExports([
          { name: 'web', peers: ['west'] },
          { name: 'api', peers: ['west'] },
        ]),
      ],
    },
    [],
  ],
  ['an entry that is no longer visible: nothing', {}, { exportedServices: hidden(missing) }, []],
  [
    'an entry that was not visible before: nothing',
    { serviceResolvers: hidden(missing) },
    { serviceResolvers: [resolverEntry('api', {})] },
    [],
  ],
  [
    'rows that a partial section no longer has: nothing',
    { exportedHealth: visible([{ ...apiHealth('api') }, { ...apiHealth('web') }]) },
    { exportedHealth: partial([{ ...apiHealth('api') }], missing) },
    [],
  ],
])('finds %s', (_name, before, after, expected) => {
  expect(changesOf(before, after)).toEqual(expected);
});

function apiHealth(name: string) {
  return { endpoint: `/v1/health/connect/${name}`, name, instances: 1, passing: 1, native: 0, inMesh: 1 };
}

it('names the sections that were not visible both times', () => {
  const before = changeSnapshot({ intentions: hidden(missing) });
  expect(compareSnapshots(before, changeSnapshot()).notCompared).toContain('intentions');
  expect(compareSnapshots(changeSnapshot(), changeSnapshot()).notCompared).toEqual([]);
});

it('compares the other sides that both snapshots hold, and no others', () => {
  const side = (cluster: string, changes: SnapshotChanges) => ({
    peer: 'west',
    cluster,
    snapshot: visible(changeSnapshot(changes)),
  });
  const before = changeSnapshot({
    otherSides: [side('prod-west', { exportedServices: [exporting(['east'], 1)] })],
  });
  const after = (cluster: string) =>
    changeSnapshot({ otherSides: [side(cluster, { exportedServices: [exporting(['aest'], 2)] })] });
  const found = compareSnapshots(before, after('prod-west')).changes;
  expect(found.map(({ cluster, subject, from, to }) => [cluster, subject.name, from, to])).toEqual([
    ['prod-west', 'default', 'east', 'aest'],
  ]);
  expect(compareSnapshots(before, after('other')).changes).toEqual([]);
});

it('has an order that depends on names alone', () => {
  const entries = ['a', 'b', 'c', 'd'].map((name) => resolverEntry(name, { ConnectTimeout: '1s' }));
  const changed = ['a', 'b', 'c', 'd'].map((name) => resolverEntry(name, { ConnectTimeout: '2s' }));
  const names = (order: readonly number[]) =>
    compareSnapshots(
      changeSnapshot({ serviceResolvers: entries }),
      changeSnapshot({ serviceResolvers: order.flatMap((at) => changed[at] ?? []) }),
    ).changes.map(({ subject }) => subject.name);
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (order) => {
      expect(names(order)).toEqual(['a', 'b', 'c', 'd']);
    }),
  );
});

it('finds no change between equal values, and a change back for each change', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const state = (one: unknown) => ({
    ...stateOf(changeSnapshot()),
    rows: [{ section: 'mesh', kind: 'mesh', name: 'mesh', value: JSON.parse(JSON.stringify(one)) }],
  });
  fc.assert(
    fc.property(value, value, (one, other) => {
      expect(compareStates(state(one), state(one)).changes).toEqual([]);
      const [there, back] = [
        compareStates(state(one), state(other)),
        compareStates(state(other), state(one)),
      ];
      expect(there.changes.length > 0).toBe(back.changes.length > 0);
    }),
  );
});

it('knows which checks read what changed', () => {
  const exports = checksReading({ section: 'exportedServices' });
  expect(exports).toEqual(expect.arrayContaining(['exported-services-peer-known', 'upstream-imported']));
  expect(exports).not.toContain('consul-version');
  expect(checksReading({ section: 'servers' })).toContain('consul-version');
  expect(checksReading({ section: 'intentions', cluster: 'prod-west' })).toContain('intentions-allow-peer');
});
