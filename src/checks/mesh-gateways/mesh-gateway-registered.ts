import { defineCheck, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exportedByName, type NamedExport } from '../exported-services/named-exports';
import { spec } from '../links';
import { serviceLabel } from '../names';
import { newGatewayRemediation } from '../remediation/mesh-gateway';
import { clusterSubject } from '../subjects';
import type { InputValues } from '../view';
import { exportsView } from '../views/exports';
import { hasPeeringsView } from '../views/has-peerings';
import { decideOverall, relationsView } from '../views/relations';
import { noGatewayEvidence } from './mode-evidence';

/** Maximum services in evidence. */
const maxShown = 5;

type Exported = InputValues<never, typeof exportsView | 'exportedHealth'>;

/**
 * Returns what is exported, if it certainly has no instance in the mesh. Peers can then look it up, and that needs no
 * gateway (seen on 1.20.1). The members of a wildcard are not read. A known call is a path, and the path reports the error.
 */
const discoveryOnly = ({ exports, exportedHealth }: Exported): readonly NamedExport[] => {
  if (exports.visibility !== 'visible' || exportedHealth.visibility !== 'visible') return [];
  if (exports.value.some(({ wildcard, unresolved }) => wildcard || unresolved.length > 0)) return [];
  const named = exportedByName(exports.value, exportedHealth.value).filter(({ rows }) =>
    rows.some(({ consumers }) => consumers.length > 0),
  );
  return named.every(({ health }) => health?.inMesh === 0 && health.native === 0) ? named : [];
};

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
  optional: [exportsView, 'exportedHealth'],
  examples: { pass: {}, fail: { gateways: [] } },
  evaluate({ gateways, relations, hasPeerings, cluster, ...exported }) {
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
    const plain = discoveryOnly(exported);
    if (plain.length > 0) {
      return [
        {
          severity: 'warning',
          subject: clusterSubject(cluster.name),
          message: `${cluster.name} exports to peers and has no registered mesh gateway, which the specification requires. None of its exported services has an instance in the mesh: peers can look them up through the health API and DNS, but cannot call them through the mesh`,
          evidence: [
            noGatewayEvidence,
            ...plain.slice(0, maxShown).map(({ service, namespace, health }) =>
              evidence({ endpoint: health?.endpoint ?? '', path: '' }, '', {
                service: serviceLabel(service, namespace),
                inMesh: 0,
              }),
            ),
          ],
          remediation: newGatewayRemediation(),
        },
      ];
    }
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
