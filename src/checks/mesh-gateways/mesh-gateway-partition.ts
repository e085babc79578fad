import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleGateway } from '../examples/parts';
import { spec } from '../links';
import { orDefault } from '../names';
import { newGatewayRemediation } from '../remediation/mesh-gateway';
import { entrySubject } from '../subjects';
import { exportsView } from '../views/exports';

export const meshGatewayPartition = defineCheck({
  id: 'mesh-gateway-partition',
  group: 'mesh-gateways',
  title: 'The mesh gateway is in the partition of the exported services and their entry',
  failureTitle: 'A partition that exports services has no mesh gateway',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('mesh-gateway-requirements'), since: '1.14.0' },
  rationale:
    'In Consul Enterprise a mesh gateway serves only its own partition. Services that another partition exports cannot be reached through it.',
  inputs: ['cluster', 'gateways', exportsView],
  partial: [exportsView],
  examples: {
    pass: { cluster: { enterprise: true } },
    fail: { cluster: { enterprise: true }, gateways: [exampleGateway({ service: { Partition: 'edge' } })] },
  },
  evaluate({ cluster, gateways, exports }) {
    if (!cluster.enterprise) return skip('partitions are a feature of Consul Enterprise');
    const toPeers = exports.filter((row) => row.consumers.length > 0);
    if (toPeers.length === 0) return skip('nothing is exported to a peer');
    if (gateways.length === 0) return skip('no mesh gateway is registered');
    const partitions = new Set(gateways.map(({ Service }) => orDefault(Service.Partition)));
    const first = new Map(toPeers.map((row) => [row.partition, row]));
    return [...first.values()]
      .filter((row) => !partitions.has(row.partition))
      .map(
        (row): Draft => ({
          subject: entrySubject(row.entry.entry),
          message: `exported-services/${row.entry.entry.Name} exports from partition ${row.partition}, which has no mesh gateway; gateways are in ${[...partitions].join(', ')}`,
          evidence: [
            evidence(row.entry.at, 'Partition', row.entry.entry.Partition),
            ...gateways
              .slice(0, 5)
              .map((gateway) => evidence(gateway.at, 'Service.Partition', gateway.Service.Partition)),
          ],
          remediation: newGatewayRemediation(row.partition),
        }),
      );
  },
});
