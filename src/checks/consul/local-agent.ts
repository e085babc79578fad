import { isSynthetic } from '../../snapshot/health';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleGateway, exampleSerfHealth, exampleCheck } from '../examples';
import { deadAgentRemedy, registerGatewayRemedy } from '../gateway-remedy';
import { spec } from '../links';
import { command, shellRemedy } from '../remediation/shell';
import { gatewaySubject } from '../subjects';

const judge = (gateway: GatewayInstance): readonly Draft[] => {
  const subject = gatewaySubject(gateway);
  const node = gateway.Node.Node;
  const index = gateway.Checks.findIndex((check) => check.CheckID === 'serfHealth' && !check.ServiceID);
  const health = gateway.Checks[index];
  if (health?.Status === 'passing') return [];
  if (health) {
    return [
      {
        subject,
        message: `${subject.name} has no live local agent: the agent of its node is ${health.Status}`,
        evidence: [evidence(gateway.at, `Checks[${index}].Status`, health.Status)],
        remediation: [
          ...deadAgentRemedy,
          ...shellRemedy(
            'Only if the node is gone for good: take it and its gateway out of the catalog',
            command(['consul', 'force-leave', '-prune', node]),
          ),
        ],
      },
    ];
  }
  const checks = evidence(
    gateway.at,
    'Checks',
    gateway.Checks.map(({ CheckID }) => CheckID),
  );
  if (isSynthetic(gateway.Node)) {
    return [
      {
        severity: 'info',
        subject,
        message: `${subject.name} is managed by Consul dataplane on a synthetic node, where there is no local agent and none is needed`,
        evidence: [evidence(gateway.at, 'Node.Meta["synthetic-node"]', 'true')],
        remediation: [],
      },
    ];
  }
  return [
    {
      severity: 'warning',
      subject,
      message: `${subject.name} is on a node without an agent: it was written to the catalog directly, so nobody watches its health`,
      evidence: [
        checks,
        evidence(gateway.at, 'Node.Meta["synthetic-node"]', gateway.Node.Meta['synthetic-node']),
      ],
      remediation: registerGatewayRemedy(gateway),
    },
  ];
};

export const localAgent = defineCheck({
  id: 'local-agent',
  group: 'consul',
  title: 'Every mesh gateway is managed by a live local agent',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('requirements'), since: '1.14.0' },
  rationale:
    'The local agent hands a mesh gateway its configuration and certificates. Without it the gateway goes stale, and its failures are not seen.',
  inputs: ['gateways'],
  partial: ['gateways'],
  examples: {
    pass: { gateways: [exampleGateway()] },
    fail: { gateways: [exampleGateway({ checks: [exampleSerfHealth('critical'), exampleCheck()] })] },
  },
  evaluate: ({ gateways }) =>
    gateways.length === 0 ? skip('no mesh gateway is registered') : gateways.flatMap(judge),
});
