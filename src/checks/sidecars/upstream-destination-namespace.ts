import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleEnterprise, examplePeering, exampleResolved } from '../examples';
import { spec } from '../links';
import { orDefault, parseServiceName } from '../names';
import { noPeering } from '../no-peering';
import { upstreamSubject } from '../subjects';
import type { Views } from '../views';
import { importsEvidence, importsOf } from '../views/imports';
import type { ResolvedUpstream } from '../views/upstreams';
import { byUpstream, type Fix, fixUpstream, instancesLabel } from './fixes';

/** The namespaces of the peer in which a service of this name is offered; undefined where that is not known. */
const namespacesAt = (
  { upstream, destination }: ResolvedUpstream,
  peerings: Views['peerings'],
): readonly string[] | undefined => {
  const peering = peerings.list.find(({ Name }) => Name === upstream.DestinationPeer);
  if (!peering || !importsOf(peering)) return undefined;
  return (peering.StreamStatus?.ImportedServices ?? [])
    .map(parseServiceName)
    .filter(({ name }) => name === destination)
    .map(({ namespace }) => namespace);
};

/** The same for this cluster, as far as the catalog was read. */
const namespacesHere = (
  { destination }: ResolvedUpstream,
  serviceNames: Views['serviceNames'],
): readonly string[] =>
  serviceNames.filter(({ name }) => name === destination).map(({ namespace }) => orDefault(namespace));

export const upstreamDestinationNamespace = defineCheck({
  id: 'upstream-destination-namespace',
  group: 'sidecars',
  title: 'Upstreams to services in other namespaces have a destination_namespace',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('sidecar-proxy-requirements'), since: '1.14.0' },
  rationale:
    'Without destination_namespace the service is looked for in the namespace of the sidecar, where it is not. Namespaces are a feature of Consul Enterprise.',
  inputs: ['upstreams', 'peerings', 'readiness', 'cluster'],
  partial: ['upstreams'],
  optional: ['serviceNames'],
  examples: (() => {
    const StreamStatus = { ImportedServices: ['finance/billing'], ExportedServices: [] };
    const rest = {
      peerings: { enabled: true, list: [examplePeering({ StreamStatus })] },
      readiness: false,
      cluster: exampleEnterprise,
      serviceNames: { seen: 'all', value: [{ name: 'web' }] },
    } as const;
    return {
      pass: { ...rest, upstreams: [exampleResolved({ DestinationNamespace: 'finance' })] },
      fail: {
        ...rest,
        upstreams: [exampleResolved(), exampleResolved({ DestinationName: 'web', DestinationPeer: '' })],
      },
    };
  })(),
  evaluate({ upstreams, peerings, readiness, cluster, serviceNames }) {
    if (!cluster.enterprise)
      return skip('namespaces are a feature of Consul Enterprise, and this is Consul CE');
    if (readiness) return skip(noPeering);
    let unclear = '';
    const missing: { readonly upstream: ResolvedUpstream; readonly namespaces: readonly string[] }[] = [];
    const needless: ResolvedUpstream[] = [];
    for (const upstream of upstreams) {
      const { destination, namespace, sidecar } = upstream;
      const { DestinationType, DestinationNamespace, DestinationPeer } = upstream.upstream;
      if (destination === '' || destination === '*' || DestinationType === 'prepared_query') continue;
      if (DestinationNamespace) {
        if (orDefault(sidecar.namespace) === DestinationNamespace) needless.push(upstream);
        continue;
      }
      if (!DestinationPeer && serviceNames.seen !== 'all') unclear ||= serviceNames.missing.message;
      const namespaces = DestinationPeer
        ? namespacesAt(upstream, peerings)
        : namespacesHere(upstream, serviceNames.seen === 'none' ? [] : serviceNames.value);
      if (namespaces && namespaces.length > 0 && !namespaces.includes(namespace)) {
        missing.push({ upstream, namespaces });
      }
    }
    const fixes = missing.map(
      ({ upstream, namespaces: [DestinationNamespace = ''] }): Fix => ({
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
        message: `${instancesLabel(rows)} → ${first.destination} has no destination_namespace, and ${first.destination} exists only in ${namespaces.join(' and ')}`,
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
        remediation: fixUpstream(`Name the namespace ${namespaces[0]}`, rows, fixes, cluster.enterprise),
      };
    });
    const infos = byUpstream(needless).map((rows): Draft => {
      const [first] = rows;
      const change = { DestinationNamespace: '' };
      return {
        severity: 'info',
        subject: upstreamSubject(first),
        message: `${instancesLabel(rows)} → ${first.destination} names the namespace that it is in itself`,
        evidence: rows.map((row) =>
          evidence(row.at, 'DestinationNamespace', row.upstream.DestinationNamespace),
        ),
        remediation: fixUpstream(
          'Leave destination_namespace out',
          rows,
          [...fixes, ...needless.map((upstream) => ({ upstream, change }))],
          cluster.enterprise,
        ),
      };
    });
    const findings = [...errors, ...infos];
    return unclear ? unknown(unclear, findings) : findings;
  },
});
