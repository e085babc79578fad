import { exampleCheck, exampleGateway } from '../../../src/checks/examples/parts';
import { changeSnapshot } from '../../../src/checks/examples/healthy';
import { type Changes, checkTable, codesOf, resultFor } from '../check-table';
import { hidden, partial, visible } from '../world';

const through = {
  mesh: [
    {
      entry: { Kind: 'mesh' as const, Peering: { PeerThroughMeshGateways: true } },
      at: { endpoint: '/v1/config/mesh', path: '[0]' },
      withheld: [],
    },
  ],
};
const dead = exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] });
const resting = exampleGateway({
  checks: [exampleCheck({ CheckID: '_service_maintenance:mesh-gateway', Status: 'critical' })],
});
/** `west` is configured too. */
const beside = (far: Changes): Changes => ({
  otherSides: [{ peer: 'west', cluster: 'prod-west', snapshot: visible(changeSnapshot(far)) }],
});
const failed = ['error', 'cluster prod-east'] as const;
const differs = ['info', 'peering west'] as const;

checkTable('peer-through-mesh-gateways', [
  ['on, with a healthy gateway', through, 'pass'],
  ['on, with one of two healthy', { ...through, gateways: [dead, exampleGateway()] }, 'pass'],
  ['on, without a gateway', { ...through, gateways: [] }, 'fail', failed],
  ['on, with a dead gateway', { ...through, gateways: [dead] }, 'fail', failed],
  ['on, with a gateway in maintenance', { ...through, gateways: [resting] }, 'pass'],
  ['off', { gateways: [] }, 'skip'],
  ['on at both sides', { ...through, ...beside(through) }, 'pass'],
  ['off at the other side alone', { ...through, ...beside({}) }, 'pass', differs],
  ['on at the other side alone', beside(through), 'pass', differs],
  ['both wrong and different', { ...through, gateways: [], ...beside({}) }, 'fail', failed, differs],
  ['the mesh entry of the other side is not visible', { ...through, ...beside({ mesh: hidden() }) }, 'pass'],
  ['the mesh entry is not visible', { mesh: hidden() }, 'unknown'],
  ['gateways are not visible', { ...through, gateways: hidden() }, 'unknown'],
  ['the only visible gateway is dead', { ...through, gateways: partial([dead]) }, 'unknown'],
]);

it('starts each dead gateway by its id, as an agent may have several of one name', () => {
  const second = exampleGateway({
    checks: [exampleCheck({ Status: 'critical' })],
    service: { ID: 'gateway-2' },
  });
  const codes = codesOf(resultFor('peer-through-mesh-gateways', { ...through, gateways: [dead, second] }));
  expect(codes.map((code) => code.trim().split(' '))).toEqual(
    [dead, second].map(({ Service }) => ['consul', 'connect', 'envoy', '-proxy-id', Service.ID]),
  );
});
