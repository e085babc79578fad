import type { Peering, ServiceResolver } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Entry, Section } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import { evidence } from '../evidence';
import type { Inputs } from '../inputs';
import type { ResolvedUpstream } from '../model';
import { serviceKey } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { dialFirstRemediation } from '../remediation/peering';
import { configEntryRemediation } from '../remediation/config-entry';
import { entrySubject } from '../subjects';

/** Shows the names of all peerings. */
export const peerNamesEvidence = (peerNames: readonly string[]): Evidence =>
  evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', peerNames);

/** The peers of this cluster, and what they offer. */
export interface PeerContext {
  /** Services that each ACTIVE peer exports. */
  readonly exported: readonly (readonly [Peering, ReadonlySet<string>])[];
  readonly peerNames: Inputs['peerNames'];
  readonly cluster: Inputs['cluster'];
}

const unknownRedirect = (
  resolver: Entry<ServiceResolver>,
  isUsed: boolean,
  { peerNames, exported, cluster }: PeerContext,
): Draft => {
  const { entry } = resolver;
  const Peer = entry.Redirect?.Peer ?? '';
  const service = entry.Redirect?.Service || entry.Name;
  const near = findNearestName(Peer, peerNames);
  const offering = exported
    .filter(([, names]) => names.has(serviceKey(service, entry.Redirect?.Namespace)))
    .map(([{ Name }]) => Name);
  const meant = [...new Set([...(near ? [near] : []), ...offering])];
  const unused = isUsed
    ? ''
    : '; no upstream uses it, so only transparent proxies and gateways can be affected';
  return {
    // An entry that nothing uses does no harm.
    severity: isUsed ? 'error' : 'warning',
    subject: entrySubject(entry),
    message: `service-resolver ${entry.Name} redirects to the peer ${Peer}, but no peering has that name${near ? `; the nearest name is ${near}` : ''}${offering.length > 0 ? `; ${offering.join(' and ')} ${offering.length > 1 ? 'export' : 'exports'} ${service}` : ''}${unused}`,
    evidence: [evidence(resolver.at, 'Redirect.Peer', Peer), peerNamesEvidence(peerNames)],
    // A token for a name that no peer has could replace the one of a working peering.
    remediation: () =>
      meant.length === 0 && peerNames.length === 0
        ? dialFirstRemediation({ name: Peer, partition: cluster.partition }, cluster.name)
        : meant.flatMap((name) =>
            configEntryRemediation({
              title: `Redirect to ${name}`,
              entry: { ...entry, Redirect: { ...entry.Redirect, Peer: name } } as typeof entry,
              existing: resolver,
            }),
          ),
  };
};

/** Finds resolvers that redirect to a peer without a peering: errors where an upstream is redirected there. */
export const findUnknownRedirects = (
  upstreams: readonly ResolvedUpstream[],
  resolvers: Section<Inputs['serviceResolvers']>,
  context: PeerContext,
): readonly Draft[] => {
  const known = new Set(context.peerNames.map((name) => name.toLowerCase()));
  const redirected = upstreams.flatMap(({ targets }) => targets.filter(({ via }) => via === 'redirect'));
  return rowsOf(resolvers)
    .filter(({ entry }) => entry.Redirect?.Peer && !known.has(entry.Redirect.Peer.toLowerCase()))
    .map((resolver) => {
      const isUsed = redirected.some(({ peer }) => peer === resolver.entry.Redirect?.Peer);
      return unknownRedirect(resolver, isUsed, context);
    });
};
