import { checkTable, resultFor } from '../check-table';
import { hidden, partial } from '../world';
import { localMode, sidecar } from './changes';

checkTable(
  'mesh-gateway-local-registered',
  [
    ['local mode is used, and there is a gateway', localMode, 'pass'],
    [
      'local mode is used without a gateway',
      { ...localMode, gateways: [] },
      'fail',
      ['error', 'cluster prod-east'],
    ],
    [
      'only the second of two sidecars uses local mode, without a gateway',
      { sidecars: [sidecar('remote'), sidecar('local', '', { node: 'app-2' })], gateways: [] },
      'fail',
      ['error', 'cluster prod-east'],
    ],
    ['only remote mode is used', { gateways: [] }, 'skip'],
    ['modes are not visible', { proxyDefaults: hidden(), gateways: [] }, 'unknown'],
    ['some gateways are not visible', { ...localMode, gateways: partial([]) }, 'unknown'],
    ['gateways are not visible', { ...localMode, gateways: hidden() }, 'unknown'],
    [
      'some modes are not visible, and local mode is used without a gateway',
      { ...localMode, proxyDefaults: hidden(), gateways: [] },
      'fail',
      ['error', 'cluster prod-east'],
    ],
  ],
  { several: 'the cluster as a whole has no gateway' },
);

it('registers a gateway with the agent that runs its Envoy, and starts that', () => {
  const { findings } = resultFor('mesh-gateway-local-registered', { ...localMode, gateways: [] });
  const first = findings[0]?.remediation.find(({ language }) => language === 'shell');
  expect(first?.code.trim().split('\n').slice(-2)).toEqual([
    'consul services register peering-fix.hcl',
    'consul connect envoy -proxy-id mesh-gateway',
  ]);
});
