import { examplePeering } from '../../../src/checks/examples/parts';
import type { Probe } from '../../../src/snapshot/probe-section';
import { endedCertificate, exampleProbe, failedProbe, foreignCertificate, peers } from '../changes';
import { checkTable } from '../check-table';
import { hidden, partial } from '../world';

const dialing = (...addresses: readonly string[]) =>
  peers({ PeerServerAddresses: [...addresses], PeerID: 'far' });
const warned = ['warning', 'peering west'] as const;
const mentioned = ['info', 'peering west'] as const;

const server = (address: string, changes: Partial<Probe> = {}): Probe =>
  exampleProbe({ use: 'peer-server', address, peer: 'west', ...changes });
const silent = (address: string, outcome: Probe['outcome'] = 'timeout'): Probe =>
  failedProbe(outcome, { use: 'peer-server', address, peer: 'west' });
const pending = (...addresses: readonly string[]) =>
  peers({ PeerServerAddresses: [...addresses], PeerID: 'far', State: 'PENDING' });
const [one, two] = ['198.51.100.20:8503', '198.51.100.21:8503'];

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
  [
    'loopback, where the bot reaches a server of the peer',
    { ...dialing('127.0.0.1:8503'), probes: [server('127.0.0.1:8503')] },
    'pass',
  ],
  [
    'a private range, where the bot reaches a server of the peer',
    { ...dialing('10.4.0.9:8503'), probes: [server('10.4.0.9:8503')] },
    'pass',
  ],
  [
    'a private range, of which the bot reaches one of two',
    {
      ...dialing('10.4.0.9:8503', '10.4.0.8:8503'),
      probes: [server('10.4.0.9:8503'), silent('10.4.0.8:8503')],
    },
    'pass',
    mentioned,
  ],
  [
    'the answer of another use of the same address counts for nothing',
    { ...dialing('10.4.0.9:8503'), probes: [exampleProbe({ address: '10.4.0.9:8503' })] },
    'pass',
    mentioned,
  ],
  [
    'the answer of a server of another peer counts for nothing',
    { ...pending(one), probes: [{ ...silent(one), peer: 'lab' }] },
    'pass',
  ],
  [
    'a pending peering whose servers do not answer the bot',
    { ...pending(one, two), probes: [silent(one), silent(two, 'refused')] },
    'fail',
    warned,
  ],
  [
    'a pending peering whose servers answer neither vantage point',
    { ...pending(one), probes: [{ ...silent(one), second: { from: 'dmz', outcome: 'timeout' } }] },
    'fail',
    ['error', 'peering west'],
  ],
  [
    'a pending peering whose server answers the second vantage point alone',
    { ...pending(one), probes: [{ ...silent(one), second: { from: 'dmz', outcome: 'tls' } }] },
    'fail',
    warned,
  ],
  [
    'an active peering whose servers answer neither vantage point',
    { ...dialing(one), probes: [{ ...silent(one), second: { from: 'dmz', outcome: 'timeout' } }] },
    'pass',
    mentioned,
  ],
  [
    'a pending peering, of which one server answers',
    { ...pending(one, two), probes: [server(one), silent(two)] },
    'pass',
    mentioned,
  ],
  [
    'an active peering whose servers do not answer the bot',
    { ...dialing(one), probes: [silent(one)] },
    'pass',
    mentioned,
  ],
  [
    'a server that completes no handshake',
    { ...pending(one), probes: [silent(one, 'connected')] },
    'fail',
    warned,
  ],
  ['a name without an address', { ...pending(one), probes: [silent(one, 'unresolved')] }, 'fail', warned],
  ['an address that is never probed', { ...pending(one), probes: [silent(one, 'forbidden')] }, 'pass'],
  [
    'loopback that the bot does not probe',
    { ...pending('127.0.0.1:8503'), probes: [silent('127.0.0.1:8503', 'forbidden')] },
    'fail',
    warned,
  ],
  [
    'a server of another cluster',
    { ...dialing(one), probes: [server(one, { certificate: foreignCertificate })] },
    'fail',
    warned,
  ],
  [
    'a certificate that has ended',
    { ...dialing(one), probes: [server(one, { certificate: endedCertificate })] },
    'fail',
    warned,
  ],
  [
    'a certificate without a trust domain',
    { ...dialing(one), probes: [server(one, { certificate: { trustDomain: '', notAfter: '' } })] },
    'pass',
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
