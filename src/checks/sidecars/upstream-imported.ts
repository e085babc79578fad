import type { Peering } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { ImportedService, OtherSide, Section } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleSidecar, exampleUpstream } from '../examples/parts';
import { blockersEvidence, describeBlockers } from '../exported-services/export-blockers';
import {
  exportedCaseRemediation,
  findRemoteBlockers,
  remoteExportRemediation,
} from '../exported-services/remote-export';
import { consulDocs } from '../links';
import type { PeerUpstream } from '../model';
import { exactKey, serviceKey, serviceLabel } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { command, shellRemediation } from '../remediation/shell';
import { upstreamSubject } from '../subjects';
import {
  deadImport,
  importedEvidence,
  importedKeys,
  importedNames,
  importedOf,
  importsEvidence,
} from '../traffic/imported-services';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { neverExported } from '../views/relations';
import { remoteExportsView } from '../views/remote-exports';
import { peerUpstreamsView } from '../views/upstreams';
import { notReceived } from './not-received';
import { redirectRemediation } from './redirect-remediation';
import { byUpstream, instancesLabel, type UpstreamChange, upstreamRemediation } from './upstream-remediation';

/**
 * Tells whether an upstream needs the service now. Failover and sameness groups may name peers that do not have
 * it yet, and an upstream without a name is reported by upstream-destination-name.
 */
const isRequired = ({ target, targets, service }: PeerUpstream): boolean =>
  service !== '' &&
  (target.via === 'upstream' ||
    target.via === 'redirect' ||
    (target.via === 'prepared-query' && targets.length === 1));

interface Problem {
  readonly row: PeerUpstream;
  readonly peering: Peering;
  /** The service of the peer with the nearest name. */
  readonly near: string | undefined;
}

/** ACTIVE peerings by name, with the services that their peers export. */
type ActivePeerings = ReadonlyMap<string, { readonly peering: Peering; readonly names: ReadonlySet<string> }>;

const notImported = (row: PeerUpstream, offers: ActivePeerings): readonly Problem[] => {
  const offer = offers.get(row.peer);
  if (!offer || offer.names.has(serviceKey(row.service, row.target.namespace))) return [];
  // A name that the sidecar already has an upstream to is not the one that was misspelled.
  const used = row.sidecar.proxy.Upstreams.filter(({ DestinationPeer }) => DestinationPeer === row.peer);
  const open = importedNames(offer.peering, row.target.namespace).filter(
    (name) => !used.some(({ DestinationName }) => serviceKey(DestinationName) === serviceKey(name)),
  );
  return [{ row, peering: offer.peering, near: findNearestName(row.service, open) }];
};

/** Snapshots of an earlier version do not have the section: they are evaluated as they were then. */
const isOlder = (section: Section<unknown>): boolean =>
  section.visibility === 'hidden' && section.reason.kind === 'not-gathered';

/** Finds upstreams to services that the peer lists, but for which sidecars here get no working endpoint. */
const withoutInstances = (
  listed: readonly PeerUpstream[],
  imported: readonly ImportedService[],
  otherSides: readonly OtherSide[],
): readonly Draft[] => {
  const down = listed.filter((row) => importedOf(row, imported)?.passing === 0);
  return byUpstream(down, ({ peer, service }) => `${peer}/${service}`).flatMap((rows): readonly Draft[] => {
    const [first] = rows;
    const one = importedOf(first, imported);
    if (!one) return [];
    const label = serviceLabel(first.service, first.target.namespace);
    const why = deadImport(one, label, first.peer);
    return [
      {
        subject: upstreamSubject(first),
        message: `${instancesLabel(rows)} → ${first.destination} calls ${label} at ${first.peer}, but ${why}`,
        evidence: [
          importedEvidence(one),
          ...rows.map((row) => evidence(row.at, '', row.upstream)),
          ...first.target.trail,
        ],
        remediation: [
          ...exportedCaseRemediation(
            { service: first.service, namespace: first.target.namespace },
            otherSides.find(({ peer }) => peer === first.peer),
          ),
          ...inspectService(first.service, label, first.peer),
        ],
      },
    ];
  });
};

/** Lists the sidecars of a service and the mesh gateways, with their nodes. */
export const inspectService = (service: string, label: string, peer: string): readonly Remediation[] =>
  shellRemediation(
    `In ${peer}: list the sidecars of ${label} and the mesh gateways, with their nodes`,
    command(['consul', 'catalog', 'nodes', '-service', `${service}-sidecar-proxy`]),
    command(['consul', 'catalog', 'nodes', '-service', 'mesh-gateway']),
  );

/**
 * False if the other side is configured and nothing there serves the exported name. The export itself may then be
 * misspelled, and a call to that name would not help.
 */
const isServed = (side: OtherSide | undefined, service: string, namespace: string): boolean => {
  if (side?.snapshot.visibility !== 'visible') return true;
  const health = rowsOf(side.snapshot.value.sections.exportedHealth).find(
    (one) => exactKey(one.name, one.namespace) === exactKey(service, namespace),
  );
  return health === undefined || health.inMesh + health.native > 0;
};

export const upstreamImported = defineCheck({
  id: 'upstream-imported',
  group: 'sidecars',
  title: 'Peers export the services that upstreams name, with instances that can be reached',
  failureTitle:
    'An upstream names a service that its peer does not export, or that has no reachable instance',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering'),
    since: '1.14.0',
  },
  rationale:
    'A service that the peer does not export has no endpoints here, so calls to it fail. A peer lists a service even if it has no sidecar or mesh gateway there: only the endpoints that sidecars here get show whether calls work. Limits of 0 for an upstream block every call too. Where an escape hatch or an Envoy extension decides what a sidecar does with calls, it is unknown. Calls fail where a timeout of a few milliseconds ends them.',
  inputs: [peerUpstreamsView, 'peerings', hasPeeringsView, 'cluster'],
  partial: [peerUpstreamsView],
  optional: ['otherSides', 'importedServices', 'serviceResolvers', remoteExportsView],
  examples: {
    pass: {},
    fail: { sidecars: [exampleSidecar([exampleUpstream({ DestinationName: 'biling' })])] },
  },
  evaluate({
    peerUpstreams,
    peerings,
    hasPeerings,
    cluster,
    otherSides,
    importedServices,
    serviceResolvers,
    remoteExports,
  }) {
    if (!hasPeerings) return skip(noPeerings);
    const required = peerUpstreams.filter(isRequired);
    if (required.length === 0) return skip('no upstream calls a peer, except for failover');
    const active: ActivePeerings = new Map(
      peerings.list.flatMap((peering) => {
        const names = importedKeys(peering);
        return names ? [[peering.Name, { peering, names }] as const] : [];
      }),
    );
    if (!required.some(({ peer }) => active.has(peer))) {
      return skip(
        'no peering that an upstream uses is ACTIVE, and only ACTIVE peerings list current services',
      );
    }
    const problems = required.flatMap((row) => notImported(row, active));
    const changes = problems.flatMap(({ row, near }): readonly UpstreamChange[] =>
      near && row.target.via === 'upstream' ? [{ upstream: row, change: { DestinationName: near } }] : [],
    );
    const peerService = ({ peer, service }: PeerUpstream): string => `${peer}/${service}`;
    const missing = byUpstream(
      problems.map(({ row }) => row),
      peerService,
    ).map((rows): Draft => {
      const [first] = rows;
      const { peering, near } = problems.find(({ row }) => row === first) as Problem;
      const side = rowsOf(otherSides).find(({ peer }) => peer === peering.Name);
      const rename = (): readonly Remediation[] =>
        near === undefined || !isServed(side, near, first.target.namespace)
          ? []
          : first.target.via === 'upstream'
            ? upstreamRemediation(`Call ${near} at ${peering.Name}`, rows, changes, cluster.enterprise)
            : redirectRemediation(rowsOf(serviceResolvers), first, { peer: first.peer, service: near });
      const label = serviceLabel(first.service, first.target.namespace);
      const called = { service: first.service, namespace: first.target.namespace };
      const own = {
        subject: upstreamSubject(first),
        evidence: [
          ...rows.map((row) => evidence(row.at, '', row.upstream)),
          ...first.target.trail,
          importsEvidence(peering, near),
        ],
      };
      const late = notReceived(remoteExports, peering, called);
      if (late) {
        return {
          ...own,
          message: `${instancesLabel(rows)} → ${first.destination} calls ${label} at ${peering.Name}: ${late.why}`,
          evidence: [...own.evidence, ...late.evidence],
          remediation: late.remediation,
        };
      }
      if (first.service === neverExported) {
        return {
          ...own,
          message: `${instancesLabel(rows)} → ${first.destination} calls ${label} at ${peering.Name}: Consul never exports its own service`,
          remediation: [],
        };
      }
      const blockers = findRemoteBlockers(side, called);
      return {
        ...own,
        message: `${instancesLabel(rows)} → ${first.destination} calls ${label} at ${peering.Name}, which does not export it${near ? `; it exports ${near}` : ''}${describeBlockers(label, blockers)}`,
        evidence: [...own.evidence, ...blockersEvidence(blockers)],
        remediation: () => [...rename(), ...remoteExportRemediation({ peering, ...called }, side)],
      };
    });
    const absent = new Set(problems.map(({ row }) => row));
    const listed = required.filter((row) => active.has(row.peer) && !absent.has(row));
    const found = [...missing, ...withoutInstances(listed, rowsOf(importedServices), rowsOf(otherSides))];
    const unread = listed.find((row) => importedOf(row, rowsOf(importedServices)) === undefined);
    return unread && importedServices.visibility !== 'visible' && !isOlder(importedServices)
      ? unknown(`the instances of ${peerService(unread)} are not visible`, found)
      : found;
  },
});
