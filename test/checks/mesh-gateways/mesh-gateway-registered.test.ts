import { exampleGateway, examplePeering, exampleSerfHealth } from '../../../src/checks/examples/parts';
import { exporting, peers, stream } from '../changes';
import { checkTable } from '../check-table';
import { hidden, partial } from '../world';
import { exportOnly, importOnly } from './changes';

const failed = ['error', 'cluster prod-east'] as const;

checkTable('mesh-gateway-registered', [
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
    'unknown',
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
  ['exports are not visible, and there is a gateway', { ...importOnly, exportedServices: hidden() }, 'pass'],
]);
