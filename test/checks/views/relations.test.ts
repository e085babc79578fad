import {
  exampleEntry,
  examplePeering,
  exampleSidecar,
  exampleUpstream,
  exampleExports,
} from '../../../src/checks/examples/parts';
import { openSnapshot } from '../../../src/checks/view';
import { hasPeeringsView } from '../../../src/checks/views/has-peerings';
import { gatewayModesView } from '../../../src/checks/views/gateway-modes';
import { exportsView } from '../../../src/checks/views/exports';
import type { Relation } from '../../../src/checks/model';
import { decideOverall, relationsView } from '../../../src/checks/views/relations';
import { type Peering, ServiceResolver } from '../../../src/consul/wire';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { visible, hidden, partial, snapshotOf } from '../world';

const quiet = { ImportedServices: [], ExportedServices: [] };

/** A cluster of which nothing says that it exports or imports, but for what the test adds. */
const bare = (sections: Partial<Snapshot['sections']> = {}, peering: Partial<Peering> = {}): Snapshot =>
  snapshotOf({
    peerings: visible({ enabled: true, list: [examplePeering({ StreamStatus: quiet, ...peering })] }),
    exportedServices: visible([]),
    sidecars: visible([]),
    ...sections,
  });

const relationsOf = (snapshot: Snapshot, peer?: string): readonly Relation[] => {
  const relations = openSnapshot(snapshot, { peer }).read(relationsView);
  if (relations.visibility !== 'visible') throw new Error(`relations: ${relations.visibility}`);
  return relations.value;
};

const roles = (snapshot: Snapshot, peer?: string) =>
  relationsOf(snapshot, peer).map(({ name, exports, imports }) => [name, exports.is, imports.is]);

describe('roles', () => {
  it('are none where nothing says so', () => {
    expect(roles(bare())).toEqual([['west', 'no', 'no']]);
  });

  it('exports: an entry names the peer', () => {
    const entry = exampleExports([{ name: 'api', peers: ['west'] }]);
    expect(roles(bare({ exportedServices: visible([entry]) }))).toEqual([['west', 'yes', 'no']]);
  });

  it('exports: an entry names the peer by wildcard or by sameness group', () => {
    const wildcard = exampleExports([{ name: '*', peers: ['west'] }]);
    expect(roles(bare({ exportedServices: visible([wildcard]) }))).toEqual([['west', 'yes', 'no']]);
    const byGroup = exampleExports([{ name: 'api', group: 'pair' }]);
    const pair = exampleEntry({
      Kind: 'sameness-group' as const,
      Name: 'pair',
      Members: [{ Partition: '', Peer: 'west' }],
    });
    expect(roles(bare({ exportedServices: visible([byGroup]), samenessGroups: visible([pair]) }))).toEqual([
      ['west', 'yes', 'no'],
    ]);
  });

  it('do not take an entry for another peer', () => {
    const entry = exampleExports([{ name: 'api', peers: ['lab'] }]);
    expect(roles(bare({ exportedServices: visible([entry]) }))).toEqual([['west', 'no', 'no']]);
  });

  it('exports, imports: the stream reports services', () => {
    const StreamStatus = { ImportedServices: ['billing'], ExportedServices: ['api'] };
    expect(roles(bare({}, { StreamStatus }))).toEqual([['west', 'yes', 'yes']]);
  });

  it.each(['TERMINATED', 'DELETING', 'PENDING', 'UNDEFINED'])(
    'do not take the stale stream of %s',
    (State) => {
      const StreamStatus = { ImportedServices: ['billing'], ExportedServices: ['api'] };
      expect(roles(bare({}, { State, StreamStatus }))).toEqual([['west', 'no', 'no']]);
    },
  );

  it('imports: a redirect or a failover names the peer in another case', () => {
    const resolverOf = (changes: object) =>
      visible([
        exampleEntry(ServiceResolver.parse({ Kind: 'service-resolver', Name: 'ledger', ...changes })),
      ]);
    for (const changes of [
      { Redirect: { Peer: 'West' } },
      { Failover: { '*': { Targets: [{ Peer: 'WEST' }] } } },
    ])
      expect(roles(bare({ serviceResolvers: resolverOf(changes) }))).toEqual([['west', 'no', 'yes']]);
  });

  it('exports: consul, which Consul never exports, does not count, and nor does a call of it', () => {
    const entry = exampleExports([{ name: 'consul', peers: ['west'] }]);
    expect(roles(bare({ exportedServices: visible([entry]) }))).toEqual([['west', 'no', 'no']]);
  });

  it('imports: an upstream names the peer', () => {
    expect(roles(bare({ sidecars: visible([exampleSidecar()]) }))).toEqual([['west', 'no', 'yes']]);
  });

  it('imports: a failover target names the peer', () => {
    const resolver = exampleEntry({
      Kind: 'service-resolver' as const,
      Name: 'api',
      Failover: {
        '*': {
          Service: '',
          Datacenters: [],
          SamenessGroup: '',
          Targets: [{ Service: '', ServiceSubset: '', Peer: 'west', Datacenter: '', SamenessGroup: '' }],
        },
      },
    });
    const sidecar = exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: '' })]);
    expect(roles(bare({ sidecars: visible([sidecar]), serviceResolvers: visible([resolver]) }))).toEqual([
      ['west', 'no', 'yes'],
    ]);
  });

  it.each([
    ['redirect', { Redirect: { Service: 'api', Peer: 'west' } }],
    ['failover target', { Failover: { '*': { Targets: [{ Peer: 'west' }] } } }],
    ['redirect to a sameness group with it', { Redirect: { SamenessGroup: 'pair' } }],
    ['failover to a sameness group with it', { Failover: { v1: { SamenessGroup: 'pair', Targets: [] } } }],
  ])('imports: a resolver names the peer as %s, and no upstream leads there', (_, how) => {
    const pair = exampleEntry({
      Kind: 'sameness-group' as const,
      Name: 'pair',
      Members: [{ Partition: '', Peer: 'west' }],
    });
    const lead = exampleEntry(ServiceResolver.parse({ Kind: 'service-resolver', Name: 'far', ...how }));
    const sections = { serviceResolvers: visible([lead]), samenessGroups: visible([pair]) };
    expect(roles(bare(sections))).toEqual([['west', 'no', 'yes']]);
    expect(roles(bare(sections, { Name: 'lab' }))).toEqual([['lab', 'no', 'no']]);
  });

  it('exports: the second service, or the second consumer of one, names the peer', () => {
    const entry = exampleExports([
      { name: 'web', peers: ['lab'] },
      { name: 'api', peers: ['lab', 'west'] },
    ]);
    const [{ exports } = { exports: undefined }] = relationsOf(bare({ exportedServices: visible([entry]) }));
    expect(exports?.is).toBe('yes');
    expect(exports?.evidence).toEqual([
      expect.objectContaining({ path: expect.stringContaining('Services[1].Consumers[1]'), value: 'west' }),
    ]);
  });

  it('exports: evidence names the sameness group that holds the peer', () => {
    const pair = exampleEntry({
      Kind: 'sameness-group' as const,
      Name: 'pair',
      Members: [
        { Partition: '', Peer: 'lab' },
        { Partition: '', Peer: 'west' },
      ],
    });
    const sections = {
      exportedServices: visible([exampleExports([{ name: 'api', group: 'pair' }])]),
      samenessGroups: visible([pair]),
    };
    expect(relationsOf(bare(sections))[0]?.exports.evidence.map(({ value }) => value)).toEqual(['pair']);
    const lead = { Kind: 'service-resolver', Name: 'far', Redirect: { SamenessGroup: 'pair' } };
    const serviceResolvers = visible([exampleEntry(ServiceResolver.parse(lead))]);
    expect(roles(bare({ ...sections, serviceResolvers }))).toEqual([['west', 'yes', 'yes']]);
  });

  it('imports: the second upstream names the peer', () => {
    const sidecar = exampleSidecar([
      exampleUpstream({ DestinationPeer: 'lab' }),
      exampleUpstream({ DestinationPeer: 'west', LocalBindPort: 9192 }),
    ]);
    expect(roles(bare({ sidecars: visible([sidecar]) }))).toEqual([['west', 'no', 'yes']]);
  });

  it('imports: the second resolver, subset or target names the peer', () => {
    const resolvers = [
      { Name: 'near', Redirect: { Service: 'api', Peer: 'lab' } },
      {
        Name: 'far',
        Failover: {
          v1: { Targets: [{ Peer: 'lab' }] },
          v2: { Targets: [{ Peer: 'lab' }, { Peer: 'west' }] },
        },
      },
    ].map((one) => exampleEntry(ServiceResolver.parse({ Kind: 'service-resolver', ...one })));
    expect(roles(bare({ serviceResolvers: visible(resolvers) }))).toEqual([['west', 'no', 'yes']]);
  });

  it('imports: not known where resolvers are hidden, though no upstream was seen', () => {
    expect(roles(bare({ serviceResolvers: hidden() }))).toEqual([['west', 'no', 'unknown']]);
  });

  it('exports: the other side has an upstream to this cluster', () => {
    const far = bare(
      {
        sidecars: visible([
          exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })]),
        ]),
      },
      { Name: 'east', ID: 'far-id', PeerID: 'near-id', PeerServerAddresses: ['192.0.2.1:8503'] },
    );
    const side = { peer: 'west', cluster: 'prod-west', snapshot: visible(far) };
    const near = bare({ otherSides: visible([side]) }, { ID: 'near-id' });
    expect(roles(near)).toEqual([['west', 'yes', 'no']]);
    const stranger = bare({ otherSides: visible([side]) }, { ID: 'some-other-id' });
    expect(roles(stranger)).toEqual([['west', 'no', 'no']]);
  });

  it('are unknown, not absent, where what could say so is unseen', () => {
    const [relation] = relationsOf(
      bare({
        exportedServices: hidden({ message: 'no entries' }),
        sidecars: partial([], { message: 'no sidecars' }),
      }),
    );
    expect(relation).toMatchObject({
      exports: { is: 'unknown', why: expect.stringContaining('no entries') },
      imports: { is: 'unknown', why: expect.stringContaining('no sidecars') },
    });
  });

  it('tell dialers by their server addresses', () => {
    const sides = (PeerServerAddresses: string[]) => relationsOf(bare({}, { PeerServerAddresses }))[0]?.side;
    expect([sides([]), sides(['192.0.2.1:8503'])]).toEqual(['acceptor', 'dialer']);
  });

  it('are unseen where peerings are', () => {
    expect(openSnapshot(bare({ peerings: hidden() })).read(relationsView).visibility).toBe('hidden');
    expect(
      openSnapshot(bare({ peerings: partial({ enabled: true, list: [] }) })).read(relationsView).visibility,
    ).toBe('partial');
  });

  it('come to one over all peers: yes before unknown before no', () => {
    const role = (is: 'yes' | 'no' | 'unknown') => ({ is, why: '', evidence: [] });
    const [west] = relationsOf(bare());
    if (!west) throw new Error('no relation');
    const relation = (is: 'yes' | 'no' | 'unknown') => ({ ...west, exports: role(is) });
    expect(decideOverall([relation('no'), relation('unknown'), relation('yes')], 'exports').is).toBe('yes');
    expect(decideOverall([relation('no'), relation('unknown')], 'exports').is).toBe('unknown');
    expect(decideOverall([relation('no')], 'exports').is).toBe('no');
    expect(decideOverall([], 'exports').is).toBe('no');
  });
});

describe('narrowed to a peer', () => {
  const two = bare({
    peerings: visible({
      enabled: true,
      list: [
        examplePeering({ StreamStatus: quiet }),
        examplePeering({ Name: 'lab', ID: 'lab-id', StreamStatus: quiet }),
      ],
    }),
    exportedServices: visible([
      exampleExports([
        { name: 'api', peers: ['west', 'lab'] },
        { name: 'web', peers: ['lab'] },
        { name: 'old', peers: ['wset'] },
      ]),
    ]),
  });

  it('there is that peering alone, while all names stay known', () => {
    expect(roles(two, 'west')).toEqual([['west', 'yes', 'no']]);
    expect(openSnapshot(two, { peer: 'west' }).read('peerNames')).toEqual(visible(['west', 'lab']));
  });

  it('exports are those to that peer, and those to nobody that is known', () => {
    const exports = openSnapshot(two, { peer: 'west' }).read(exportsView);
    const rows = exports.visibility === 'hidden' ? [] : exports.value;
    expect(rows.map(({ service, consumers }) => [service, consumers.map(({ peer }) => peer)])).toEqual([
      ['api', ['west']],
      ['old', ['wset']],
    ]);
    expect(rows.map(({ at }) => at.path)).toEqual(['Services[0]', 'Services[2]']);
  });

  it('peerings of the cluster still count', () => {
    expect(openSnapshot(two, { peer: 'nobody' }).read(hasPeeringsView)).toEqual(visible(true));
    expect(
      openSnapshot(bare({ peerings: visible({ enabled: true, list: [] }) })).read(hasPeeringsView),
    ).toEqual(visible(false));
  });
});

describe('exports', () => {
  const exportsOf = (sections: Partial<Snapshot['sections']>) =>
    openSnapshot(snapshotOf(sections)).read(exportsView);

  it('leave out partitions, which are no peers', () => {
    const entry = exampleEntry({
      Kind: 'exported-services' as const,
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Partition: 'edge' }, { Peer: 'west' }] }],
    });
    const section = exportsOf({ exportedServices: visible([entry]) });
    expect(section.visibility === 'visible' && section.value[0]?.consumers).toEqual([
      {
        peer: 'west',
        at: { endpoint: '/v1/config/exported-services/default', path: 'Services[0].Consumers[1]' },
        group: '',
      },
    ]);
  });

  it('name the sameness groups that reach nobody, and are seen in part where groups are hidden', () => {
    const entry = exampleExports([{ name: 'api', group: 'pair' }]);
    const absent = exportsOf({ exportedServices: visible([entry]) });
    expect(absent.visibility === 'visible' && absent.value[0]?.unresolved).toEqual(['pair']);
    const unresolved = exportsOf({ exportedServices: visible([entry]), samenessGroups: hidden() });
    expect(unresolved.visibility === 'partial' && unresolved.value[0]?.unresolved).toEqual(['pair']);
    const unneeded = exportsOf({ samenessGroups: hidden() });
    expect(unneeded.visibility).toBe('visible');
  });
});

describe('views', () => {
  it('are computed once', () => {
    const views = openSnapshot(snapshotOf());
    expect(views.read(relationsView)).toBe(views.read(relationsView));
    expect(views.read(gatewayModesView)).toBe(views.read(gatewayModesView));
  });
});
