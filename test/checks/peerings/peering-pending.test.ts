import { examplePeering } from '../../../src/checks/examples/parts';
import { dialer, peers } from '../changes';
import { checkTable, type Changes, codesOf, resultFor } from '../check-table';
import { changeSnapshot } from '../../../src/checks/examples/healthy';
import { hidden, partial, visible } from '../world';

const id = 'peering-pending';

/** Calls to a peering that is not established fail, whatever its age. */
const nobodyCalls: Changes = { sidecars: [] };

/** A peering in a state, first seen in it at a time. The snapshot was taken at 2026-11-23T14:03:22Z. */
const since = (State: string, time: string): Changes => ({
  ...peers({ State, StreamStatus: null }),
  ...nobodyCalls,
  pendingSince: { 'id-0': time },
});

const unknownAge: Changes = {
  ...peers({ State: 'PENDING', StreamStatus: null }),
  ...nobodyCalls,
  pendingSince: hidden({ kind: 'not-gathered' }),
};

const failed = ['error', 'peering west'] as const;

/** It shows PENDING since the acceptor has a new leader. */
const established: Changes = {
  ...peers({ State: 'PENDING', Remote: { Partition: '', Datacenter: 'dc2' } }),
  ...nobodyCalls,
  pendingSince: { 'id-0': '2026-11-01T00:00:00Z' },
};

const dialing = (): Changes => ({
  ...peers({ State: 'PENDING', ...dialer }),
  ...nobodyCalls,
  pendingSince: {},
});

/** `west` is configured here too, and is PENDING with the token of this peering. */
const held = (PeerID: string): Changes => ({
  otherSides: [
    {
      peer: 'west',
      cluster: 'prod-west',
      snapshot: visible(
        changeSnapshot(peers({ ID: 'far', Name: 'east', State: 'PENDING', ...dialer, PeerID })),
      ),
    },
  ],
});

checkTable(id, [
  ['no peering is pending', {}, 'pass'],
  [
    'it is PENDING for over a day',
    since('PENDING', '2026-11-22T14:03:21Z'),
    'fail',
    ['warning', 'peering west'],
  ],
  ['it is PENDING for a day', since('PENDING', '2026-11-22T14:03:22Z'), 'pass'],
  ['it is PENDING for less than a day', since('PENDING', '2026-11-22T14:03:23Z'), 'pass'],
  [
    'it is ESTABLISHING, which is a state of established peerings',
    since('ESTABLISHING', '2026-11-01T00:00:00Z'),
    'pass',
  ],
  ['it was established before', established, 'pass'],
  ['this side dials, and did not get through', dialing(), 'fail', failed],
  ['this side dials since 10 s', { ...dialing(), pendingSince: { 'id-0': '2026-11-23T14:03:12Z' } }, 'pass'],
  [
    'the other side holds the token, and did not get through',
    { ...unknownAge, ...held('id-0') },
    'fail',
    failed,
  ],
  [
    'the other side holds another token',
    { ...unknownAge, ...held('id-9') },
    'pass',
    ['info', 'peering west'],
  ],
  ['it is FAILING for long', since('FAILING', '2026-11-01T00:00:00Z'), 'pass'],
  ['its age is not known', unknownAge, 'pass', ['info', 'peering west']],
  [
    'its age is not known, but that of another is',
    { ...unknownAge, pendingSince: { other: '2026-11-01T00:00:00Z' } },
    'pass',
    ['info', 'peering west'],
  ],
  [
    'two of three are pending for long',
    {
      ...peers({ State: 'PENDING' }, { Name: 'lab' }, { Name: 'edge', State: 'PENDING' }),
      pendingSince: { 'id-0': '2026-11-20T00:00:00Z', 'id-2': '2026-11-21T00:00:00Z' },
    },
    'fail',
    ['warning', 'peering west'],
    ['warning', 'peering edge'],
  ],
  [
    'a service already calls the peer',
    {
      ...peers({ State: 'PENDING', StreamStatus: null }),
      pendingSince: { 'id-0': '2026-11-23T14:00:00Z' },
      withPaths: true,
    },
    'fail',
    failed,
  ],
  ['there is no peering', peers(), 'skip'],
  ['the requested peer does not exist', { ...unknownAge, onlyPeer: 'nobody' }, 'skip'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  [
    'some peerings are not visible',
    { peerings: partial({ enabled: true, list: [examplePeering()] }) },
    'unknown',
  ],
]);

it('peering-pending shows new addresses before a new token on the side that dials', () => {
  const codes = (changes: object) =>
    codesOf(resultFor(id, { ...peers({ State: 'PENDING', ...changes }), pendingSince: {} })).join('\n');
  expect(codes(dialer)).toMatch(/advertise_addr[^]*peering delete -name west[^]*generate-token/u);
  expect(codes({})).toMatch(/^consul peering generate-token -name west[^]*consul peering delete -name west/u);
});
