import { compareServices, declaredFor, isSame, streamedTo } from '../../snapshot/replication';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { consulDocs } from '../links';
import type { Relation } from '../model';
import { reconnectRemediation } from '../remediation/peering';
import { peeringSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { relationsView } from '../views/relations';
import type { Inputs } from '../inputs';

/** Maximum services in a message. */
const maxNamed = 3;

const named = (services: readonly string[]): string =>
  services.length > maxNamed
    ? `${services.slice(0, maxNamed).join(', ')} and ${services.length - maxNamed} more`
    : services.join(', ');

const finding = (relation: Relation, resolved: Inputs['resolvedExports']): readonly Draft[] => {
  const { name, peering, at } = relation;
  const declared = declaredFor(name, resolved);
  const streamed = streamedTo(peering);
  const differences = compareServices(declared, streamed);
  if (isSame(differences)) return [];
  const { missing, surplus } = differences;
  const problems = [
    ...(missing.length > 0
      ? [`does not carry ${named(missing)}, which exported-services declares for it`]
      : []),
    ...(surplus.length > 0 ? [`still carries ${named(surplus)}, which is no longer exported to it`] : []),
  ];
  return [
    {
      subject: peeringSubject(name),
      message: `the stream to ${name} ${problems.join(', and ')}`,
      evidence: [
        evidence({ endpoint: '/v1/exported-services', path: '' }, '', declared),
        evidence(at, 'StreamStatus.ExportedServices', streamed),
      ],
      remediation: reconnectRemediation(relation),
    },
  ];
};

export const exportedServicesReplicated = defineCheck({
  id: 'exported-services-replicated',
  group: 'exported-services',
  title: 'The stream to each peer carries the services that are exported to it',
  failureTitle: 'The stream to a peer does not carry the services that are exported to it',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/manage-connections'),
    since: '1.17.3',
  },
  rationale:
    'A peer learns only from the stream which services are exported and which no longer are. A peering whose stream hangs can still be ACTIVE.',
  inputs: [relationsView, hasPeeringsView, 'resolvedExports'],
  examples: {
    pass: {},
    fail: {
      resolvedExports: [
        { Service: 'api', Consumers: { Peers: ['west'], Partitions: [] } },
        { Service: 'orders', Consumers: { Peers: ['west'], Partitions: [] } },
      ],
    },
  },
  evaluate({ relations, hasPeerings, resolvedExports }) {
    if (!hasPeerings) return skip(noPeerings);
    const active = relations.filter(({ state }) => state === 'ACTIVE');
    if (active.length === 0) return skip('no peering is ACTIVE');
    return active.flatMap((relation) => finding(relation, resolvedExports));
  },
});
