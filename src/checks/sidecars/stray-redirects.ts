import type { ServiceResolver } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { Entry, Section } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import { evidence } from '../evidence';
import { nearest } from '../nearest';
import { dialRemedy } from '../peerings/remedies';
import { configEntryRemedy } from '../remediation/config-entry';
import { entrySubject } from '../subjects';
import type { Views } from '../views';
import type { ResolvedUpstream } from '../views/upstreams';

export const allPeerings = (peerNames: readonly string[]): Evidence =>
  evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', peerNames);

const stray = (
  resolver: Entry<ServiceResolver>,
  isUsed: boolean,
  peerNames: readonly string[],
  self: string,
): Draft => {
  const { entry } = resolver;
  const Peer = entry.Redirect?.Peer ?? '';
  const near = nearest(Peer, peerNames);
  const unused = isUsed
    ? ''
    : '; no upstream leads to it, so that transparent proxies and gateways alone can meet it';
  return {
    // An entry that is left over does no harm.
    severity: isUsed ? 'error' : 'warning',
    subject: entrySubject(entry),
    message: `service-resolver ${entry.Name} redirects to the peer ${Peer}, and no peering has that name${near ? `; there is ${near}` : ''}${unused}`,
    evidence: [evidence(resolver.at, 'Redirect.Peer', Peer), allPeerings(peerNames)],
    remediation: near
      ? configEntryRemedy({
          title: `Redirect to ${near}`,
          entry: { ...entry, Redirect: { ...entry.Redirect, Peer: near } } as typeof entry,
          existing: resolver,
        })
      : dialRemedy(Peer, self),
  };
};

/**
 * Resolvers that redirect to a peer without a peering: errors where an upstream is led there.
 *
 * @param self how this cluster is called
 */
export const strayRedirects = (
  upstreams: readonly ResolvedUpstream[],
  resolvers: Section<Views['serviceResolvers']>,
  peerNames: readonly string[],
  self: string,
): readonly Draft[] => {
  const redirected = upstreams.flatMap(({ reaches }) => reaches.filter(({ via }) => via === 'redirect'));
  return (resolvers.seen === 'none' ? [] : resolvers.value)
    .filter(({ entry }) => entry.Redirect?.Peer && !peerNames.includes(entry.Redirect.Peer))
    .map((resolver) => {
      const isUsed = redirected.some(({ peer }) => peer === resolver.entry.Redirect?.Peer);
      return stray(resolver, isUsed, peerNames, self);
    });
};
