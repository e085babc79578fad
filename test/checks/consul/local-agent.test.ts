import {
  exampleCheck,
  exampleGateway,
  exampleSerfHealth,
  type GatewayExample,
} from '../../../src/checks/examples/parts';
import { checkTable, type Changes } from '../check-table';
import { partial, hidden } from '../world';

const node = { Node: 'gw-2' };

/** A healthy gateway, and another. */
const withGateway = (gateway: GatewayExample): Changes => ({
  gateways: [exampleGateway(), exampleGateway(gateway)],
});

const dead = (Node: string) =>
  exampleGateway({ node: { Node }, checks: [exampleSerfHealth('critical'), exampleCheck()] });

checkTable('local-agent', [
  ['each node has a live agent', {}, 'pass'],
  [
    'the agent of a node is dead',
    withGateway({ node, checks: [exampleSerfHealth('critical'), exampleCheck()] }),
    'fail',
    ['error', 'mesh-gateway mesh-gateway on gw-2'],
  ],
  [
    'the agents of two nodes are dead',
    { gateways: [dead('gw-1'), exampleGateway({ node }), dead('gw-3')] },
    'fail',
    ['error', 'mesh-gateway mesh-gateway on gw-1'],
    ['error', 'mesh-gateway mesh-gateway on gw-3'],
  ],
  [
    'a check of the service fails',
    withGateway({ node, checks: [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })] }),
    'pass',
  ],
  [
    'the check of the agent comes after that of the service',
    withGateway({ node, checks: [exampleCheck(), exampleSerfHealth('critical')] }),
    'fail',
    ['error', 'mesh-gateway mesh-gateway on gw-2'],
  ],
  [
    'a check of the service is called serfHealth',
    withGateway({ node, checks: [exampleCheck({ CheckID: 'serfHealth', Status: 'critical' })] }),
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-2'],
  ],
  [
    'a synthetic node has no agent',
    withGateway({ node: { ...node, Meta: { 'synthetic-node': 'true' } }, checks: [exampleCheck()] }),
    'pass',
    ['info', 'mesh-gateway mesh-gateway on gw-2'],
  ],
  [
    'another node has no agent',
    withGateway({ node, checks: [exampleCheck()] }),
    'fail',
    ['warning', 'mesh-gateway mesh-gateway on gw-2'],
  ],
  ['there are no gateways', { gateways: [] }, 'skip'],
  ['there may be gateways that are not visible', { gateways: partial([]) }, 'unknown'],
  ['gateways are not visible', { gateways: hidden() }, 'unknown'],
  [
    'some gateways are not visible, and the agent of a visible one is dead',
    { gateways: partial([dead('gw-1')]) },
    'fail',
    ['error', 'mesh-gateway mesh-gateway on gw-1'],
  ],
]);
