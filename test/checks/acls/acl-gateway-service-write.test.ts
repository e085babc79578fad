import { exampleGatewayToken, gatewayRules } from '../../../src/checks/examples/acl';
import { exampleCheck, exampleGateway, exampleSerfHealth } from '../../../src/checks/examples/parts';
import { grantTable } from './grant-table';

const { token: _, ...gone } = exampleGatewayToken(gatewayRules);
const down = exampleGateway({
  checks: [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })],
});
const gateway = 'mesh-gateway mesh-gateway';

// This check reports what is about the token as a whole.
grantTable({
  id: 'acl-gateway-service-write',
  grant: 'service-write',
  insufficient: gatewayRules.replace('service "mesh-gateway"', 'service "mesh-gateway-2"'),
  rows: [
    [
      'the token is gone, and the gateway is down',
      { gatewayTokens: [gone], gateways: [down] },
      'fail',
      ['error', gateway],
    ],
    [
      'the token is gone, and one of two instances is down',
      { gatewayTokens: [gone], gateways: [down, exampleGateway()] },
      'unknown',
      ['warning', gateway],
    ],
    [
      'the token is gone, and no instance is registered',
      { gatewayTokens: [gone], gateways: [] },
      'unknown',
      ['warning', gateway],
    ],
    [
      'the token grants all and the gateway is down: it may run with another one',
      { gateways: [down] },
      'pass',
      ['info', gateway],
    ],
    [
      'the token grants all, and the gateway is in maintenance',
      {
        gateways: [
          exampleGateway({ checks: [exampleCheck({ CheckID: '_node_maintenance', Status: 'critical' })] }),
        ],
      },
      'pass',
    ],
    [
      'the token grants all, and one of two instances is down',
      { gateways: [down, exampleGateway()] },
      'pass',
    ],
    [
      'the token does not grant all, and the gateway is down',
      { gateways: [down], gatewayTokens: [exampleGatewayToken(gatewayRules.replace('mesh = "write"', ''))] },
      'pass',
    ],
  ],
});
