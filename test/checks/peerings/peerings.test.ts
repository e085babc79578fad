import { examplePeering } from '../../../src/checks/examples/parts';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { visible, check, hidden, short, snapshotOf } from '../world';

type Some = Partial<Snapshot['sections']>;

const peers = (...list: readonly Parameters<typeof examplePeering>[0][]): Some => ({
  peerings: visible({
    enabled: true,
    list: list.map((over, n) => examplePeering({ ID: `id-${n}`, ...over })),
  }),
});

const dialer = { PeerServerAddresses: ['203.0.113.5:8503'], PeerID: 'far' };

/** `west` is configured here too, and has these peerings. */
const far = (...list: readonly Parameters<typeof examplePeering>[0][]): Some => ({
  otherSides: visible([
    { peer: 'west', cluster: 'prod-west', snapshot: visible(snapshotOf(peers(...list))) },
  ]),
});

const codes = (result: ReturnType<typeof check>): string =>
  result.findings.flatMap(({ remediation }) => remediation.map(({ code }) => code)).join('\n');

describe('peering-active', () => {
  const id = 'peering-active';
  const failed = ['fail', 'error peering west'];

  it.each(['FAILING', 'TERMINATED', 'UNDEFINED', ''])('fails for %p', (State) => {
    expect(short(check(id, snapshotOf(peers({ State }))))).toEqual(failed);
    expect(short(check(id, snapshotOf(peers({ State, ...dialer }))))).toEqual(failed);
  });

  it('passes for ACTIVE, and leaves what is not established yet to its own requirement', () => {
    expect(short(check(id, snapshotOf(peers({}, { Name: 'lab', State: 'PENDING' }))))).toEqual(['pass']);
    expect(
      short(check(id, snapshotOf(peers({ State: 'PENDING' }, { Name: 'lab', State: 'ESTABLISHING' })))),
    ).toEqual(['skip']);
    expect(short(check(id, snapshotOf(peers())))).toEqual(['skip']);
    expect(short(check(id, snapshotOf({ peerings: hidden() })))).toEqual(['unknown']);
  });

  it('gives a deletion its time', () => {
    const deleting = (DeletedAt: string) => snapshotOf(peers({ State: 'DELETING', DeletedAt }));
    expect(short(check(id, deleting('2026-11-23T14:03:20Z')))).toEqual(['pass']);
    expect(short(check(id, deleting('2026-11-23T13:03:20Z')))).toEqual(failed);
  });

  it('starts over what the other side has ended, from the side that dials', () => {
    const ended = (over: object) => codes(check(id, snapshotOf(peers({ State: 'TERMINATED', ...over }))));
    expect(ended(dialer)).toMatch(
      /peering delete -name west[^]*generate-token -name prod-east[^]*establish -name west/u,
    );
    expect(ended({})).toMatch(
      /peering delete -name west[^]*generate-token -name west[^]*establish -name prod-east/u,
    );
  });

  it('tells the cause from what the other side says', () => {
    const message = (...some: readonly Some[]) =>
      check(id, snapshotOf(Object.assign(peers({ State: 'FAILING', ...dialer }), ...some) as Some))
        .findings[0]?.message;
    const without = message();
    expect(without).toContain('203.0.113.5:8503');
    expect(message(far())).not.toBe(without);
    expect(message(far({ ID: 'far', Name: 'prod', State: 'FAILING' }))).toContain('prod');
    const unread = (kind: 'unreachable' | 'forbidden') => {
      const side = visible(snapshotOf({ peerings: hidden({ kind, message: 'no route' }) }));
      return message({ otherSides: visible([{ peer: 'west', cluster: 'prod-west', snapshot: side }]) });
    };
    expect(unread('unreachable')).toMatch(/203\.0\.113\.5:8503.*no route/u);
    // What the bot may not read says nothing of the peering.
    expect(unread('forbidden')).toBe(without);
  });

  it('calls this cluster what the other side calls it', () => {
    const some = {
      ...peers({ State: 'FAILING', ...dialer }),
      ...far({ ID: 'far', Name: 'from-the-east', State: 'FAILING' }),
    };
    expect(codes(check(id, snapshotOf(some)))).toContain('generate-token -name from-the-east');
  });

  it('suspects the gateways where peering traffic goes through them', () => {
    const mesh = visible([
      {
        entry: { Kind: 'mesh' as const, Peering: { PeerThroughMeshGateways: true } },
        at: { endpoint: '/v1/config/mesh/mesh', path: '' },
        withheld: [],
      },
    ]);
    const [finding] = check(
      id,
      snapshotOf({ ...peers({ State: 'FAILING' }), mesh, gateways: visible([]) }),
    ).findings;
    expect(finding?.evidence).toContainEqual({
      endpoint: '/v1/config/mesh/mesh',
      path: 'Peering.PeerThroughMeshGateways',
      value: true,
    });
  });

  it('narrows to one peer', () => {
    const snapshot = snapshotOf(peers({}, { Name: 'lab', State: 'FAILING' }));
    expect(short(check(id, snapshot, { peer: 'west' }))).toEqual(['pass']);
    expect(short(check(id, snapshot, { peer: 'lab' }))).toEqual(['fail', 'error peering lab']);
    expect(short(check(id, snapshot, { peer: 'nobody' }))).toEqual(['skip']);
  });
});

describe('peering-pending', () => {
  const id = 'peering-pending';
  const pending = (State: string, since?: string): Snapshot =>
    snapshotOf({
      ...peers({ State, StreamStatus: null }),
      pendingSince: since === undefined ? hidden({ kind: 'not-gathered' }) : visible({ 'id-0': since }),
    });

  it.each(['PENDING', 'ESTABLISHING'])('warns of %s for over a day', (State) => {
    expect(short(check(id, pending(State, '2026-11-22T14:03:21Z')))).toEqual([
      'fail',
      'warning peering west',
    ]);
    expect(short(check(id, pending(State, '2026-11-22T14:03:23Z')))).toEqual(['pass']);
  });

  it('mentions one of unknown age', () => {
    expect(short(check(id, pending('PENDING')))).toEqual(['pass', 'info peering west']);
    const unknownId = {
      ...pending('PENDING').sections,
      pendingSince: visible({ other: '2026-11-01T00:00:00Z' }),
    };
    expect(short(check(id, snapshotOf(unknownId)))).toEqual(['pass', 'info peering west']);
  });

  it('passes for others, and skips without peerings', () => {
    expect(short(check(id, snapshotOf()))).toEqual(['pass']);
    expect(short(check(id, snapshotOf(peers())))).toEqual(['skip']);
  });

  it('starts over on the side that dials, and makes a new token on the other', () => {
    const remedy = (over: object) =>
      codes(check(id, snapshotOf({ ...peers({ State: 'PENDING', ...over }), pendingSince: visible({}) })));
    expect(remedy(dialer)).toMatch(/^consul peering delete -name west/u);
    expect(remedy({})).toMatch(/^consul peering generate-token -name west/u);
  });
});

describe('peering-heartbeat', () => {
  const id = 'peering-heartbeat';
  // The snapshot was taken at 14:03:22.
  const heard = (LastHeartbeat: string | null, LastReceive: string | null = null): Snapshot =>
    snapshotOf(
      peers({ StreamStatus: { ImportedServices: [], ExportedServices: [], LastHeartbeat, LastReceive } }),
    );

  it.each([
    ['2026-11-23T14:03:20Z', ['pass']],
    ['2026-11-23T14:02:38Z', ['pass']],
    ['2026-11-23T14:02:36Z', ['fail', 'warning peering west']],
    ['2026-11-23T14:01:23Z', ['fail', 'warning peering west']],
    ['2026-11-23T14:01:21Z', ['fail', 'error peering west']],
    ['2026-11-23T14:09:00Z', ['pass']],
    ['not a time', ['pass']],
  ])('a last heartbeat at %s', (at, expected) => {
    expect(short(check(id, heard(at)))).toEqual(expected);
  });

  it('takes none for normal shortly after a peering became active', () => {
    expect(short(check(id, heard(null)))).toEqual(['pass']);
    expect(short(check(id, heard('0001-01-01T00:00:00Z')))).toEqual(['pass']);
    expect(short(check(id, heard(null, '2026-11-23T14:03:10Z')))).toEqual(['pass']);
    expect(short(check(id, heard(null, '2026-11-23T13:03:10Z')))).toEqual(['fail', 'error peering west']);
  });

  it('is about ACTIVE peerings', () => {
    const old = { LastHeartbeat: '2026-11-23T13:00:00Z', ImportedServices: [], ExportedServices: [] };
    expect(short(check(id, snapshotOf(peers({ State: 'FAILING', StreamStatus: old }))))).toEqual(['skip']);
    expect(short(check(id, snapshotOf(peers())))).toEqual(['skip']);
    expect(short(check(id, snapshotOf(peers({ StreamStatus: null }))))).toEqual(['pass']);
  });
});
