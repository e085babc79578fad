import { defineCheck, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleAgent } from '../examples/parts';
import { consulDocs } from '../links';
import { exportElsewhereRemediation } from '../remediation/federation';
import { clusterSubject } from '../subjects';
import { primaryDatacenterView } from '../views/primary-datacenter';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { decideOverall, relationsView } from '../views/relations';

export const primaryDatacenter = defineCheck({
  id: 'primary-datacenter',
  group: 'consul',
  title: 'A cluster that exports is not a secondary of a WAN federation',
  failureTitle: 'The cluster must export to a peer, but it is a secondary of a WAN federation',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/config-entries/exported-services'),
    since: '1.14.0',
  },
  rationale:
    'Consul refuses exported-services entries in a secondary datacenter, and the entry of the primary does not export services of the secondary. A secondary can only import from peers.',
  inputs: ['agent', 'cluster', primaryDatacenterView, relationsView, hasPeeringsView],
  partial: [relationsView],
  examples: {
    pass: {},
    fail: { agent: exampleAgent({ Config: { ...exampleAgent().Config, PrimaryDatacenter: 'dc0' } }) },
  },
  evaluate({ agent, cluster, primaryDatacenter: primary, relations, hasPeerings }) {
    if (primary === undefined) return [];
    const secondary = `${cluster.name} is a secondary of ${primary} and cannot export`;
    if (!hasPeerings) return skip(`${noPeerings}; ${secondary} to a peer`);
    const exporting = decideOverall(relations, 'exports');
    if (exporting.is === 'no') return skip(`${exporting.why}; ${secondary}`);
    if (exporting.is === 'unknown')
      return unknown(`${secondary}, and it is not known whether it must: ${exporting.why}`);
    return [
      {
        subject: clusterSubject(cluster.name),
        message: `${cluster.name} is a secondary of the primary datacenter ${primary}, so Consul refuses to export its services to peers: ${exporting.why}`,
        evidence: [
          evidence(
            { endpoint: '/v1/agent/self', path: '' },
            'Config.PrimaryDatacenter',
            agent.Config.PrimaryDatacenter,
          ),
          evidence({ endpoint: '/v1/agent/self', path: '' }, 'Config.Datacenter', agent.Config.Datacenter),
          ...exporting.evidence,
        ],
        remediation: exportElsewhereRemediation(primary, cluster.datacenter),
      },
    ];
  },
});
