import { examplePeering } from '../../../src/checks/examples/parts';
import { exampleCertificates } from '../../../src/checks/examples/certificates';
import type { Peering } from '../../../src/consul/wire';
import { peers } from '../changes';
import { checkTable } from '../check-table';
import { hidden, partial } from '../world';

const { tenYears, expired, ending, future } = exampleCertificates;
const holding = (pems: readonly string[], changes: Partial<Peering> = {}) =>
  peers({ PeerCAPems: [...pems], ...changes });
const failed = ['error', 'peering west'] as const;

// The snapshot was taken on 2026-11-23.
checkTable('peering-ca-expiry', [
  ['valid for years', holding([tenYears]), 'pass'],
  ['old roots linger beside a valid one', holding([expired, tenYears, ending]), 'pass'],
  ['a new root is there for when the old one ends', holding([ending, future]), 'pass'],
  ['all have expired', holding([expired, expired]), 'fail', failed],
  [
    'those of two peers of three have expired',
    peers(
      { PeerCAPems: [expired] },
      { Name: 'lab', PeerCAPems: [tenYears] },
      { Name: 'edge', PeerCAPems: [expired] },
    ),
    'fail',
    failed,
    ['error', 'peering edge'],
  ],
  ['none is valid yet', holding([future]), 'fail', failed],
  ['the last one ends in 17 days', holding([expired, ending]), 'fail', ['warning', 'peering west']],
  ['one that cannot be read', holding(['nonsense']), 'unknown'],
  ['one that cannot be read beside a valid one', holding(['nonsense', tenYears]), 'pass'],
  ['never established', peers({ State: 'PENDING' }), 'skip'],
  ['it has ended anyway', holding([expired], { State: 'TERMINATED' }), 'skip'],
  ['no peering', peers(), 'skip'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  [
    'some peerings are not visible',
    { peerings: partial({ enabled: true, list: [examplePeering()] }) },
    'unknown',
  ],
]);
