import type { Peering } from '../../../src/consul/wire';
import { exampleCheck, exampleGateway, exampleServer } from '../../../src/checks/examples/parts';
import type { HiddenReason } from '../../../src/snapshot/snapshot';
import { changeSnapshot } from '../../../src/checks/examples/healthy';
import { dialer, peers, throughGateways } from '../changes';
import { checkTable, type Changes, codesOf, resultFor, type Row } from '../check-table';
import { hidden, partial, visible } from '../world';

const id = 'peering-active';
const failed = ['error', 'peering west'] as const;
const warned = ['warning', 'peering west'] as const;

/** `west` is configured here too, and has these peerings. */
const west = (...list: readonly Partial<Peering>[]): Changes => ({
  otherSides: [{ peer: 'west', cluster: 'prod-west', snapshot: visible(changeSnapshot(peers(...list))) }],
});

const failing = (...changes: readonly Changes[]): Changes =>
  Object.assign({}, peers({ State: 'FAILING', ...dialer }), ...changes) as Changes;

const deletedAt = (DeletedAt: string): Changes => peers({ State: 'DELETING', DeletedAt });

checkTable(id, [
  ['the peering is ACTIVE', {}, 'pass'],
  ...['FAILING', 'TERMINATED', 'UNDEFINED', ''].flatMap((State): readonly Row[] => [
    [`it is ${State || 'without a state'}`, peers({ State }), 'fail', failed],
    [`it is ${State || 'without a state'}, and this side dials`, peers({ State, ...dialer }), 'fail', failed],
  ]),
  [
    'two of three peerings are FAILING',
    peers({ State: 'FAILING' }, { Name: 'lab' }, { Name: 'edge', State: 'TERMINATED' }),
    'fail',
    failed,
    ['error', 'peering edge'],
  ],
  ['one is ACTIVE, and one not established yet', peers({}, { Name: 'lab', State: 'PENDING' }), 'pass'],
  [
    'none is established yet',
    { ...peers({ State: 'PENDING' }, { Name: 'lab', State: 'PENDING', ...dialer }), sidecars: [] },
    'skip',
  ],
  [
    'an acceptor that has a new leader',
    { ...peers({ State: 'PENDING', Remote: { Partition: '', Datacenter: 'dc2' } }), sidecars: [] },
    'fail',
    failed,
  ],
  [
    'a dialer that has a new leader',
    { ...peers({ State: 'ESTABLISHING', ...dialer }), sidecars: [] },
    'fail',
    failed,
  ],
  ['there is no peering', peers(), 'skip'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  ['some peerings are not visible', { peerings: partial({ enabled: true, list: [] }) }, 'unknown'],
  // The snapshot was taken at 14:03:22.
  ['it is being deleted for 2 s', { ...deletedAt('2026-11-23T14:03:20Z'), sidecars: [] }, 'fail', warned],
  ['it is being deleted for 5 min', { ...deletedAt('2026-11-23T13:58:22Z'), sidecars: [] }, 'fail', warned],
  ['it is being deleted since less than 5 min', deletedAt('2026-11-23T14:03:20Z'), 'fail', warned],
  [
    'it is being deleted, and a service calls the peer',
    { ...deletedAt('2026-11-23T14:03:20Z'), withPaths: true },
    'fail',
    failed,
  ],
  [
    'it is being deleted for over 5 min',
    peers({ State: 'DELETING', DeletedAt: '2026-11-23T13:58:21Z' }),
    'fail',
    failed,
  ],
  [
    'it is being deleted for an hour',
    peers({ State: 'DELETING', DeletedAt: '2026-11-23T13:03:20Z' }),
    'fail',
    failed,
  ],
  ['it is being deleted, and nothing says since when', peers({ State: 'DELETING' }), 'fail', failed],
  [
    'it was deleted once, and is FAILING',
    peers({ State: 'FAILING', DeletedAt: '2026-11-23T14:03:20Z' }),
    'fail',
    failed,
  ],
  [
    'another one is FAILING than the requested peer',
    { ...peers({}, { Name: 'lab', State: 'FAILING' }), onlyPeer: 'west' },
    'pass',
  ],
  [
    'the requested peer is FAILING',
    { ...peers({}, { Name: 'lab', State: 'FAILING' }), onlyPeer: 'lab' },
    'fail',
    ['error', 'peering lab'],
  ],
  [
    'the requested peer does not exist',
    { ...peers({}, { Name: 'lab', State: 'FAILING' }), onlyPeer: 'nobody' },
    'skip',
  ],
]);

const codes = (changes: Changes): string => codesOf(resultFor(id, changes)).join('\n');

describe('the fix', () => {
  it('deletes again what Consul gave up to delete', () => {
    expect(codes(peers({ State: 'TERMINATED', DeletedAt: '2026-11-23T14:03:20Z', ...dialer }))).toBe(
      codes(peers({ State: 'DELETING', DeletedAt: '2026-11-23T13:03:20Z', ...dialer })),
    );
  });

  it('replaces what the other side has ended, from the side that dials', () => {
    // Measured on 1.20.1: the dialer establishes it again as it is; the acceptor's token is refused with 403.
    expect(codes(peers({ State: 'TERMINATED', ...dialer }))).toMatch(
      /^consul peering generate-token -name prod-east[^]*establish -name west/u,
    );
    for (const version of ['1.14.6', '1.15.2', 'latest']) {
      const servers = [exampleServer(), exampleServer({ version })];
      expect(codes({ ...peers({ State: 'TERMINATED', ...dialer }), servers })).toMatch(
        /peering delete -name west[^]*generate-token -name prod-east[^]*establish -name west/u,
      );
    }
    expect(codes(peers({ State: 'TERMINATED' }))).toMatch(
      /peering delete -name west[^]*generate-token -name west[^]*establish -name prod-east/u,
    );
  });

  it('raises the version of a PeeringAcceptor where one manages what this side accepts', () => {
    const annotate = 'kubectl annotate --overwrite peeringacceptor west';
    expect(codes(peers({ State: 'TERMINATED' }))).toContain(annotate);
    expect(codes(peers({ State: 'TERMINATED', ...dialer }))).not.toContain(annotate);
  });

  it('reads a failing peering first, then renews it', () => {
    expect(codes(failing())).toMatch(
      /^consul peering read -name west[^]*generate-token[^]*establish -name west/u,
    );
    expect(codes(failing())).not.toContain('delete');
  });

  it('requests a deletion that is stuck again, and reads what is in another state', () => {
    expect(codes(peers({ State: 'DELETING' }))).toContain('consul peering delete -name west');
    expect(codes(peers({ State: 'UNDEFINED' }))).toMatch(/^consul peering read -name west\n?$/u);
  });

  it('waits for the other side of an established peering, and never deletes it', () => {
    const restarted = [
      { State: 'PENDING', Remote: { Partition: '', Datacenter: 'dc2' } },
      { State: 'ESTABLISHING', ...dialer },
    ];
    for (const changes of restarted) {
      expect(codes(peers(changes))).toMatch(/^consul peering read -name west\n?$/u);
    }
  });

  it('uses the token of a newer peering that waits on the other side', () => {
    const ended = peers({ State: 'TERMINATED', ...dialer });
    const waiting = codes({ ...ended, ...west({ ID: 'new', Name: 'east', State: 'PENDING' }) });
    expect(waiting).toContain('establish -name west');
    expect(waiting).not.toContain('generate-token');
  });

  it('calls this cluster what the other side calls it', () => {
    const named = west({ ID: 'far', Name: 'from-the-east', State: 'FAILING' });
    expect(codes(failing(named))).toContain('generate-token -name from-the-east');
  });
});

describe('the cause', () => {
  const message = (...changes: readonly Changes[]) => resultFor(id, failing(...changes)).findings[0]?.message;
  const unread = (kind: HiddenReason['kind']): Changes => ({
    otherSides: [
      {
        peer: 'west',
        cluster: 'prod-west',
        snapshot: visible(changeSnapshot({ peerings: hidden({ kind, message: 'no route' }) })),
      },
    ],
  });

  it('is the address that does not answer where this side dials', () => {
    expect(message()).toContain('203.0.113.5:8503');
    const evidence = resultFor(id, failing()).findings[0]?.evidence.map(({ path }) => path);
    expect(evidence).toEqual(['State', 'StreamStatus.LastHeartbeat', 'PeerServerAddresses']);
    const accepting = resultFor(id, peers({ State: 'FAILING' })).findings[0]?.evidence;
    expect(accepting?.map(({ path }) => path)).toEqual(['State', 'StreamStatus.LastHeartbeat']);
  });

  it('is what the other side says', () => {
    expect(message(west())).not.toBe(message());
    expect(message(west({ ID: 'far', Name: 'prod', State: 'FAILING' }))).toContain('prod');
    const sides = ['lab', 'west'].map((peer) => ({
      peer,
      cluster: `prod-${peer}`,
      snapshot: visible(changeSnapshot(peers({ ID: 'far', Name: `name-at-${peer}`, State: 'FAILING' }))),
    }));
    expect(message({ otherSides: sides })).toContain('name-at-west');
    // An other side that is ACTIVE explains nothing.
    expect(message(west({ ID: 'far', Name: 'prod', State: 'ACTIVE' }))).toBe(message());
    const ended = (...changes: readonly Changes[]) =>
      resultFor(id, Object.assign({}, peers({ State: 'TERMINATED', ...dialer }), ...changes) as Changes)
        .findings[0]?.message;
    expect(ended(west())).not.toBe(ended());
    expect(ended(west({ ID: 'far', Name: 'prod', State: 'ACTIVE' }))).toBe(ended());
  });

  it('is the other side where it does not answer this bot either', () => {
    for (const kind of ['unreachable', 'timeout', 'server'] as const)
      expect(message(unread(kind))).toMatch(/203\.0\.113\.5:8503.*no route/u);
    const whole = hidden({ kind: 'unreachable', message: 'no route' });
    expect(message({ otherSides: [{ peer: 'west', cluster: 'prod-west', snapshot: whole }] })).toMatch(
      /203\.0\.113\.5:8503.*no route/u,
    );
    // A missing right of the bot says nothing about the peering.
    expect(message(unread('forbidden'))).toBe(message());
  });

  it('is the gateways where peering traffic goes through them, and none is healthy', () => {
    const through = {
      endpoint: '/v1/config/mesh/mesh',
      path: 'Peering.PeerThroughMeshGateways',
      value: true,
    };
    const evidence = (...changes: readonly Changes[]) =>
      resultFor(id, failing(throughGateways, ...changes)).findings[0]?.evidence;
    const sick = exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] });
    const resting = exampleGateway({
      checks: [exampleCheck({ CheckID: '_service_maintenance:mesh-gateway', Status: 'critical' })],
    });
    expect(evidence({ gateways: [] })).toContainEqual(through);
    expect(evidence({ gateways: [sick] })).toContainEqual(through);
    const half = exampleGateway({ checks: [exampleCheck(), exampleCheck({ Status: 'critical' })] });
    expect(evidence({ gateways: [half] })).toContainEqual(through);
    expect(evidence({ gateways: [sick, exampleGateway()] })).not.toContainEqual(through);
    expect(evidence({ gateways: [resting] })).not.toContainEqual(through);
    expect(evidence({ gateways: hidden() })).not.toContainEqual(through);
    expect(resultFor(id, failing({ gateways: [] })).findings[0]?.evidence).not.toContainEqual(through);
  });
});
