import { exampleAgent, exampleExportedHealth } from '../../../src/checks/examples/parts';
import { exporting } from '../changes';
import { checkTable, type Changes } from '../check-table';
import { hidden, partial } from '../world';

const native = (changes: Parameters<typeof exampleExportedHealth>[0]): Changes => ({
  exportedHealth: [exampleExportedHealth(changes)],
});

checkTable(
  'envoy-proxies',
  [
    ['the agent supports Envoy', {}, 'pass'],
    [
      'no version of Envoy is supported',
      { agent: exampleAgent({ xDS: { SupportedProxies: { other: ['1'] } } }) },
      'fail',
      ['error', 'agent server-1'],
    ],
    [
      'no version of Envoy is supported, and an exported service is only native',
      {
        agent: exampleAgent({ xDS: { SupportedProxies: { envoy: [] } } }),
        ...native({ native: 2, inMesh: 2 }),
      },
      'fail',
      ['error', 'agent server-1'],
      ['warning', 'service api'],
    ],
    ['a client agent has no gRPC', { agent: exampleAgent({ xDS: null }) }, 'unknown'],
    [
      'a client agent has no gRPC, and an exported service is only native',
      { agent: exampleAgent({ xDS: null }), ...native({ native: 2, inMesh: 2 }) },
      'unknown',
      ['warning', 'service api'],
    ],
    ['the agent is not visible', { agent: hidden() }, 'unknown'],
    ['all mesh instances are native', native({ native: 2, inMesh: 2 }), 'fail', ['warning', 'service api']],
    ['all mesh instances are native, and some are not visible', { exportedHealth: partial([]) }, 'unknown'],
    [
      'all mesh instances of a visible service are native, and other health is not visible',
      { exportedHealth: partial([exampleExportedHealth({ native: 2, inMesh: 2 })]) },
      'unknown',
      ['warning', 'service api'],
    ],
    ['no mesh instance is native, as there is none', native({ native: 0, inMesh: 0 }), 'pass'],
    ['one of two mesh instances is native', native({ native: 1, inMesh: 2 }), 'pass'],
    ['the native service is not exported', native({ native: 2, inMesh: 2, name: 'other' }), 'pass'],
    [
      'the native service is exported to nobody',
      { ...exporting({ name: 'api' }), ...native({ native: 2, inMesh: 2 }) },
      'pass',
    ],
    [
      'two services are exported, and the second is only native',
      {
        ...exporting({ name: 'api', peers: ['west'] }, { name: 'pay', peers: ['west'] }),
        exportedHealth: [
          exampleExportedHealth(),
          exampleExportedHealth({ name: 'pay', native: 1, inMesh: 1 }),
        ],
      },
      'fail',
      ['warning', 'service pay'],
    ],
    [
      'two services are exported, and both are only native',
      {
        ...exporting({ name: 'api', peers: ['west'] }, { name: 'pay', peers: ['west'] }),
        exportedHealth: ['api', 'pay'].map((name) => exampleExportedHealth({ name, native: 1, inMesh: 1 })),
      },
      'fail',
      ['warning', 'service api'],
      ['warning', 'service pay'],
    ],
  ],
  { skip: 'every cluster has an agent that answers' },
);
