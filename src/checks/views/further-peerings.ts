import { rowsOf } from '../../snapshot/section';
import {
  furtherPeerings,
  isTrusted,
  localAsFurtherPeer,
  sameTrustPeers,
  trustedCluster,
  trustedPeer,
} from '../traffic/further-peers';
import { defineView } from '../view';

/** Peers whose intentions count for callers of one peer as well. */
export interface FurtherNames {
  readonly names: readonly string[];
  /** Peers for which it is not visible. */
  readonly unsure: readonly string[];
}

/**
 * Names, by peer, the further peerings of this cluster with the configured cluster at the other end. An empty name
 * stands for this cluster, where the peer shares its trust domain.
 */
export const furtherPeeringsView = defineView({
  name: 'furtherPeeringsOf',
  description:
    'further peerings with one configured other side, by the ids of peerings at both ends, and peers that share the trust domain of this cluster: `/v1/peerings`, `/v1/connect/ca/roots`',
  needs: ['allPeerings'],
  optional: ['otherSides', 'caRoots', 'cluster'],
  compute: ({ allPeerings, otherSides, caRoots, cluster }, { open }): ((peer: string) => FurtherNames) => {
    const here = trustedCluster(cluster, caRoots);
    const names = new Map(
      allPeerings.map((peering) => {
        const others = rowsOf(otherSides);
        const other = others.find(({ peer }) => peer === peering.Name);
        const side = other?.snapshot.visibility === 'hidden' ? undefined : other?.snapshot.value;
        const read = side && open(side).read;
        const there = read ? trustedCluster(read('cluster'), read('caRoots')) : trustedPeer(peering);
        const further = read ? furtherPeerings(peering, allPeerings, rowsOf(read('allPeerings'))) : [];
        const same = sameTrustPeers(peering, allPeerings, [here, there], others);
        const certain = same.names.filter((name) => !same.unsure.has(name));
        // A peer whose trust domain is not visible may be a datacenter of the same federation.
        const mayBeHere = !read && there.trustDomain === '' && isTrusted(peering) ? [''] : [];
        const unsure = [...[...same.unsure].filter((name) => !further.includes(name)), ...mayBeHere];
        const names = new Set([...further, ...certain, ...localAsFurtherPeer(here, there)]);
        return [peering.Name, { names: [...names], unsure }] as const;
      }),
    );
    return (peer) => names.get(peer) ?? { names: [], unsure: [] };
  },
});
