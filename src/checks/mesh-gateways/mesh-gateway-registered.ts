import { defineCheck, skip, unknown } from '../define';
import { exampleCluster, exampleGateway, exampleRelation } from '../examples';
import { newGatewayRemedy } from '../gateway-remedy';
import { spec } from '../links';
import { clusterSubject } from '../subjects';
import { overall } from '../views/relations';
import { noGateway } from './no-gateway';

export const meshGatewayRegistered = defineCheck({
  id: 'mesh-gateway-registered',
  group: 'mesh-gateways',
  title: 'An exporting cluster has a registered mesh gateway',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('mesh-gateway-requirements'), since: '1.14.0' },
  rationale: 'Peers reach exported services through it. Without one they are told no address at all.',
  inputs: ['gateways', 'relations', 'readiness', 'cluster'],
  partial: ['relations'],
  examples: {
    pass: {
      gateways: [exampleGateway()],
      relations: [exampleRelation()],
      readiness: false,
      cluster: exampleCluster,
    },
    fail: { gateways: [], relations: [exampleRelation()], readiness: false, cluster: exampleCluster },
  },
  evaluate({ gateways, relations, readiness, cluster }) {
    if (readiness) {
      return skip(
        gateways.length > 0
          ? 'there is no peering yet to export to'
          : 'there is no peering yet to export to; before this cluster exports, it needs a mesh gateway',
      );
    }
    const role = overall(relations, 'exports');
    if (role.is === 'no') return skip(role.why);
    if (gateways.length > 0) return [];
    if (role.is === 'unknown') return unknown(`whether this cluster exports is not known: ${role.why}`);
    return [
      {
        subject: clusterSubject(cluster.name),
        message: `${cluster.name} exports to peers and has no registered mesh gateway: ${role.why}`,
        evidence: [noGateway, ...role.evidence],
        remediation: newGatewayRemedy(),
      },
    ];
  },
});
