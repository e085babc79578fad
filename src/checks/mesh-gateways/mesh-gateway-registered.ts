import { defineCheck, skip, unknown } from '../define';
import { spec } from '../links';
import { newGatewayRemediation } from '../remediation/mesh-gateway';
import { clusterSubject } from '../subjects';
import { hasPeeringsView } from '../views/has-peerings';
import { decideOverall, relationsView } from '../views/relations';
import { noGatewayEvidence } from './mode-evidence';

export const meshGatewayRegistered = defineCheck({
  id: 'mesh-gateway-registered',
  group: 'mesh-gateways',
  title: 'An exporting cluster has a registered mesh gateway',
  failureTitle: 'The cluster exports to peers, but no mesh gateway is registered',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('mesh-gateway-requirements'), since: '1.14.0' },
  rationale: 'Peers reach exported services through it. Without one, Consul gives peers no address for them.',
  inputs: ['gateways', relationsView, hasPeeringsView, 'cluster'],
  partial: [relationsView],
  examples: { pass: {}, fail: { gateways: [] } },
  evaluate({ gateways, relations, hasPeerings, cluster }) {
    if (!hasPeerings) {
      return skip(
        gateways.length > 0
          ? 'there is no peering yet to export to'
          : 'there is no peering yet to export to; this cluster needs a mesh gateway before it exports',
      );
    }
    const exporting = decideOverall(relations, 'exports');
    if (exporting.is === 'no') return skip(exporting.why);
    if (gateways.length > 0) return [];
    if (exporting.is === 'unknown')
      return unknown(`it is not known whether this cluster exports: ${exporting.why}`);
    return [
      {
        subject: clusterSubject(cluster.name),
        message: `${cluster.name} exports to peers and has no registered mesh gateway: ${exporting.why}`,
        evidence: [noGatewayEvidence, ...exporting.evidence],
        remediation: newGatewayRemediation(),
      },
    ];
  },
});
