import { rowsOf } from '../../snapshot/section';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence, peeringAt } from '../evidence';
import { examplePeering } from '../examples/parts';
import type { Inputs } from '../inputs';
import { spec } from '../links';
import type { Export, Relation, RemoteUpstream } from '../model';
import { orDefault, serviceKey } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { exportElsewhereRemediation } from '../remediation/federation';
import { deletePeeringRemediation, dialFirstRemediation, ownPeering } from '../remediation/peering';
import { entrySubject, peeringSubject } from '../subjects';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { exportsView } from '../views/exports';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { primaryDatacenterView } from '../views/primary-datacenter';
import { neverExported, relationsView } from '../views/relations';
import { remoteUpstreamsView } from '../views/remote-upstreams';
import { intendedPeer } from './intended-peer';
import { exportsEntryOf, withPeersRenamed } from './change-entry';
import {
  blockersEvidence,
  describeBlockers,
  type ExportBlocker,
  findExportBlockers,
} from './export-blockers';
import { exportServiceRemediation } from './export-service';

/** Maximum services with a remediation where nothing says which one the peer needs. */
const maxCandidates = 2;

/** Returns services that could be exported: those with a sidecar by its usual name, else all but gateways. */
const candidates = (names: readonly string[]): readonly string[] => {
  const all = new Set(names);
  const services = names.filter((name) => name !== 'consul' && !name.endsWith('-sidecar-proxy'));
  const inMesh = services.filter((name) => all.has(`${name}-sidecar-proxy`));
  return (inMesh.length > 0 ? inMesh : services.filter((name) => !name.includes('gateway'))).toSorted();
};

interface Context {
  readonly exportedServices: Inputs['exportedServices'];
  readonly cluster: Inputs['cluster'];
  readonly serviceNames: readonly string[];
  readonly remoteUpstreams: readonly RemoteUpstream[];
  /** The primary datacenter if this cluster is a secondary, where Consul refuses the entry. */
  readonly primary: string | undefined;
  /** Finds what makes Consul refuse the export of a service. */
  readonly blockersOf: (service: string, namespace: string) => readonly ExportBlocker[];
}

const exportRemediation = (relation: Relation, { exportedServices, cluster, ...context }: Context) => {
  if (context.primary !== undefined) return exportElsewhereRemediation(context.primary, cluster.datacenter);
  const used = context.remoteUpstreams.filter(({ peering }) => peering === relation.name);
  const services =
    used.length > 0
      ? used.map(({ service, target }) => ({ service, namespace: target.namespace }))
      : candidates(context.serviceNames).map((service) => ({
          service,
          namespace: orDefault(cluster.namespace),
        }));
  if (services.length === 0)
    return deletePeeringRemediation(
      `If it is not needed: delete the peering ${relation.name}`,
      ownPeering(relation.peering),
    );
  const existing = exportsEntryOf(exportedServices, cluster.partition);
  const unique = new Map(services.map((one) => [serviceKey(one.service, one.namespace), one]));
  return [...unique.values()]
    .slice(0, maxCandidates)
    .flatMap(({ service, namespace }) =>
      exportServiceRemediation(
        used.length > 0
          ? `Export ${service} to ${relation.name}`
          : `If ${relation.name} should call ${service}: export it`,
        cluster,
        existing,
        { service, namespace, peer: relation.name },
        context.blockersOf(service, namespace),
      ),
    );
};

/** Says what must be exported to the peer; undefined where nothing is known to be missing. */
const missingExport = (relation: Relation, { remoteUpstreams }: Context): string | undefined => {
  const user = remoteUpstreams.find(({ peering }) => peering === relation.name);
  if (user)
    return `nothing is exported to it, and ${user.proxy} in ${user.cluster} calls ${user.service} here`;
  return relation.imports.is === 'no'
    ? 'it neither imports nor exports services, so no calls flow over it; one of its two sides must export'
    : undefined;
};

const peeringFinding = (relation: Relation, why: string, context: Context): Draft => {
  const { peering, name } = relation;
  const users = context.remoteUpstreams.filter((upstream) => upstream.peering === name).slice(0, 1);
  const blockers = users.flatMap(({ service, target }) => context.blockersOf(service, target.namespace));
  return {
    subject: peeringSubject(name),
    message: `the peering ${name} is established, but ${why}${describeBlockers(users[0]?.service ?? '', blockers)}`,
    evidence: [
      evidence(
        { endpoint: '/v1/config/exported-services', path: '' },
        '',
        context.exportedServices.map(({ entry }) => ({ Name: entry.Name, Services: entry.Services.length })),
      ),
      evidence(
        peeringAt(peering),
        'StreamStatus.ImportedServices',
        peering.StreamStatus?.ImportedServices ?? [],
      ),
      evidence(
        peeringAt(peering),
        'StreamStatus.ExportedServices',
        peering.StreamStatus?.ExportedServices ?? [],
      ),
      ...users.map((upstream) => upstreamEvidence(upstream)),
      ...blockersEvidence(blockers),
    ],
    remediation: () => exportRemediation(relation, context),
  };
};

/** Maximum peers named in a message. */
const maxPeers = 10;

/** Finds entries that export only to peers that do not exist. */
const entryFindings = (
  { exportedServices, cluster, remoteUpstreams }: Context,
  peerNames: readonly string[],
  exports: readonly Export[],
): readonly Draft[] => {
  const known = new Set(peerNames);
  const exportsOf = Map.groupBy(exports, ({ entry }) => entry);
  return exportedServices.flatMap((existing): readonly Draft[] => {
    const consumers = existing.entry.Services.flatMap(({ Consumers }) => Consumers);
    const peers = [...new Set(consumers.flatMap(({ Peer }) => Peer || []))];
    const all = peers.length > 0 && consumers.every(({ Peer }) => Peer && !known.has(Peer));
    if (!all) return [];
    const rowsTo = new Map<string, Export[]>(peers.map((peer) => [peer, []]));
    for (const row of exportsOf.get(existing) ?? [])
      for (const peer of new Set(row.consumers.map((consumer) => consumer.peer))) rowsTo.get(peer)?.push(row);
    const renames = new Map(
      [...rowsTo].map(([peer, rows]) => [peer, intendedPeer(peer, rows, peerNames, remoteUpstreams)]),
    );
    const entry = withPeersRenamed(existing.entry, renames);
    const names = [...new Set([...renames.values()].flatMap((near) => near ?? []))].join(', ');
    const [first = ''] = peers;
    const shown = `${peers.slice(0, maxPeers).join(', ')}${peers.length > maxPeers ? ` and ${peers.length - maxPeers} more` : ''}`;
    return [
      {
        subject: entrySubject(existing.entry),
        message: `${existing.entry.Kind} ${existing.entry.Name} exports only to ${shown}, but no peering has ${peers.length > 1 ? 'one of these names' : 'that name'}`,
        evidence: [
          evidence(existing.at, 'Services', existing.entry.Services),
          evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', peerNames),
        ],
        remediation: () =>
          names
            ? configEntryRemediation({ title: `Export to ${names} instead`, entry, existing })
            : [
                ...dialFirstRemediation({ name: first, partition: cluster.partition }, cluster.name),
                ...configEntryRemediation({ title: 'Or remove them from the entry', entry, existing }),
              ],
      },
    ];
  });
};

const idlePeering = examplePeering({ StreamStatus: { ImportedServices: [], ExportedServices: [] } });

export const exportedServicesDefined = defineCheck({
  id: 'exported-services-defined',
  group: 'exported-services',
  title: 'The cluster exports services to every peer that it must export to',
  failureTitle: 'The cluster exports nothing to a peer that it must export to',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('exported-service-requirements'), since: '1.14.0' },
  rationale: 'A peer can call only services that an exported-services entry exports to it.',
  inputs: [relationsView, exportsView, 'exportedServices', 'peerNames', hasPeeringsView, 'cluster'],
  optional: [
    remoteUpstreamsView,
    'serviceNames',
    primaryDatacenterView,
    'serviceRouters',
    'serviceSplitters',
    'serviceResolvers',
  ],
  examples: {
    pass: {},
    fail: { peerings: { enabled: true, list: [idlePeering] }, exportedServices: [], sidecars: [] },
  },
  evaluate({
    relations,
    exports,
    exportedServices,
    peerNames,
    hasPeerings,
    cluster,
    remoteUpstreams,
    serviceNames,
    primaryDatacenter,
    ...chains
  }) {
    if (!hasPeerings) return skip(noPeerings);
    const context: Context = {
      exportedServices,
      cluster,
      serviceNames: rowsOf(serviceNames).map(({ name }) => name),
      remoteUpstreams: rowsOf(remoteUpstreams).filter(({ service }) => service !== neverExported),
      primary: primaryDatacenter.visibility === 'hidden' ? undefined : primaryDatacenter.value,
      blockersOf: (service, namespace) => findExportBlockers(chains, cluster, { service, namespace }),
    };
    const declared = (name: string): boolean =>
      exports.some(
        ({ service, consumers }) => service !== neverExported && consumers.some(({ peer }) => peer === name),
      );
    const established = relations.filter(({ state }) => state === 'ACTIVE');
    const withoutExports = established.filter(({ name }) => !declared(name));
    const findings = [
      ...entryFindings(context, peerNames, exports),
      ...withoutExports.flatMap((relation) => {
        const why = missingExport(relation, context);
        return why === undefined ? [] : [peeringFinding(relation, why, context)];
      }),
    ];
    const undecided = withoutExports.find(
      (relation) => relation.imports.is === 'unknown' && missingExport(relation, context) === undefined,
    );
    if (undecided)
      return unknown(
        `it is not known whether this cluster must export to ${undecided.name}: ${undecided.imports.why}`,
        findings,
      );
    if (findings.length > 0 || withoutExports.length < established.length) return findings;
    return skip(
      established.length === 0 ? 'no peering is established yet' : 'this cluster only imports from its peers',
    );
  },
});
