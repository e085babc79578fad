import { isSyntheticNode } from '../../snapshot/health';
import type { Subject } from '../../report/report';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleCheck, exampleGateway, exampleSerfHealth } from '../examples/parts';
import { deadAgentRemediation, registerGatewayRemediation } from '../remediation/mesh-gateway';
import { spec } from '../links';
import { command, shellRemediation } from '../remediation/shell';
import { gatewaySubjects } from '../subjects';

const findingsOf = (gateway: GatewayInstance, subject: Subject): readonly Draft[] => {
  const node = gateway.Node.Node;
  const index = gateway.Checks.findIndex((check) => check.CheckID === 'serfHealth' && !check.ServiceID);
  const health = gateway.Checks[index];
  if (health?.Status === 'passing') return [];
  if (health) {
    return [
      {
        subject,
        message: `${subject.name} has no live local agent: serfHealth of its node is ${health.Status}`,
        evidence: [evidence(gateway.at, `Checks[${index}].Status`, health.Status)],
        remediation: [
          ...deadAgentRemediation,
          ...shellRemediation(
            'Only if the node is gone permanently: remove it and its gateway from the catalog',
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
  if (isSyntheticNode(gateway.Node)) {
    return [
      {
        severity: 'info',
        subject,
        message: `${subject.name} is managed by Consul dataplane on a synthetic node and needs no local agent`,
        evidence: [evidence(gateway.at, 'Node.Meta["synthetic-node"]', 'true')],
        remediation: [],
      },
    ];
  }
  return [
    {
      severity: 'warning',
      subject,
      message: `${subject.name} is on a node without an agent: it was registered directly in the catalog, so its health is not monitored`,
      evidence: [
        checks,
        evidence(gateway.at, 'Node.Meta["synthetic-node"]', gateway.Node.Meta['synthetic-node']),
      ],
      remediation: registerGatewayRemediation(gateway),
    },
  ];
};

export const localAgent = defineCheck({
  id: 'local-agent',
  group: 'consul',
  title: 'Every mesh gateway is managed by a live local agent',
  failureTitle: 'A mesh gateway has no live local agent',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('requirements'), since: '1.14.0' },
  rationale:
    'The local agent gives a mesh gateway its configuration and certificates. Without it both go stale, and failures of the gateway go unnoticed.',
  inputs: ['gateways'],
  partial: ['gateways'],
  examples: {
    pass: {},
    fail: { gateways: [exampleGateway({ checks: [exampleSerfHealth('critical'), exampleCheck()] })] },
  },
  evaluate({ gateways }) {
    if (gateways.length === 0) return skip('no mesh gateway is registered');
    const subjectOf = gatewaySubjects(gateways);
    return gateways.flatMap((gateway) => findingsOf(gateway, subjectOf(gateway)));
  },
});
