import { exampleEntry, exampleExportedHealth } from '../../../src/checks/examples/parts';
import { calledByWest, exporting, peers, resolver, rewritten } from '../changes';
import { checkTable, type Changes, firstCode, resultFor, type Row } from '../check-table';
import { hidden, partial } from '../world';

const id = 'exported-services-exist';
const api = ['warning', 'service api'] as const;
const gone = { instances: 0, passing: 0, inMesh: 0 };

const health = (...changes: readonly Parameters<typeof exampleExportedHealth>[0][]): Changes => ({
  exportedHealth: changes.map((one) => exampleExportedHealth(one)),
});

const toWest = (...names: readonly string[]): Changes =>
  exporting(...names.map((name) => ({ name, peers: ['west'] })));

checkTable(id, [
  ['all instances pass', {}, 'pass'],
  ['one of two instances passes', health({ passing: 1 }), 'pass'],
  ['it is not registered', health(gone), 'fail', api],
  ...(
    [
      [
        'the addresses of service-defaults stand for it',
        { Addresses: ['db.example.com'], Port: 443 },
        'pass',
      ],
      ['a terminating gateway serves it, and nothing says where it is', null, 'fail', api],
    ] as const
  ).map(
    ([name, Destination, ...rest]): Row => [
      name,
      {
        ...health({ ...gone, inMesh: 1, terminatedBy: ['exit'], terminatedRows: 1 }),
        serviceDefaults: [
          exampleEntry({
            Kind: 'service-defaults' as const,
            Name: 'api',
            Protocol: '',
            Mode: '',
            Destination,
          }),
        ],
      },
      ...rest,
    ],
  ),
  [
    'a terminating gateway serves it, and service-defaults are not visible',
    {
      ...health({ ...gone, inMesh: 1, terminatedBy: ['exit'], terminatedRows: 1 }),
      serviceDefaults: hidden(),
    },
    'unknown',
  ],
  ['no instance passes', health({ passing: 0 }), 'fail', api],
  [
    'no instance passes, and a consumer of the peer is known',
    { ...health({ passing: 0 }), ...calledByWest() },
    'fail',
    ['error', 'service api'],
  ],
  [
    'no instance passes, a consumer of the peer is known, and a terminating gateway calls them all the same',
    { ...health({ passing: 0, inMesh: 1, terminatedRows: 1 }), ...calledByWest() },
    'fail',
    api,
  ],
  [
    'no instance passes, a consumer of the peer is known, and a sidecar stands beside a terminating gateway',
    { ...health({ passing: 0, inMesh: 2, terminatedRows: 1 }), ...calledByWest() },
    'fail',
    ['error', 'service api'],
  ],
  [
    'no instance passes, and a failover does not stand in for peers',
    {
      ...health({ passing: 0 }),
      ...calledByWest(),
      ...resolver('api', {
        Failover: { '*': { Service: 'standby', Datacenters: [], SamenessGroup: '', Targets: [] } },
      }),
      serviceDefaults: [
        exampleEntry({ Kind: 'service-defaults' as const, Name: 'api', Protocol: 'http', Mode: '' }),
      ],
    },
    'fail',
    ['error', 'service api'],
  ],
  ['its only instance fails', health({ instances: 1, passing: 0 }), 'fail', api],
  [
    'two services of three are not registered',
    { ...toWest('api', 'pay', 'web'), ...health(gone, { name: 'pay' }, { name: 'web', ...gone }) },
    'fail',
    api,
    ['warning', 'service web'],
  ],
  [
    'no instance of two services of three passes',
    {
      ...toWest('api', 'pay', 'web'),
      ...health({ passing: 0 }, { name: 'pay' }, { name: 'web', passing: 0 }),
    },
    'fail',
    api,
    ['warning', 'service web'],
  ],
  [
    'one name is registered in other case: names are exported as they are written',
    { ...toWest('Api', 'api'), ...health({ name: 'Api', ...gone }, {}) },
    'fail',
    ['warning', 'service Api'],
  ],
  ...rewritten.map(
    ([kind, changes]): Row => [
      `it is the name of a ${kind}, which does not stand in for instances`,
      { ...health(gone), ...changes },
      'fail',
      api,
    ],
  ),
  ['only a wildcard and consul are exported', { ...toWest('*', 'consul'), exportedHealth: [] }, 'skip'],
  ['nothing is exported', { exportedServices: [] }, 'skip'],
  ['there is no peering', { ...health(gone), ...peers() }, 'skip'],
  ['health is not visible', { exportedHealth: hidden() }, 'unknown'],
  ['some health is not visible', { exportedHealth: partial([]) }, 'unknown'],
  ['its health was not read', { exportedHealth: [] }, 'unknown'],
  [
    'the health of one was not read, and another is not registered',
    { ...toWest('api', 'web'), ...health(gone) },
    'unknown',
    api,
  ],
  [
    'some health is not visible, and a visible service is not registered',
    { exportedHealth: partial([exampleExportedHealth(gone)]) },
    'unknown',
    api,
  ],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
]);

describe('the fix', () => {
  const code = (changes: Changes) => firstCode(resultFor(id, changes));

  it('exports the service with the nearest name, with all consumers of both', () => {
    const text = code({
      ...exporting({ name: 'apii', peers: ['west', 'lab'] }, { name: 'api', peers: ['west'] }),
      ...health({}, { name: 'apii', ...gone }),
    });
    expect([text.includes('apii'), text.match(/"west"/gu)?.length, text.match(/"lab"/gu)?.length]).toEqual([
      false,
      1,
      1,
    ]);
  });

  it('exports the name as it is registered', () => {
    const text = code({ ...toWest('Api', 'api'), ...health({ name: 'Api', ...gone }, {}) });
    expect([text.includes('Api'), text.match(/"api"/gu)?.length]).toEqual([false, 1]);
  });

  it('removes a name that is near to none, nor to those of another namespace, consul or a sidecar', () => {
    const serviceNames = [
      { name: 'apix', namespace: 'finance' },
      { name: 'consul' },
      { name: 'api-sidecar-proxy' },
    ];
    for (const name of ['apii', 'consull', 'api-sidecar-proxi']) {
      const text = code({
        ...toWest(name, 'web'),
        ...health({ name, ...gone }, { name: 'web' }),
        serviceNames,
      });
      expect([text.includes(name), text.includes('"web"'), text.includes('apix')]).toEqual([
        false,
        true,
        false,
      ]);
      expect(text).not.toMatch(/"consul"|"api-sidecar-proxy"/u);
    }
  });

  it.each([
    ['its node', { node: 'app-1' }, ['consul', 'maint', '-disable']],
    ['it', { node: 'app-1', service: 'api-1' }, ['consul', 'maint', '-disable', '-service', 'api-1']],
  ])('ends the maintenance that %s is in', (_, maintenance, words) => {
    expect(
      code(health({ passing: 0, maintenance: [maintenance] }))
        .trim()
        .split(' '),
    ).toEqual(words);
  });

  it('shows the health checks of a service that fails', () => {
    expect(code(health({ passing: 0 }))).toContain('-service api');
  });
});
