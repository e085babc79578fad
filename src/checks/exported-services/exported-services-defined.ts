import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence, peeringAt } from '../evidence';
import {
  exampleCluster,
  exampleEntry,
  exampleExport,
  examplePeering,
  exampleRelation,
  roleNo,
} from '../examples';
import { spec } from '../links';
import { orDefault, serviceKey } from '../names';
import { nearest } from '../nearest';
import { noPeering } from '../no-peering';
import { deletePeeringRemedy, dialRemedy } from '../peerings/remedies';
import { configEntryRemedy } from '../remediation/config-entry';
import { entrySubject, peeringSubject } from '../subjects';
import type { Views } from '../views';
import type { Relation } from '../views/relations';
import { entryOf, withExport, withoutPeer, withPeerRenamed } from './entry';

/** Services that a snippet is given for, where nothing says which one the peer is to have. */
const mostCandidates = 2;

/** Services that could be exported: those with a sidecar by its usual name come first. */
const candidates = (names: readonly string[]): readonly string[] => {
  const all = new Set(names);
  const services = names.filter((name) => name !== 'consul' && !name.endsWith('-sidecar-proxy'));
  const inMesh = services.filter((name) => all.has(`${name}-sidecar-proxy`));
  return (inMesh.length > 0 ? inMesh : services.filter((name) => !name.includes('gateway'))).toSorted();
};

interface Context {
  readonly exportedServices: Views['exportedServices'];
  readonly cluster: Views['cluster'];
  readonly serviceNames: readonly string[];
  readonly farUpstreams: Views['farUpstreams'];
}

const exportRemedy = (relation: Relation, { exportedServices, cluster, ...context }: Context) => {
  const used = context.farUpstreams.filter(({ peering }) => peering === relation.name);
  const wanted =
    used.length > 0
      ? used.map(({ service, reach }) => ({ service, namespace: reach.namespace }))
      : candidates(context.serviceNames).map((service) => ({
          service,
          namespace: orDefault(cluster.namespace),
        }));
  if (wanted.length === 0)
    return deletePeeringRemedy(`If it is not needed: delete the peering ${relation.name}`, relation.name);
  const { partition } = cluster;
  const existing = entryOf(exportedServices, partition);
  const unique = new Map(wanted.map((one) => [serviceKey(one.service, one.namespace), one]));
  return [...unique.values()].slice(0, mostCandidates).flatMap(({ service, namespace }) =>
    configEntryRemedy({
      title:
        used.length > 0
          ? `Export ${service} to ${relation.name}`
          : `If ${relation.name} is to call ${service}: export it`,
      entry: withExport(existing?.entry, partition, { service, namespace, peer: relation.name }),
      existing,
    }),
  );
};

/** What the peer is missing, or undefined where it lacks nothing that is known. */
const lack = (relation: Relation, { farUpstreams }: Context): string | undefined => {
  const user = farUpstreams.find(({ peering }) => peering === relation.name);
  if (user)
    return `nothing is exported to it, and ${user.proxy} in ${user.cluster} has an upstream to ${user.service} here`;
  return relation.imports.is === 'no'
    ? 'it neither imports nor exports anything: one of its two sides must export'
    : undefined;
};

const lacking = (relation: Relation, why: string, context: Context): Draft => {
  const { peering, name } = relation;
  const seen = context.farUpstreams.filter((upstream) => upstream.peering === name).slice(0, 1);
  return {
    subject: peeringSubject(name),
    message: `the peering ${name} is established, but ${why}`,
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
      ...seen.map((upstream) => evidence(upstream.at, '', upstream.upstream)),
    ],
    remediation: exportRemedy(relation, context),
  };
};

/** Entries that export to peers only, none of which exists. */
const idleEntries = (
  { exportedServices, cluster }: Context,
  peerNames: readonly string[],
): readonly Draft[] =>
  exportedServices.flatMap((existing): readonly Draft[] => {
    const consumers = existing.entry.Services.flatMap(({ Consumers }) => Consumers);
    const peers = [...new Set(consumers.flatMap(({ Peer }) => Peer || []))];
    const all = peers.length > 0 && consumers.every(({ Peer }) => Peer && !peerNames.includes(Peer));
    if (!all) return [];
    const renames = peers.map((peer) => ({ peer, near: nearest(peer, peerNames) }));
    const entry = renames.reduce(
      (mended, { peer, near }) =>
        near === undefined ? withoutPeer(mended, peer) : withPeerRenamed(mended, peer, near),
      existing.entry,
    );
    const names = [...new Set(renames.flatMap(({ near }) => near ?? []))].join(', ');
    const [first = ''] = peers;
    return [
      {
        subject: entrySubject(existing.entry),
        message: `${existing.entry.Kind} ${existing.entry.Name} exports to ${peers.join(', ')} alone, and no peering has ${peers.length > 1 ? 'such a name' : 'that name'}`,
        evidence: [
          evidence(existing.at, 'Services', existing.entry.Services),
          evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', peerNames),
        ],
        remediation: names
          ? configEntryRemedy({ title: `Export to ${names} instead`, entry, existing })
          : [
              ...dialRemedy(first, cluster.name),
              ...configEntryRemedy({ title: 'Or take them out', entry, existing }),
            ],
      },
    ];
  });

export const exportedServicesDefined = defineCheck({
  id: 'exported-services-defined',
  group: 'exported-services',
  title: 'A cluster that must export to a peer has an exported-services entry that does',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('exported-service-requirements'), since: '1.14.0' },
  rationale: 'Nothing is offered to a peer unless an exported-services entry says so.',
  inputs: ['relations', 'exports', 'exportedServices', 'peerNames', 'readiness', 'cluster'],
  optional: ['farUpstreams', 'serviceNames'],
  examples: (() => {
    const rest = {
      peerNames: ['west'],
      readiness: false,
      cluster: exampleCluster,
      farUpstreams: { seen: 'all', value: [] },
      serviceNames: { seen: 'all', value: [{ name: 'api' }, { name: 'api-sidecar-proxy' }] },
    } as const;
    const entry = exampleEntry({
      Kind: 'exported-services' as const,
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
    });
    const StreamStatus = { ImportedServices: [], ExportedServices: [] };
    return {
      pass: {
        ...rest,
        relations: [exampleRelation()],
        exports: [exampleExport()],
        exportedServices: [entry],
      },
      fail: {
        ...rest,
        relations: [
          exampleRelation({
            peering: examplePeering({ StreamStatus }),
            exports: roleNo('nothing is exported to west'),
            imports: roleNo('nothing is imported from west'),
          }),
        ],
        exports: [],
        exportedServices: [],
      },
    };
  })(),
  evaluate({
    relations,
    exports,
    exportedServices,
    peerNames,
    readiness,
    cluster,
    farUpstreams,
    serviceNames,
  }) {
    if (readiness) return skip(noPeering);
    const context: Context = {
      exportedServices,
      cluster,
      serviceNames: serviceNames.seen === 'none' ? [] : serviceNames.value.map(({ name }) => name),
      farUpstreams: farUpstreams.seen === 'none' ? [] : farUpstreams.value,
    };
    const declared = (name: string): boolean =>
      exports.some(({ consumers }) => consumers.some(({ peer }) => peer === name));
    const established = relations.filter(({ state }) => state === 'ACTIVE');
    const silent = established.filter(({ name }) => !declared(name));
    const findings = [
      ...idleEntries(context, peerNames),
      ...silent.flatMap((relation) => {
        const why = lack(relation, context);
        return why === undefined ? [] : [lacking(relation, why, context)];
      }),
    ];
    const unclear = silent.find(
      (relation) => relation.imports.is === 'unknown' && lack(relation, context) === undefined,
    );
    if (unclear)
      return unknown(
        `whether ${unclear.name} must be exported to is not known: ${unclear.imports.why}`,
        findings,
      );
    if (findings.length > 0 || silent.length < established.length) return findings;
    return skip(
      established.length === 0 ? 'no peering is established yet' : 'this cluster only imports from its peers',
    );
  },
});
