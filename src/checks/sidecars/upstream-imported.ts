import type { Peering } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import { defineCheck, skip } from '../define';
import { evidence } from '../evidence';
import { exampleSidecar, exampleUpstream } from '../examples/parts';
import { remoteExportRemediation } from '../exported-services/remote-export';
import { consulDocs } from '../links';
import type { PeerUpstream } from '../model';
import { serviceKey, serviceLabel } from '../names';
import { nearestName } from '../nearest-name';
import { upstreamSubject } from '../subjects';
import { importedKeys, importedNames, importsEvidence } from '../traffic/imported-services';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { peerUpstreamsView } from '../views/upstreams';
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
  return [{ row, peering: offer.peering, near: nearestName(row.service, open) }];
};

export const upstreamImported = defineCheck({
  id: 'upstream-imported',
  group: 'sidecars',
  title: 'Peers export the services that upstreams name',
  failureTitle: 'An upstream names a service that its peer does not export',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering'),
    since: '1.14.0',
  },
  rationale: 'A service that the peer does not export has no endpoints here, so calls to it fail.',
  inputs: [peerUpstreamsView, 'peerings', hasPeeringsView, 'cluster'],
  partial: [peerUpstreamsView],
  optional: ['otherSides'],
  examples: {
    pass: {},
    fail: { sidecars: [exampleSidecar([exampleUpstream({ DestinationName: 'biling' })])] },
  },
  evaluate({ peerUpstreams, peerings, hasPeerings, cluster, otherSides }) {
    if (!hasPeerings) return skip(noPeerings);
    const required = peerUpstreams.filter(isRequired);
    if (required.length === 0) return skip('no upstream calls a peer, other than for failover');
    const active: ActivePeerings = new Map(
      peerings.list.flatMap((peering) => {
        const names = importedKeys(peering);
        return names ? [[peering.Name, { peering, names }] as const] : [];
      }),
    );
    if (!required.some(({ peer }) => active.has(peer))) {
      return skip(
        'no peering that an upstream uses is ACTIVE, and the services that other peerings list are stale',
      );
    }
    const problems = required.flatMap((row) => notImported(row, active));
    const changes = problems.flatMap(({ row, near }): readonly UpstreamChange[] =>
      near && row.target.via === 'upstream' ? [{ upstream: row, change: { DestinationName: near } }] : [],
    );
    const peerService = ({ peer, service }: PeerUpstream): string => `${peer}/${service}`;
    return byUpstream(
      problems.map(({ row }) => row),
      peerService,
    ).map((rows) => {
      const [first] = rows;
      const { peering, near } = problems.find(({ row }) => row === first) as Problem;
      const side = rowsOf(otherSides).find(({ peer }) => peer === peering.Name);
      const rename: readonly Remediation[] =
        near && first.target.via === 'upstream'
          ? upstreamRemediation(`Call ${near} at ${peering.Name}`, rows, changes, cluster.enterprise)
          : [];
      const label = serviceLabel(first.service, first.target.namespace);
      return {
        subject: upstreamSubject(first),
        message: `${instancesLabel(rows)} → ${first.destination} calls ${label} at ${peering.Name}, which does not export it${near ? `; it exports ${near}` : ''}`,
        evidence: [
          ...rows.map((row) => evidence(row.at, '', row.upstream)),
          ...first.target.trail,
          importsEvidence(peering, near),
        ],
        remediation: [
          ...rename,
          ...remoteExportRemediation(
            { peering, service: first.service, namespace: first.target.namespace },
            side,
          ),
        ],
      };
    });
  },
});
