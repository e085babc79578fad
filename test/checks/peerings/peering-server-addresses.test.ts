import { examplePeering } from '../../../src/checks/examples/parts';
import { peers } from '../changes';
import { checkTable } from '../check-table';
import { hidden, partial } from '../world';

const dialing = (...addresses: readonly string[]) =>
  peers({ PeerServerAddresses: [...addresses], PeerID: 'far' });
const warned = ['warning', 'peering west'] as const;
const mentioned = ['info', 'peering west'] as const;

checkTable('peering-server-addresses', [
  ['an address of the internet', dialing('198.51.100.20:8503'), 'pass'],
  ['a hostname', dialing('consul.west.example:8503'), 'pass'],
  ['loopback', dialing('127.0.0.1:8503'), 'fail', warned],
  ['loopback of IPv6', dialing('[::1]:8503'), 'fail', warned],
  ['one of several is loopback', dialing('198.51.100.20:8503', 'localhost:8503'), 'fail', warned],
  ['unspecified', dialing('0.0.0.0:8503'), 'fail', warned],
  ['a private range', dialing('10.4.0.9:8503'), 'pass', mentioned],
  ['loopback beside a private range, said once', dialing('10.4.0.9:8503', '127.0.0.1:8503'), 'fail', warned],
  [
    'two of three peerings have a loopback address, the first is an acceptor',
    peers(
      {},
      { Name: 'lab', PeerServerAddresses: ['127.0.0.1:8503'], PeerID: 'lab' },
      { Name: 'edge', PeerServerAddresses: ['[::1]:8503'], PeerID: 'edge' },
    ),
    'fail',
    ['warning', 'peering lab'],
    ['warning', 'peering edge'],
  ],
  ['an acceptor', {}, 'skip'],
  ['no peering', peers(), 'skip'],
  [
    'another peer than the one asked for',
    {
      ...peers(
        { PeerServerAddresses: ['127.0.0.1:8503'], PeerID: 'far' },
        { Name: 'lab', PeerServerAddresses: ['198.51.100.20:8503'], PeerID: 'lab' },
      ),
      onlyPeer: 'lab',
    },
    'pass',
  ],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  [
    'some peerings are not visible',
    { peerings: partial({ enabled: true, list: [examplePeering()] }) },
    'unknown',
  ],
]);
