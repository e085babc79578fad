import { rowsOf } from '../../snapshot/section';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { examplePeering, exampleSidecar, exampleUpstream } from '../examples/parts';
import type { Inputs } from '../inputs';
import { spec } from '../links';
import type { ResolvedUpstream } from '../model';
import { orDefault, parseServiceName } from '../names';
import { upstreamSubject } from '../subjects';
import { importedKeys, importsEvidence } from '../traffic/imported-services';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { upstreamsView } from '../views/upstreams';
import { byUpstream, instancesLabel, type UpstreamChange, upstreamRemediation } from './upstream-remediation';

/** Returns the namespaces of the peer that export a service of this name; undefined where that is not known. */
const namespacesAt = (
  { upstream, destination }: ResolvedUpstream,
  peerings: Inputs['peerings'],
): readonly string[] | undefined => {
  const peering = peerings.list.find(({ Name }) => Name === upstream.DestinationPeer);
  if (!peering || !importedKeys(peering)) return undefined;
  return (peering.StreamStatus?.ImportedServices ?? [])
    .map(parseServiceName)
    .filter(({ name }) => name === destination)
    .map(({ namespace }) => namespace);
};

/** Returns the namespaces of this cluster that have a service of this name, as far as the catalog was read. */
const namespacesHere = (
  { destination }: ResolvedUpstream,
  serviceNames: Inputs['serviceNames'],
): readonly string[] =>
  serviceNames.filter(({ name }) => name === destination).map(({ namespace }) => orDefault(namespace));

const inFinance = {
  enabled: true,
  list: [examplePeering({ StreamStatus: { ImportedServices: ['finance/billing'], ExportedServices: [] } })],
};

export const upstreamDestinationNamespace = defineCheck({
  id: 'upstream-destination-namespace',
  group: 'sidecars',
  title: 'Upstreams to services in other namespaces have a destination_namespace',
  failureTitle: 'An upstream to a service in another namespace has no destination_namespace',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('sidecar-proxy-requirements'), since: '1.14.0' },
  rationale:
    'Without destination_namespace Consul looks for the service in the namespace of the sidecar, where it does not exist. Namespaces are a feature of Consul Enterprise.',
  inputs: [upstreamsView, 'peerings', hasPeeringsView, 'cluster'],
  partial: [upstreamsView],
  optional: ['serviceNames'],
  examples: {
    pass: {
      cluster: { enterprise: true },
      peerings: inFinance,
      sidecars: [exampleSidecar([exampleUpstream({ DestinationNamespace: 'finance' })])],
    },
    fail: { cluster: { enterprise: true }, peerings: inFinance },
  },
  evaluate({ upstreams, peerings, hasPeerings, cluster, serviceNames }) {
    if (!cluster.enterprise)
      return skip('namespaces are a feature of Consul Enterprise, and this is Consul CE');
    if (!hasPeerings) return skip(noPeerings);
    let hiddenReason = '';
    const missing: { readonly upstream: ResolvedUpstream; readonly namespaces: readonly string[] }[] = [];
    const redundant: ResolvedUpstream[] = [];
    for (const upstream of upstreams) {
      const { destination, namespace, sidecar } = upstream;
      const { DestinationType, DestinationNamespace, DestinationPeer } = upstream.upstream;
      if (destination === '' || destination === '*' || DestinationType === 'prepared_query') continue;
      if (DestinationNamespace) {
        if (orDefault(sidecar.namespace) === DestinationNamespace) redundant.push(upstream);
        continue;
      }
      if (!DestinationPeer && serviceNames.visibility !== 'visible')
        hiddenReason ||= serviceNames.reason.message;
      const namespaces = DestinationPeer
        ? namespacesAt(upstream, peerings)
        : namespacesHere(upstream, rowsOf(serviceNames));
      if (namespaces && namespaces.length > 0 && !namespaces.includes(namespace)) {
        missing.push({ upstream, namespaces });
      }
    }
    const changes = missing.map(
      ({ upstream, namespaces: [DestinationNamespace = ''] }): UpstreamChange => ({
        upstream,
        change: { DestinationNamespace },
      }),
    );
    const errors = byUpstream(missing.map(({ upstream }) => upstream)).map((rows): Draft => {
      const [first] = rows;
      const namespaces = missing.find(({ upstream }) => upstream === first)?.namespaces ?? [];
      const peering = peerings.list.find(({ Name }) => Name === first.upstream.DestinationPeer);
      return {
        subject: upstreamSubject(first),
        message: `${instancesLabel(rows)} → ${first.destination} has no destination_namespace, but ${first.destination} exists only in ${namespaces.join(' and ')}`,
        evidence: [
          ...rows.map((row) => evidence(row.at, '', row.upstream)),
          peering
            ? importsEvidence(peering, `${namespaces[0]}/${first.destination}`)
            : evidence(
                { endpoint: '/v1/catalog/services', path: '' },
                JSON.stringify(first.destination),
                namespaces,
              ),
        ],
        remediation: upstreamRemediation(
          `Set the namespace ${namespaces[0]}`,
          rows,
          changes,
          cluster.enterprise,
        ),
      };
    });
    const infos = byUpstream(redundant).map((rows): Draft => {
      const [first] = rows;
      const change = { DestinationNamespace: '' };
      return {
        severity: 'info',
        subject: upstreamSubject(first),
        message: `${instancesLabel(rows)} → ${first.destination} sets destination_namespace to its own namespace, which is the default`,
        evidence: rows.map((row) =>
          evidence(row.at, 'DestinationNamespace', row.upstream.DestinationNamespace),
        ),
        remediation: upstreamRemediation(
          'Remove destination_namespace',
          rows,
          [...changes, ...redundant.map((upstream) => ({ upstream, change }))],
          cluster.enterprise,
        ),
      };
    });
    const findings = [...errors, ...infos];
    return hiddenReason ? unknown(hiddenReason, findings) : findings;
  },
});
