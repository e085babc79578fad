import { examplePeering } from '../../../src/checks/examples/parts';
import { dialer, peers } from '../changes';
import { checkTable, type Changes, codesOf, resultFor, type Row } from '../check-table';
import { hidden, partial } from '../world';

const id = 'peering-heartbeat';

/** An ACTIVE peering that was last heard of at these times. The snapshot was taken at 14:03:22. */
const heard = (
  LastHeartbeat: string | null,
  LastReceive: string | null = null,
  changes: object = {},
): Changes =>
  peers({
    StreamStatus: { ImportedServices: [], ExportedServices: [], LastHeartbeat, LastReceive },
    ...changes,
  });

/** An ACTIVE peering that nothing was ever received from. */
const sent = (LastSend: string): Changes =>
  peers({
    StreamStatus: {
      ImportedServices: [],
      ExportedServices: [],
      LastHeartbeat: null,
      LastReceive: null,
      LastSend,
    },
  });

const silent = { ImportedServices: [], ExportedServices: [], LastHeartbeat: '2026-11-23T13:00:00Z' };
const warned = ['warning', 'peering west'] as const;
const failed = ['error', 'peering west'] as const;

checkTable(id, [
  ['a heartbeat has just arrived', {}, 'pass'],
  ...(
    [
      ['2026-11-23T14:03:20Z', 'pass'],
      ['2026-11-23T14:02:38Z', 'pass'],
      ['2026-11-23T14:02:37Z', 'pass'],
      ['2026-11-23T14:02:36Z', 'fail', warned],
      ['2026-11-23T14:01:23Z', 'fail', warned],
      ['2026-11-23T14:01:22Z', 'fail', warned],
      ['2026-11-23T14:01:21Z', 'fail', failed],
      ['2026-11-23T14:09:00Z', 'pass'],
      ['not a time', 'pass'],
    ] as const
  ).map(
    ([time, outcome, ...findings]): Row => [`the last heartbeat: ${time}`, heard(time), outcome, ...findings],
  ),
  ['there was no heartbeat yet', heard(null), 'pass'],
  ['nothing was ever received, and the last message was sent just now', sent('2026-11-23T14:03:10Z'), 'pass'],
  [
    'nothing was ever received, and the last message was sent two minutes ago',
    sent('2026-11-23T14:01:22Z'),
    'pass',
  ],
  [
    'nothing was ever received, and the last message was sent more than two minutes ago',
    sent('2026-11-23T14:01:21Z'),
    'fail',
    failed,
  ],
  ['there was no heartbeat yet, as Go writes it', heard('0001-01-01T00:00:00Z'), 'pass'],
  ['there was no heartbeat yet, and a message just now', heard(null, '2026-11-23T14:03:10Z'), 'pass'],
  [
    'there was no heartbeat yet, and the last message is old',
    heard(null, '2026-11-23T13:03:10Z'),
    'fail',
    failed,
  ],
  [
    'there was no heartbeat yet as Go writes it, and the last message is old',
    heard('0001-01-01T00:00:00Z', '2026-11-23T13:03:10Z'),
    'fail',
    failed,
  ],
  [
    'the last heartbeat is old, and the last message is not',
    heard('2026-11-23T13:03:10Z', '2026-11-23T14:03:20Z'),
    'fail',
    failed,
  ],
  ['there is no stream status', peers({ StreamStatus: null }), 'pass'],
  [
    'two of three are silent',
    peers({ StreamStatus: silent }, { Name: 'lab' }, { Name: 'edge', StreamStatus: silent }),
    'fail',
    failed,
    ['error', 'peering edge'],
  ],
  [
    'one that is not ACTIVE is silent',
    peers({}, { Name: 'lab', State: 'FAILING', StreamStatus: silent }),
    'pass',
  ],
  ['none is ACTIVE', peers({ State: 'FAILING', StreamStatus: silent }), 'skip'],
  ['there is no peering', peers(), 'skip'],
  ['the requested peer does not exist', { ...peers({ StreamStatus: silent }), onlyPeer: 'nobody' }, 'skip'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  [
    'some peerings are not visible',
    { peerings: partial({ enabled: true, list: [examplePeering()] }) },
    'unknown',
  ],
]);

it('peering-heartbeat asks for a new leader at the dialer, and never for a token', () => {
  const result = (changes: object) => resultFor(id, heard('2026-11-23T13:03:10Z', null, changes));
  for (const changes of [dialer, {}]) {
    const codes = codesOf(result(changes)).join('\n');
    expect(codes).toMatch(/^consul peering read -name west[^]*consul operator raft transfer-leader/u);
    expect(codes).not.toContain('token');
  }
});
