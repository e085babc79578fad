import { exampleAgent, examplePeering, exampleServer } from '../../../src/checks/examples/parts';
import { exampleProbe, failedProbe, foreignCertificate, peers } from '../changes';
import { type Changes, checkTable, type Row } from '../check-table';
import { hidden, partial } from '../world';

const closed = exampleServer({ grpcPort: '', grpcTlsPort: '' });
const dials = { Name: 'lab', PeerServerAddresses: ['192.0.2.1:8503'] };
const failed = ['error', 'cluster prod-east'] as const;

const plain = (grpcTlsPort = '-1'): Changes => ({ servers: [exampleServer({ grpcTlsPort })] });

/** The settings of the answering agent, as far as they tell whether its gRPC server has a certificate. */
const withCertificate = (changes: { readonly CertFile?: boolean; readonly UseAutoCert?: boolean }) => ({
  DebugConfig: {
    DefaultIntentionPolicy: '',
    ACLResolverSettings: null,
    TLS: { GRPC: { CertFile: false, UseAutoCert: false, ...changes } },
  },
});

const certificate = (changes: Parameters<typeof withCertificate>[0]): Changes => ({
  agent: exampleAgent(withCertificate(changes)),
});

const published = ([grpcTlsPort = '', grpcPort = '']: readonly string[]): Row => [
  `TLS port ${grpcTlsPort || 'none'}, plain port ${grpcPort || 'none'}`,
  { servers: [exampleServer({ grpcTlsPort, grpcPort })] },
  'pass',
];

checkTable('grpc-tls-port', [
  ...[
    ['8503', ''],
    ['8503', '8502'],
    ['1', ''],
  ].map(published),
  ...['', '-1'].map(
    (grpcTlsPort): Row => [
      `TLS port ${JSON.stringify(grpcTlsPort)}, and a plain port without a certificate`,
      { ...plain(grpcTlsPort), ...certificate({}) },
      'fail',
      failed,
    ],
  ),
  ...[{ CertFile: true }, { UseAutoCert: true }].map(
    (changes): Row => [
      `a plain port alone, and a certificate of the gRPC server: ${JSON.stringify(changes)}`,
      { ...plain(), ...certificate(changes) },
      'unknown',
    ],
  ),
  ['a plain port alone, and settings that are not shown', plain(), 'unknown'],
  ['a plain port alone, and an agent that is not visible', { ...plain(), agent: hidden() }, 'unknown'],
  [
    'a plain port alone, and an agent that is no server',
    {
      ...plain(),
      agent: exampleAgent({ ...withCertificate({}), Config: { ...exampleAgent().Config, Server: false } }),
    },
    'unknown',
  ],
  [
    'one of two servers publishes a plain port alone',
    { servers: [exampleServer(), exampleServer({ grpcTlsPort: '', node: 'server-2' })] },
    'fail',
    ['warning', 'server server-2'],
  ],
  ...['', '0', '-1', 'none'].map(
    (port): Row => [
      `all servers publish ${JSON.stringify(port)}`,
      { servers: [exampleServer({ grpcTlsPort: port, grpcPort: port })] },
      'fail',
      failed,
    ],
  ),
  ['two servers publish no port', { servers: [closed, { ...closed, node: 'server-2' }] }, 'fail', failed],
  [
    'one of two servers publishes no port',
    { servers: [exampleServer(), { ...closed, node: 'server-2' }] },
    'fail',
    ['warning', 'server server-2'],
  ],
  [
    'two of three servers publish no port',
    { servers: [closed, exampleServer(), { ...closed, node: 'server-3' }] },
    'fail',
    ['warning', 'server server-1'],
    ['warning', 'server server-3'],
  ],
  ['the cluster only dials', { servers: [closed], ...peers(dials) }, 'skip'],
  [
    'the cluster dials one peer and accepts another',
    { servers: [closed], ...peers({}, dials) },
    'fail',
    failed,
  ],
  [
    'the cluster accepts one peer and dials another',
    { servers: [closed], ...peers(dials, { Name: 'edge' }) },
    'fail',
    failed,
  ],
  [
    'some peerings are not visible, and a visible one is accepted',
    { servers: [closed], peerings: partial({ enabled: true, list: [examplePeering()] }) },
    'fail',
    failed,
  ],
  [
    'some peerings are not visible, and the cluster dials the visible one',
    { servers: [closed], peerings: partial({ enabled: true, list: [examplePeering(dials)] }) },
    'unknown',
  ],
  [
    'no peering is visible, and some are hidden',
    { servers: [closed], peerings: partial({ enabled: true, list: [] }) },
    'unknown',
  ],
  ['there is no peering yet', { servers: [closed], ...peers() }, 'fail', failed],
  ['the requested peer does not exist', { servers: [closed], onlyPeer: 'nobody' }, 'skip'],
  ...(
    [
      ['tls', 'pass'],
      ['refused', 'fail', ['warning', 'server server-1']],
      ['timeout', 'pass', ['info', 'server server-1']],
      ['connected', 'pass', ['info', 'server server-1']],
      ['forbidden', 'pass'],
    ] as const
  ).map(
    ([outcome, status, ...findings]) =>
      [
        `the bot found at its port: ${outcome}`,
        {
          servers: [exampleServer({ address: '10.0.1.11' })],
          probes: [
            outcome === 'tls'
              ? exampleProbe({ use: 'server', address: '10.0.1.11:8503' })
              : failedProbe(outcome, { use: 'server', address: '10.0.1.11:8503' }),
          ],
        },
        status,
        ...findings,
      ] as const,
  ),
  [
    'another cluster answers at its port',
    {
      servers: [exampleServer({ address: '10.0.1.11' })],
      probes: [exampleProbe({ use: 'server', address: '10.0.1.11:8503', certificate: foreignCertificate })],
    },
    'fail',
    ['warning', 'server server-1'],
  ],
  ...(
    [
      ['timeout', 'refused', 'error'],
      ['timeout', 'tls', 'warning'],
      ['timeout', 'forbidden', 'info'],
      ['tls', 'timeout', 'warning'],
    ] as const
  ).map(
    ([outcome, second, severity]) =>
      [
        `its port: ${outcome} at the bot, ${second} at the second vantage point`,
        {
          servers: [exampleServer({ address: '10.0.1.11' })],
          probes: [
            failedProbe(outcome, {
              use: 'server',
              address: '10.0.1.11:8503',
              second: { from: 'dmz', outcome: second },
            }),
          ],
        },
        severity === 'info' ? 'pass' : 'fail',
        [severity, 'server server-1'],
      ] as const,
  ),
  ['some servers are not visible', { servers: partial([closed]) }, 'unknown'],
  ['there are no servers', { servers: [] }, 'unknown'],
  ['servers are not visible', { servers: hidden() }, 'unknown'],
  ['peerings are not visible', { servers: [closed], peerings: hidden() }, 'unknown'],
]);
