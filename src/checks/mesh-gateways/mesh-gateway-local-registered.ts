import { defineCheck, skip } from '../define';
import { exampleCluster, exampleGateway, exampleMode } from '../examples';
import { newGatewayRemedy } from '../gateway-remedy';
import { spec } from '../links';
import { clusterSubject } from '../subjects';
import { localModes, noLocalMode, modeEvidence } from './modes';
import { noGateway } from './no-gateway';

export const meshGatewayLocalRegistered = defineCheck({
  id: 'mesh-gateway-local-registered',
  group: 'mesh-gateways',
  title: 'With local mode, the importing cluster has a registered mesh gateway',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('mesh-gateway-requirements'), since: '1.14.0' },
  rationale:
    'In local mode a sidecar sends calls for peers to a mesh gateway of its own cluster. Where there is none, they go nowhere.',
  inputs: ['gatewayModes', 'gateways', 'cluster'],
  partial: ['gatewayModes'],
  examples: {
    pass: {
      gatewayModes: [exampleMode({ mode: 'local' })],
      gateways: [exampleGateway()],
      cluster: exampleCluster,
    },
    fail: { gatewayModes: [exampleMode({ mode: 'local' })], gateways: [], cluster: exampleCluster },
  },
  evaluate({ gatewayModes, gateways, cluster }) {
    const local = localModes(gatewayModes);
    if (local.length === 0) return skip(noLocalMode);
    if (gateways.length > 0) return [];
    return [
      {
        subject: clusterSubject(cluster.name),
        message: `${cluster.name} has no mesh gateway, and local mode sends ${local.length === 1 ? 'a way' : `${local.length} ways`} to peers through one`,
        evidence: [noGateway, ...modeEvidence(local)],
        remediation: newGatewayRemedy(),
      },
    ];
  },
});
