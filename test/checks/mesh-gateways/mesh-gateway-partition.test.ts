import { exampleExports, exampleGateway } from '../../../src/checks/examples/parts';
import { exporting } from '../changes';
import { checkTable } from '../check-table';
import { hidden, partial } from '../world';
import { gatewayIn } from './changes';

const enterprise = { cluster: { enterprise: true } };
const failed = ['error', 'exported-services default'] as const;

const entryOf = (name: string) => {
  const base = exampleExports([{ name: 'pay', peers: ['west'] }]);
  return { ...base, entry: { ...base.entry, Name: name, Partition: name } };
};

checkTable('mesh-gateway-partition', [
  ['this is Consul CE', gatewayIn('edge'), 'skip'],
  ['the partition that exports has a gateway', { ...enterprise, ...gatewayIn('default') }, 'pass'],
  ['the partition of the gateway is left out', { ...enterprise, ...gatewayIn('') }, 'pass'],
  ['the gateway is in another partition', { ...enterprise, ...gatewayIn('edge') }, 'fail', failed],
  [
    'one of two gateways is in the partition that exports',
    {
      ...enterprise,
      gateways: ['edge', 'default'].map((Partition) => exampleGateway({ service: { Partition } })),
    },
    'pass',
  ],
  [
    'two of three partitions that export have no gateway',
    {
      ...enterprise,
      ...gatewayIn('default'),
      exportedServices: [entryOf('edge'), entryOf('default'), entryOf('shop')],
    },
    'fail',
    ['error', 'exported-services edge'],
    ['error', 'exported-services shop'],
  ],
  ['nothing is exported', { ...enterprise, exportedServices: [] }, 'skip'],
  [
    'a service is exported to nobody',
    { ...enterprise, ...gatewayIn('edge'), ...exporting({ name: 'api' }) },
    'skip',
  ],
  ['no gateway is registered', { ...enterprise, gateways: [] }, 'skip'],
  ['gateways are not visible', { ...enterprise, gateways: hidden() }, 'unknown'],
  [
    'some gateways are not visible, and none that is visible is in the partition that exports',
    { ...enterprise, gateways: partial([exampleGateway({ service: { Partition: 'edge' } })]) },
    'unknown',
  ],
  ['exports are not visible', { ...enterprise, exportedServices: hidden() }, 'unknown'],
  [
    'some exports are not visible, and a visible one has no gateway',
    { ...enterprise, ...gatewayIn('default'), exportedServices: partial([entryOf('edge')]) },
    'fail',
    ['error', 'exported-services edge'],
  ],
]);
