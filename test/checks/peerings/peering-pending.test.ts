import { dialer, peers } from '../changes';
import { checkTable, type Changes, codesOf, resultFor, type Row } from '../check-table';
import { hidden } from '../world';

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

checkTable(id, [
  ['no peering is pending', {}, 'pass'],
  ...['PENDING', 'ESTABLISHING'].flatMap((State): readonly Row[] => [
    [
      `it is ${State} for over a day`,
      since(State, '2026-11-22T14:03:21Z'),
      'fail',
      ['warning', 'peering west'],
    ],
    [`it is ${State} for a day`, since(State, '2026-11-22T14:03:22Z'), 'pass'],
    [`it is ${State} for less than a day`, since(State, '2026-11-22T14:03:23Z'), 'pass'],
  ]),
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
      ...peers({ State: 'PENDING' }, { Name: 'lab' }, { Name: 'edge', State: 'ESTABLISHING' }),
      pendingSince: { 'id-0': '2026-11-20T00:00:00Z', 'id-2': '2026-11-21T00:00:00Z' },
    },
    'fail',
    ['warning', 'peering west'],
    ['warning', 'peering edge'],
  ],
  [
    'a service already calls the peer',
    { ...peers({ State: 'PENDING', StreamStatus: null }), pendingSince: { 'id-0': '2026-11-23T14:00:00Z' } },
    'fail',
    ['warning', 'peering west'],
  ],
  ['there is no peering', peers(), 'skip'],
  ['the requested peer does not exist', { ...unknownAge, onlyPeer: 'nobody' }, 'skip'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
]);

it('peering-pending replaces the peering on the side that dials, and generates a new token on the other', () => {
  const first = (changes: object) =>
    codesOf(resultFor(id, { ...peers({ State: 'PENDING', ...changes }), pendingSince: {} })).join('\n');
  expect(first(dialer)).toMatch(/^consul peering delete -name west/u);
  expect(first({})).toMatch(/^consul peering generate-token -name west[^]*consul peering delete -name west/u);
});
