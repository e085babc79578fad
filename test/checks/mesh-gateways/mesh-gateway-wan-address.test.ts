import {
  exampleCheck,
  exampleGateway,
  examplePeering,
  exampleSerfHealth,
} from '../../../src/checks/examples/parts';
import type { GatewayInstance } from '../../../src/snapshot/snapshot';
import type { Probe } from '../../../src/snapshot/probe-section';
import { endedCertificate, exampleProbe, failedProbe, foreignCertificate, peers } from '../changes';
import { type Changes, checkTable } from '../check-table';
import { hidden, partial } from '../world';
import { importOnly } from './changes';

const gateway = (wan: string, node = 'gw-1'): GatewayInstance =>
  exampleGateway({
    node: { Node: node },
    service: { TaggedAddresses: wan === '' ? {} : { wan: { Address: wan, Port: 8443 } } },
  });
const handingOut = (...wans: readonly string[]): Changes => ({
  gateways: wans.map((wan, index) => gateway(wan, `gw-${index + 1}`)),
});
const first = 'mesh-gateway mesh-gateway on gw-1';
const second = 'mesh-gateway mesh-gateway on gw-2';
const onNode = (TaggedAddresses: Record<string, string>, Address: string): Changes => ({
  gateways: [
    exampleGateway({ node: { TaggedAddresses, Address }, service: { Address: '', TaggedAddresses: {} } }),
  ],
});
const exportsNothing: Changes = { exportedServices: [], resolvedExports: [], peerings: hidden() };

/** A probe of the address of a mesh gateway of west. */
const ofWest = (address: string, outcome: Probe['outcome']): Probe =>
  outcome === 'tls'
    ? exampleProbe({ use: 'peer-gateway', address, peer: 'west' })
    : failedProbe(outcome, { use: 'peer-gateway', address, peer: 'west' });

checkTable('mesh-gateway-wan-address', [
  ['an address of the internet', handingOut('203.0.113.7'), 'pass'],
  ['unspecified', handingOut('0.0.0.0'), 'fail', ['error', first]],
  ['link-local', handingOut('169.254.7.7'), 'fail', ['error', first]],
  ['link-local beside a good one', handingOut('203.0.113.7', 'fe80::7'), 'fail', ['error', second]],
  ['loopback', handingOut('127.0.0.1'), 'fail', ['warning', first]],
  ['private', handingOut('10.0.3.7'), 'pass', ['info', first]],
  ['no WAN address: that of the service', handingOut(''), 'pass', ['info', first]],
  [
    'two gateways on one node, told apart by their ids',
    {
      gateways: ['mesh-gateway', 'mesh-gateway-2'].map((ID) =>
        exampleGateway({
          node: { Node: 'gw-1' },
          service: { ID, TaggedAddresses: { wan: { Address: '0.0.0.0', Port: 8443 } } },
        }),
      ),
    },
    'fail',
    ['error', `${first} (mesh-gateway)`],
    ['error', `${first} (mesh-gateway-2)`],
  ],
  ['the WAN address of the node', onNode({ wan: '0.0.0.0' }, '203.0.113.7'), 'fail', ['error', first]],
  ['the address of the node', onNode({}, '0.0.0.0'), 'fail', ['error', first]],
  [
    'one hostname',
    handingOut('gw.east.example', 'GW.east.example'),
    'pass',
    ['info', first],
    ['info', second],
  ],
  [
    'several hostnames',
    handingOut('gw-1.east.example', 'gw-2.east.example'),
    'fail',
    ['warning', first],
    ['warning', second],
  ],
  ['a hostname beside an address', handingOut('gw.east.example', '203.0.113.7'), 'fail', ['warning', first]],
  [
    'unspecified, and the cluster only imports',
    {
      ...handingOut('0.0.0.0'),
      exportedServices: [],
      ...peers({ StreamStatus: { ImportedServices: ['billing'], ExportedServices: [] } }),
    },
    'fail',
    ['warning', first],
  ],
  [
    'unspecified, and there is no peering yet',
    { ...handingOut('0.0.0.0'), ...peers() },
    'fail',
    ['error', first],
  ],
  ['it answers the bot', { probes: [exampleProbe()] }, 'pass'],
  ['it completes no handshake, as where nothing is exported', { probes: [failedProbe('connected')] }, 'pass'],
  ...(['refused', 'timeout', 'unreachable', 'unresolved'] as const).map(
    (outcome) =>
      [
        `its check passes, and the bot found: ${outcome}`,
        { probes: [failedProbe(outcome)] },
        'fail',
        ['warning', first],
      ] as const,
  ),
  [
    'a private address that does not answer the bot',
    { ...handingOut('10.0.0.7'), probes: [failedProbe('timeout', { address: '10.0.0.7:8443' })] },
    'fail',
    ['warning', first],
  ],
  [
    'a private address that answers the bot, which may be near',
    { ...handingOut('10.0.0.7'), probes: [exampleProbe({ address: '10.0.0.7:8443' })] },
    'pass',
    ['info', first],
  ],
  [
    'a link-local address stays an error',
    { ...handingOut('169.254.7.7'), probes: [failedProbe('forbidden', { address: '169.254.7.7:8443' })] },
    'fail',
    ['error', first],
  ],
  [
    'it fails its check, which another check reports',
    {
      gateways: [exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] })],
      probes: [failedProbe('refused')],
    },
    'pass',
  ],
  [
    'it has no check, which another check reports',
    {
      gateways: [exampleGateway({ checks: [exampleSerfHealth('passing')] })],
      probes: [failedProbe('refused')],
    },
    'pass',
  ],
  [
    'another cluster answers',
    { probes: [exampleProbe({ certificate: foreignCertificate })] },
    'fail',
    ['warning', first],
  ],
  [
    'its certificate has ended',
    { probes: [exampleProbe({ certificate: endedCertificate })] },
    'fail',
    ['warning', first],
  ],
  [
    'a gateway of a peer refuses the bot',
    { probes: [ofWest('198.51.100.7:8443', 'refused'), ofWest('198.51.100.8:8443', 'tls')] },
    'fail',
    ['warning', 'peering west'],
  ],
  [
    'a gateway of a peer does not answer the bot, and none is registered here',
    { gateways: [], probes: [ofWest('198.51.100.7:8443', 'timeout')] },
    'fail',
    ['warning', 'peering west'],
  ],
  [
    'no gateway of a peer answers either vantage point',
    {
      gateways: [],
      probes: [{ ...ofWest('198.51.100.7:8443', 'timeout'), second: { from: 'dmz', outcome: 'timeout' } }],
    },
    'fail',
    ['error', 'peering west'],
  ],
  [
    'one of two gateways of a peer answers neither vantage point',
    {
      gateways: [],
      probes: [
        { ...ofWest('198.51.100.7:8443', 'timeout'), second: { from: 'dmz', outcome: 'timeout' } },
        { ...ofWest('198.51.100.8:8443', 'tls'), second: { from: 'dmz', outcome: 'tls' } },
      ],
    },
    'fail',
    ['warning', 'peering west'],
  ],
  [
    'gateways of a peer answer the bot',
    { gateways: [], probes: [ofWest('198.51.100.7:8443', 'tls')] },
    'skip',
  ],
  [
    'a gateway of another peer than the requested one refuses the bot',
    {
      ...peers({}, { Name: 'lab' }),
      probes: [{ ...ofWest('198.51.100.7:8443', 'refused'), peer: 'lab' }],
      onlyPeer: 'west',
    },
    'pass',
  ],
  [
    'it answers neither vantage point',
    { probes: [failedProbe('timeout', { second: { from: 'dmz', outcome: 'refused' } })] },
    'fail',
    ['error', first],
  ],
  [
    'it answers neither vantage point, and nothing is exported',
    {
      ...importOnly,
      probes: [failedProbe('timeout', { second: { from: 'dmz', outcome: 'refused' } })],
    },
    'fail',
    ['warning', first],
  ],
  [
    'it answers the second vantage point alone',
    { probes: [failedProbe('timeout', { second: { from: 'dmz', outcome: 'tls' } })] },
    'fail',
    ['warning', first],
  ],
  [
    'it answers the bot alone',
    { probes: [exampleProbe({ second: { from: 'dmz', outcome: 'timeout' } })] },
    'fail',
    ['warning', first],
  ],
  ['no gateway', { gateways: [] }, 'skip'],
  ['gateways are not visible', { gateways: hidden() }, 'unknown'],
  ['some gateways are not visible', { gateways: partial([gateway('203.0.113.7')]) }, 'unknown'],
  [
    'unspecified, some peerings are not visible, and the cluster exports to a visible one',
    { ...handingOut('0.0.0.0'), peerings: partial({ enabled: true, list: [examplePeering()] }) },
    'fail',
    ['error', first],
  ],
  [
    'unspecified, and no peering is visible while some are hidden',
    { ...handingOut('0.0.0.0'), peerings: partial({ enabled: true, list: [] }) },
    'unknown',
  ],
  ['peerings are not visible', { ...handingOut('203.0.113.7'), ...exportsNothing }, 'unknown'],
]);
