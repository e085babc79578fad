import type { Peering } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { defineCheck, skip } from '../define';
import { evidence } from '../evidence';
import { exampleCluster, examplePeering, examplePeerUpstream } from '../examples';
import { farExportRemedy } from '../exported-services/far-remedy';
import { consulDocs } from '../links';
import { serviceKey, serviceLabel } from '../names';
import { nearest } from '../nearest';
import { noPeering } from '../no-peering';
import { upstreamSubject } from '../subjects';
import { importedNames, importsEvidence, importsOf } from '../views/imports';
import type { PeerUpstream } from '../views/upstreams';
import { byUpstream, type Fix, fixUpstream, instancesLabel } from './fixes';

/**
 * Failover and sameness groups may name peers that do not have the service yet, and an upstream without a name
 * is the matter of upstream-destination-name.
 */
const isMeant = ({ reach, reaches, service }: PeerUpstream): boolean =>
  service !== '' &&
  (reach.via === 'upstream' ||
    reach.via === 'redirect' ||
    (reach.via === 'prepared-query' && reaches.length === 1));

interface Problem {
  readonly row: PeerUpstream;
  readonly peering: Peering;
  /** The service of the peer that was probably meant. */
  readonly near: string | undefined;
}

/** Peerings that are ACTIVE, by name, with what their peers offer. */
type Offers = ReadonlyMap<string, { readonly peering: Peering; readonly names: ReadonlySet<string> }>;

const notImported = (row: PeerUpstream, offers: Offers): readonly Problem[] => {
  const offer = offers.get(row.peer);
  if (!offer || offer.names.has(serviceKey(row.service, row.reach.namespace))) return [];
  // A name that the sidecar has an upstream to already was not meant.
  const used = row.sidecar.proxy.Upstreams.filter(({ DestinationPeer }) => DestinationPeer === row.peer);
  const open = importedNames(offer.peering, row.reach.namespace).filter(
    (name) => !used.some(({ DestinationName }) => serviceKey(DestinationName) === serviceKey(name)),
  );
  return [{ row, peering: offer.peering, near: nearest(row.service, open) }];
};

export const upstreamImported = defineCheck({
  id: 'upstream-imported',
  group: 'sidecars',
  title: 'Peers really export what upstreams to them name',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/establish-cluster-peering'),
    since: '1.14.0',
  },
  rationale: 'A service that the peer does not export has no endpoints here: calls to it fail.',
  inputs: ['peerUpstreams', 'peerings', 'readiness', 'cluster'],
  partial: ['peerUpstreams'],
  optional: ['otherSides'],
  examples: {
    pass: {
      peerUpstreams: [examplePeerUpstream()],
      peerings: { enabled: true, list: [examplePeering()] },
      readiness: false,
      cluster: exampleCluster,
      otherSides: { seen: 'all', value: [] },
    },
    fail: {
      peerUpstreams: [examplePeerUpstream({ DestinationName: 'biling' })],
      peerings: { enabled: true, list: [examplePeering()] },
      readiness: false,
      cluster: exampleCluster,
      otherSides: { seen: 'all', value: [] },
    },
  },
  evaluate({ peerUpstreams, peerings, readiness, cluster, otherSides }) {
    if (readiness) return skip(noPeering);
    const meant = peerUpstreams.filter(isMeant);
    if (meant.length === 0) return skip('no upstream leads to a peer, failover aside');
    const offers: Offers = new Map(
      peerings.list.flatMap((peering) => {
        const names = importsOf(peering);
        return names ? [[peering.Name, { peering, names }] as const] : [];
      }),
    );
    if (!meant.some(({ peer }) => offers.has(peer))) {
      return skip(
        'no peering that an upstream leads to is ACTIVE, and what the others offered last is stale',
      );
    }
    const problems = meant.flatMap((row) => notImported(row, offers));
    const fixes = problems.flatMap(({ row, near }): readonly Fix[] =>
      near && row.reach.via === 'upstream' ? [{ upstream: row, change: { DestinationName: near } }] : [],
    );
    const told = ({ peer, service }: PeerUpstream): string => `${peer}/${service}`;
    return byUpstream(
      problems.map(({ row }) => row),
      told,
    ).map((rows) => {
      const [first] = rows;
      const { peering, near } = problems.find(({ row }) => row === first) as Problem;
      const side =
        otherSides.seen === 'none' ? undefined : otherSides.value.find(({ peer }) => peer === peering.Name);
      const rename: readonly Remediation[] =
        near && first.reach.via === 'upstream'
          ? fixUpstream(`Reach ${near} at ${peering.Name}`, rows, fixes, cluster.enterprise)
          : [];
      const wanted = serviceLabel(first.service, first.reach.namespace);
      return {
        subject: upstreamSubject(first),
        message: `${instancesLabel(rows)} → ${first.destination} leads to ${wanted} at ${peering.Name}, which does not export it${near ? `; it exports ${near}` : ''}`,
        evidence: [
          ...rows.map((row) => evidence(row.at, '', row.upstream)),
          ...first.reach.trail,
          importsEvidence(peering, near),
        ],
        remediation: [
          ...rename,
          ...farExportRemedy({ peering, service: first.service, namespace: first.reach.namespace }, side),
        ],
      };
    });
  },
});
