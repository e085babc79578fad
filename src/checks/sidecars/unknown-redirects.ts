import type { ServiceResolver } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Entry, Section } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import { evidence } from '../evidence';
import type { Inputs } from '../inputs';
import type { ResolvedUpstream } from '../model';
import { findNearestName } from '../../find-nearest-name';
import { dialRemediation } from '../remediation/peering';
import { configEntryRemediation } from '../remediation/config-entry';
import { entrySubject } from '../subjects';

/** Shows the names of all peerings. */
export const peerNamesEvidence = (peerNames: readonly string[]): Evidence =>
  evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', peerNames);

const unknownRedirect = (
  resolver: Entry<ServiceResolver>,
  isUsed: boolean,
  peerNames: readonly string[],
  self: string,
): Draft => {
  const { entry } = resolver;
  const Peer = entry.Redirect?.Peer ?? '';
  const near = findNearestName(Peer, peerNames);
  const unused = isUsed
    ? ''
    : '; no upstream uses it, so only transparent proxies and gateways can be affected';
  return {
    // An entry that nothing uses does no harm.
    severity: isUsed ? 'error' : 'warning',
    subject: entrySubject(entry),
    message: `service-resolver ${entry.Name} redirects to the peer ${Peer}, but no peering has that name${near ? `; the nearest is ${near}` : ''}${unused}`,
    evidence: [evidence(resolver.at, 'Redirect.Peer', Peer), peerNamesEvidence(peerNames)],
    remediation: near
      ? configEntryRemediation({
          title: `Redirect to ${near}`,
          entry: { ...entry, Redirect: { ...entry.Redirect, Peer: near } } as typeof entry,
          existing: resolver,
        })
      : dialRemediation(Peer, self),
  };
};

/**
 * Finds resolvers that redirect to a peer without a peering: errors where an upstream is redirected there.
 *
 * @param self the name of this cluster
 */
export const findUnknownRedirects = (
  upstreams: readonly ResolvedUpstream[],
  resolvers: Section<Inputs['serviceResolvers']>,
  peerNames: readonly string[],
  self: string,
): readonly Draft[] => {
  const redirected = upstreams.flatMap(({ targets }) => targets.filter(({ via }) => via === 'redirect'));
  return rowsOf(resolvers)
    .filter(({ entry }) => entry.Redirect?.Peer && !peerNames.includes(entry.Redirect.Peer))
    .map((resolver) => {
      const isUsed = redirected.some(({ peer }) => peer === resolver.entry.Redirect?.Peer);
      return unknownRedirect(resolver, isUsed, peerNames, self);
    });
};
