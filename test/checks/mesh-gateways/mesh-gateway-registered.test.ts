import {
  exampleGateway,
  examplePeering,
  exampleSerfHealth,
  exampleExportedHealth,
} from '../../../src/checks/examples/parts';
import { calledByWest, exporting, peers, stream } from '../changes';
import { type Changes, checkTable } from '../check-table';
import { hidden, partial } from '../world';
import { exportOnly, importOnly } from './changes';

const failed = ['error', 'cluster prod-east'] as const;
const warned = ['warning', 'cluster prod-east'] as const;

const plain = (name: string) => exampleExportedHealth({ name, inMesh: 0 });
const discovery: Changes = { ...exportOnly, exportedHealth: [plain('api')] };

checkTable(
  'mesh-gateway-registered',
  [
    ['the cluster exports and has a gateway', {}, 'pass'],
    [
      'the gateway fails its health checks',
      { gateways: [exampleGateway({ checks: [exampleSerfHealth('critical')] })] },
      'pass',
    ],
    ['the cluster exports and imports, without a gateway', { gateways: [] }, 'fail', failed],
    ['the cluster only exports, without a gateway', { ...exportOnly, gateways: [] }, 'fail', failed],
    [
      'the cluster exports to the second of its peers, without a gateway',
      {
        ...peers(stream(['billing']), { Name: 'lab', ...stream([]) }),
        ...exporting({ name: 'api', peers: ['lab'] }),
        gateways: [],
      },
      'fail',
      failed,
    ],
    [
      'some peerings are not visible, and the cluster exports to a visible one',
      { gateways: [], peerings: partial({ enabled: true, list: [examplePeering()] }) },
      'fail',
      failed,
    ],
    [
      'no peering is visible, and some are hidden',
      { gateways: [], peerings: partial({ enabled: true, list: [] }) },
      'unknown',
    ],
    [
      'nothing that is exported has a mesh instance: peers look it up without a gateway',
      { ...discovery, gateways: [] },
      'fail',
      warned,
    ],
    [
      'one of two exported services has a mesh instance',
      {
        ...discovery,
        ...exporting({ name: 'api', peers: ['west'] }, { name: 'legacy', peers: ['west'] }),
        exportedHealth: [plain('api'), exampleExportedHealth({ name: 'legacy', inMesh: 1 })],
        gateways: [],
      },
      'fail',
      failed,
    ],
    [
      'nothing that is exported has a mesh instance, and a peer calls it',
      { ...discovery, ...calledByWest(), gateways: [], withPaths: true },
      'fail',
      failed,
    ],
    [
      'a wildcard exports too, whose services are not read',
      {
        ...discovery,
        ...exporting({ name: 'api', peers: ['west'] }, { name: '*', peers: ['west'] }),
        gateways: [],
      },
      'fail',
      failed,
    ],
    [
      'the mesh instances of what is exported are not visible',
      { ...discovery, exportedHealth: hidden(), gateways: [] },
      'fail',
      failed,
    ],
    [
      'the cluster exports only consul, which Consul never exports',
      { ...importOnly, ...exporting({ name: 'consul', peers: ['west'] }), gateways: [] },
      'skip',
    ],
    ['the cluster only imports', { ...importOnly, gateways: [] }, 'skip'],
    [
      'an entry exports to a name that is no peering',
      { ...importOnly, ...exporting({ name: 'api', peers: ['wset'] }), gateways: [] },
      'skip',
    ],
    ['there is no peering, and no gateway', { ...peers(), gateways: [] }, 'skip'],
    ['there is no peering, and a gateway', peers(), 'skip'],
    ['some gateways are not visible', { gateways: partial([]) }, 'unknown'],
    ['gateways are not visible', { gateways: hidden() }, 'unknown'],
    ['exports are not visible', { ...importOnly, gateways: [], exportedServices: hidden() }, 'unknown'],
    [
      'exports are not visible, and there is a gateway',
      { ...importOnly, exportedServices: hidden() },
      'pass',
    ],
  ],
  { several: 'the cluster as a whole has no gateway' },
);
