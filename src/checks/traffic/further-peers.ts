import type { Peering } from '../../consul/wire';
import type { FurtherPeer } from '../../paths/intentions';
import { declaredFor } from '../../snapshot/replication';
import { rowsOf } from '../../snapshot/section';
import { orDefault, parseServiceName, serviceKey } from '../names';
import type { OtherSide, Section, Sections, Snapshot } from '../../snapshot/snapshot';
import type { Export } from '../model';
import { certificateTrustDomain } from '../peerings/certificate-trust-domain';
import { counterpartOf } from '../views/remote-upstreams';

interface Named {
  readonly name: string;
  readonly namespace: string;
}

/** The facts about a cluster that proxies know of its callers. */
export interface TrustedCluster {
  /** Empty where it is not visible. */
  readonly trustDomain: string;
  readonly datacenter: string;
  readonly partition: string;
}

/** Reads them from a cluster that is configured. */
export const trustedCluster = (
  cluster: Section<Snapshot['cluster']>,
  caRoots: Section<Sections['caRoots']>,
): TrustedCluster => ({
  trustDomain: caRoots.visibility === 'hidden' ? '' : caRoots.value.roots.TrustDomain,
  datacenter: cluster.visibility === 'hidden' ? '' : cluster.value.datacenter,
  partition: cluster.visibility === 'hidden' ? '' : cluster.value.partition,
});

/**
 * Reads them from a peering: a cluster that dialed has the name of the peer's servers from the token, and both sides have the CA
 * certificates of the peer once it is established (seen on 1.20.1).
 */
export const trustedPeer = ({ PeerServerName, PeerCAPems, Remote }: Peering): TrustedCluster => {
  const [, datacenter = '', trustDomain = ''] =
    /^server\.([^.]+)\.peering\.(.+)$/iu.exec(PeerServerName) ?? [];
  const partition = Remote?.Partition ?? '';
  if (trustDomain !== '') return { trustDomain, datacenter, partition };
  // Without the datacenter of the peer nobody knows whether it is another one.
  const certified = Remote?.Datacenter ? PeerCAPems.flatMap((pem) => certificateTrustDomain(pem) ?? []) : [];
  return { trustDomain: certified[0] ?? '', datacenter: Remote?.Datacenter ?? '', partition };
};

/**
 * Returns the empty name of the cluster itself if its proxies take callers of a peer for its own, else nothing. Callers
 * are known by trust domain, partition and name, in any datacenter: datacenters of one WAN federation share a trust domain
 * (seen with real traffic on 1.20.1). Peers in one datacenter are its partitions.
 */
export const localAsFurtherPeer = (
  here: TrustedCluster,
  there: TrustedCluster | undefined,
): readonly string[] =>
  there !== undefined &&
  here.trustDomain !== '' &&
  here.trustDomain.toLowerCase() === there.trustDomain.toLowerCase() &&
  here.datacenter.toLowerCase() !== there.datacenter.toLowerCase() &&
  orDefault(here.partition) === orDefault(there.partition)
    ? ['']
    : [];

interface ExportSections {
  /** Even when the run is narrowed to one peer. */
  readonly allExports: Section<readonly Export[]>;
  readonly resolvedExports: Section<Sections['resolvedExports']>;
}

/** States in which a cluster holds the trust bundle of its peer. */
export const isTrusted = ({ State }: Peering): boolean => State === 'ACTIVE' || State === 'FAILING';

/**
 * Names the further peerings of a cluster with the cluster at the other end of one.
 *
 * @param here all peerings of the cluster
 * @param there all peerings of the cluster at the other end
 */
export const furtherPeerings = (
  peering: Peering | undefined,
  here: readonly Peering[],
  there: readonly Peering[],
): readonly string[] =>
  peering === undefined || here.length < 2
    ? []
    : here
        .filter((one) => one.Name !== peering.Name && isTrusted(one) && counterpartOf(one, there))
        .map(({ Name }) => Name);

const isSameTrust = (one: TrustedCluster, other: TrustedCluster): boolean =>
  one.trustDomain !== '' &&
  one.trustDomain.toLowerCase() === other.trustDomain.toLowerCase() &&
  orDefault(one.partition) === orDefault(other.partition);

/** The facts about a peer that proxies know of its callers: those of its cluster where that is configured. */
const trustOf = (peering: Peering, others: readonly OtherSide[]): TrustedCluster => {
  const other = others.find(({ peer }) => peer === peering.Name);
  if (!other || other.snapshot.visibility === 'hidden') return trustedPeer(peering);
  const { cluster, sections } = other.snapshot.value;
  return trustedCluster({ visibility: 'visible', value: cluster }, sections.caRoots);
};

/** Further peers whose callers proxies do not tell from those of one peer. */
interface SameTrust {
  readonly names: readonly string[];
  /** Those of them that may be such peers: their trust domain is not visible. */
  readonly unsure: ReadonlySet<string>;
}

/**
 * Names the peers that share the trust domain of a caller's cluster, as further datacenters of its WAN federation do. One
 * whose trust domain is not visible may do so where the cluster itself is in that federation.
 *
 * @param ends the cluster of the destination and that of the caller
 * @param others the configured other sides of the destination's cluster
 */
export const sameTrustPeers = (
  peering: Peering | undefined,
  peerings: readonly Peering[],
  [here, there]: readonly [TrustedCluster, TrustedCluster],
  others: readonly OtherSide[],
): SameTrust => {
  const known = peerings
    .filter((one) => peering !== undefined && one.Name !== peering.Name && isTrusted(one))
    .map(({ Name, ...one }) => ({ name: Name, trust: trustOf({ ...one, Name }, others) }));
  const shared = known.filter(({ trust }) => isSameTrust(trust, there));
  const isFederated = localAsFurtherPeer(here, there).length > 0;
  const unsure = known.filter(({ trust }) => isFederated && trust.trustDomain === '');
  return {
    names: [...shared, ...unsure].map(({ name }) => name),
    unsure: new Set(unsure.map(({ name }) => name)),
  };
};

/** Opens what a cluster exports to its peers: tells whether it exports a service to one; undefined where not visible. */
const openExportsTo = ({ allExports: exports, resolvedExports: expanded }: ExportSections) => {
  const isComplete =
    exports.visibility === 'visible' && exports.value.every(({ unresolved }) => unresolved.length === 0);
  return (peer: string) => {
    const rows = rowsOf(exports).filter(({ consumers }) => consumers.some((one) => one.peer === peer));
    const exactly = new Set(rows.map(({ service, namespace }) => serviceKey(service, namespace)));
    const expandedKeys = new Set(
      declaredFor(peer, rowsOf(expanded)).map((text) => {
        const { name, namespace } = parseServiceName(text);
        return serviceKey(name, namespace);
      }),
    );
    return ({ name, namespace }: Named): boolean | undefined => {
      const key = serviceKey(name, namespace);
      if (name !== 'consul' && (exactly.has(key) || expandedKeys.has(key))) return true;
      const isByWildcard = rows.some(
        (row) => row.wildcard && (row.namespace === '*' || row.namespace === orDefault(namespace)),
      );
      if (isByWildcard && expanded.visibility !== 'visible') return undefined;
      return isComplete ? false : undefined;
    };
  };
};

/**
 * Finds the peers whose intentions count for calls from one peer, by what the service is exported to: proxies know the
 * trust domains of those peers alone.
 *
 * @param peerings the names of further peerings with the cluster of the caller; an empty one always counts
 * @param unsure those of them for which it is not visible whether they count
 */
export const openFurtherPeers = (
  sections: ExportSections,
  peerings: readonly string[],
  unsure: ReadonlySet<string> = new Set(),
): ((services: readonly Named[]) => readonly FurtherPeer[]) => {
  if (peerings.length === 0) return () => [];
  const exportsTo = openExportsTo(sections);
  const opened = peerings.map((name) => ({ name, isExported: name === '' ? () => true : exportsTo(name) }));
  return (services) =>
    opened.flatMap(({ name, isExported }): readonly FurtherPeer[] => {
      const known = services.map(isExported);
      if (known.includes(true)) return [{ name, isExported: unsure.has(name) ? undefined : true }];
      return known.includes(undefined) ? [{ name, isExported: undefined }] : [];
    });
};
