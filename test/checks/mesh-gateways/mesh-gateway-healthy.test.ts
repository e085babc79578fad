import {
  exampleCheck,
  exampleGateway,
  exampleSerfHealth,
  type GatewayExample,
} from '../../../src/checks/examples/parts';
import type { Probe } from '../../../src/snapshot/probe-section';
import { exampleProbe, failedProbe, throughGateways } from '../changes';
import { checkTable, type Changes, codesOf, resultFor } from '../check-table';
import { hidden, partial } from '../world';
import { importOnly, localMode } from './changes';

const id = 'mesh-gateway-healthy';

const on = (Node: string, changes: Omit<GatewayExample, 'node'> = {}) =>
  exampleGateway({ node: { Node }, ...changes });
const sick = (node: string) =>
  on(node, { checks: [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })] });
const warning = (node: string) => on(node, { checks: [exampleCheck({ Status: 'warning' })] });
const unchecked = (node: string) => on(node, { checks: [exampleSerfHealth('passing')] });

const resting = (node: string, CheckID: string, ...others: GatewayExample['checks'] & object) =>
  on(node, {
    checks: [
      exampleSerfHealth('passing'),
      exampleCheck({ CheckID, Status: 'critical', ServiceID: '' }),
      exampleCheck(),
      ...others,
    ],
  });
const nodeMaintenance = '_node_maintenance';
const serviceMaintenance = '_service_maintenance:mesh-gateway';

/** The cluster does not export, uses remote mode, and peers without gateways. */
const unneeded: Changes = { ...importOnly, sidecars: [] };

const all = 'mesh-gateway mesh-gateway';

checkTable(id, [
  ['the only gateway is healthy', {}, 'pass'],
  ['two gateways are healthy', { gateways: [on('gw-1'), on('gw-2')] }, 'pass'],
  [
    'none is healthy, and the cluster exports',
    { gateways: [sick('gw-1'), sick('gw-2')] },
    'fail',
    ['error', all],
  ],
  [
    'none is healthy, and local mode is used',
    { ...importOnly, ...localMode, gateways: [sick('gw-1'), sick('gw-2')] },
    'fail',
    ['error', all],
  ],
  [
    'none is healthy, and peering traffic goes through gateways',
    { ...unneeded, ...throughGateways, gateways: [sick('gw-1'), sick('gw-2')] },
    'fail',
    ['error', all],
  ],
  [
    'none is healthy, and none is needed',
    { ...unneeded, gateways: [sick('gw-1')] },
    'fail',
    ['warning', all],
  ],
  [
    'none of two services with gateways is healthy',
    {
      gateways: [
        sick('gw-1'),
        exampleGateway({ service: { Service: 'edge' }, checks: [exampleCheck({ Status: 'critical' })] }),
      ],
    },
    'fail',
    ['error', 'mesh-gateway mesh-gateway, edge'],
  ],
  [
    'the check of the node fails',
    { gateways: [on('gw-1', { checks: [exampleSerfHealth('critical'), exampleCheck()] })] },
    'fail',
    ['error', all],
  ],
  [
    'among healthy ones, one is in warning, one has no check of its own, and one fails',
    { gateways: [on('gw-1'), warning('gw-2'), unchecked('gw-3'), sick('gw-4')] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-2'],
    ['warning', 'mesh-gateway mesh-gateway on gw-3'],
    ['warning', 'mesh-gateway mesh-gateway on gw-4'],
  ],
  [
    'the first of two gateways fails',
    { gateways: [sick('gw-1'), on('gw-2')] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'a gateway fails one check and passes another',
    { gateways: [on('gw-1'), sick('gw-2')] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-2'],
  ],
  [
    'one check of a gateway is in warning, and another passes',
    { gateways: [on('gw-1', { checks: [exampleCheck(), exampleCheck({ Status: 'warning' })] })] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'the only gateway of a cluster that exports is in maintenance, which does not take it out for peers',
    { gateways: [resting('gw-1', serviceMaintenance)] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'the node of the only gateway is in maintenance',
    { gateways: [resting('gw-1', nodeMaintenance)] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'peering traffic goes through a gateway in maintenance',
    { ...unneeded, ...throughGateways, gateways: [resting('gw-1', serviceMaintenance)] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'one gateway is in maintenance, and the other fails',
    { gateways: [resting('gw-1', serviceMaintenance), sick('gw-2')] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
    ['warning', 'mesh-gateway mesh-gateway on gw-2'],
  ],
  [
    'a gateway in maintenance fails a check of its own too',
    { gateways: [resting('gw-1', serviceMaintenance, exampleCheck({ Status: 'critical' }))] },
    'fail',
    ['error', all],
  ],
  [
    'local mode is used, and the only gateway is in maintenance',
    { ...importOnly, ...localMode, gateways: [resting('gw-1', serviceMaintenance)] },
    'fail',
    ['error', all],
  ],
  [
    'local mode is used, and one of two gateways is in maintenance',
    { ...importOnly, ...localMode, gateways: [resting('gw-1', serviceMaintenance), on('gw-2')] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'the only gateway is in maintenance, and sidecars are not visible',
    { sidecars: hidden(), gateways: [resting('gw-1', serviceMaintenance)] },
    'unknown',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  ['no gateway is registered', { gateways: [] }, 'skip'],
  [
    'a gateway is healthy, and everything else is not visible',
    { mesh: hidden(), peerings: hidden(), sidecars: hidden() },
    'pass',
  ],
  [
    'none is healthy, and the mesh entry is not visible',
    { ...unneeded, mesh: hidden(), gateways: [sick('gw-1')] },
    'unknown',
    ['warning', all],
  ],
  [
    'none is healthy, and exports are not visible',
    { ...unneeded, exportedServices: hidden(), gateways: [sick('gw-1')] },
    'unknown',
    ['warning', all],
  ],
  [
    'none is healthy, and sidecars are not visible',
    { ...unneeded, sidecars: hidden(), gateways: [sick('gw-1')] },
    'unknown',
    ['warning', all],
  ],
  [
    'none is healthy, and peerings are not visible',
    { ...unneeded, peerings: hidden(), gateways: [sick('gw-1')] },
    'unknown',
    ['warning', all],
  ],
  [
    'none is healthy, the cluster exports, and everything else is not visible',
    { mesh: hidden(), sidecars: hidden(), gateways: [sick('gw-1')] },
    'fail',
    ['error', all],
  ],
  [
    'some gateways are not visible, and the visible one fails',
    { gateways: partial([sick('gw-1')]) },
    'unknown',
  ],
  ['no check, and it answers the bot', { gateways: [unchecked('gw-1')], probes: [exampleProbe()] }, 'pass'],
  ...(['connected', 'refused', 'timeout', 'forbidden'] as const).map(
    (outcome) =>
      [
        `no check, and the bot found: ${outcome}`,
        { gateways: [unchecked('gw-1')], probes: [failedProbe(outcome)] },
        'fail',
        ['warning', 'mesh-gateway mesh-gateway on gw-1'],
      ] as const,
  ),
  [
    'no check, the only one, and it answers neither vantage point',
    {
      gateways: [unchecked('gw-1')],
      probes: [failedProbe('timeout', { second: { from: 'dmz', outcome: 'refused' } })],
    },
    'fail',
    ['error', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'no check, and it answers one vantage point',
    {
      gateways: [unchecked('gw-1')],
      probes: [failedProbe('timeout', { second: { from: 'dmz', outcome: 'tls' } })],
    },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'no check, and another address answers the bot',
    { gateways: [unchecked('gw-1')], probes: [exampleProbe({ address: '203.0.113.8:8443' })] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
  ],
  [
    'no check, and several share the address that answers the bot',
    { gateways: [unchecked('gw-1'), unchecked('gw-2')], probes: [exampleProbe()] },
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-1'],
    ['warning', 'mesh-gateway mesh-gateway on gw-2'],
  ],
  [
    'its check fails although it answers the bot',
    { gateways: [sick('gw-1')], probes: [exampleProbe()] },
    'fail',
    ['error', 'mesh-gateway mesh-gateway'],
  ],
  ['its check passes although it does not answer the bot', { probes: [failedProbe('timeout')] }, 'pass'],
]);

describe('mesh-gateway-healthy shows', () => {
  it('what the bot found, and says that it was the bot', () => {
    const probes: readonly Probe[] = [failedProbe('refused')];
    const [finding] = resultFor(id, { gateways: [unchecked('gw-1')], probes }).findings;
    expect(finding?.message).toContain('as seen from the bot');
    expect(finding?.evidence.map(({ path }) => path)).toContain('203.0.113.7:8443');
  });

  it('for each instance what its own failing check asks for, three at most', () => {
    const down = (node: string, CheckID: string) =>
      on(node, { checks: [exampleCheck({ CheckID, Status: 'critical', ServiceID: '' })] });
    const gateways = [
      resting('gw-1', nodeMaintenance, exampleCheck({ Status: 'critical' })),
      down('gw-2', 'serfHealth'),
      sick('gw-3'),
      down('gw-4', 'serfHealth'),
    ];
    const codes = codesOf(resultFor(id, { gateways }));
    expect(codes.map((code) => code.split(' ').slice(0, 3).join(' ').trim())).toEqual([
      'consul maint -disable',
      'consul members -status',
      'consul connect envoy',
    ]);
  });

  it('the end of the maintenance of a service or of its node', () => {
    const gateways = [resting('gw-1', serviceMaintenance), resting('gw-2', nodeMaintenance)];
    expect(codesOf(resultFor(id, { gateways })).map((code) => code.trim())).toEqual([
      'consul maint -disable -service mesh-gateway',
      'consul maint -disable',
    ]);
  });

  it('the failing checks alone', () => {
    const [finding] = resultFor(id, { gateways: [sick('gw-1')] }).findings;
    expect(finding?.evidence.map(({ path }) => path)).toEqual(['[0].Checks[1]']);
    const [single] = resultFor(id, { gateways: [on('gw-1'), sick('gw-2')] }).findings;
    expect(single?.evidence.map(({ path }) => path)).toEqual(['[0].Checks[1]']);
  });

  it('the evidence of five instances at most', () => {
    const gateways = ['a', 'b', 'c', 'd', 'e', 'f'].map(sick);
    expect(resultFor(id, { gateways }).findings[0]?.evidence).toHaveLength(5);
  });
});
