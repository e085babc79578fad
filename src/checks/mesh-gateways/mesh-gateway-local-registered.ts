import { defineCheck, skip } from '../define';
import { exampleSidecar, exampleUpstream } from '../examples/parts';
import { spec } from '../links';
import { newGatewayRemediation } from '../remediation/mesh-gateway';
import { clusterSubject } from '../subjects';
import { gatewayModesView } from '../views/gateway-modes';
import { localModes, modeEvidence, noGatewayEvidence, noLocalMode } from './mode-evidence';

const localSidecar = exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'local' } })]);

export const meshGatewayLocalRegistered = defineCheck({
  id: 'mesh-gateway-local-registered',
  group: 'mesh-gateways',
  title: 'With local mode, the importing cluster has a registered mesh gateway',
  failureTitle: 'Local mode is used, but the importing cluster has no registered mesh gateway',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('mesh-gateway-requirements'), since: '1.14.0' },
  rationale:
    'In local mode a sidecar sends calls to peers through a mesh gateway of its own cluster. Without one, these calls fail.',
  inputs: [gatewayModesView, 'gateways', 'cluster'],
  partial: [gatewayModesView],
  examples: {
    pass: { sidecars: [localSidecar] },
    fail: { sidecars: [localSidecar], gateways: [] },
  },
  evaluate({ gatewayModes, gateways, cluster }) {
    const local = localModes(gatewayModes);
    if (local.length === 0) return skip(noLocalMode);
    if (gateways.length > 0) return [];
    return [
      {
        subject: clusterSubject(cluster.name),
        message: `${cluster.name} has no mesh gateway, but ${local.length === 1 ? '1 upstream to a peer uses' : `${local.length} upstreams to peers use`} local mode, which needs one`,
        evidence: [noGatewayEvidence, ...modeEvidence(local)],
        remediation: newGatewayRemediation(),
      },
    ];
  },
});
