import { rowsOf } from '../../snapshot/section';
import { furtherPeerings, localAsFurtherPeer, trustedCluster, trustedPeer } from '../traffic/further-peers';
import { defineView } from '../view';

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
  compute: (
    { allPeerings, otherSides, caRoots, cluster },
    { open },
  ): ((peer: string) => readonly string[]) => {
    const here = trustedCluster(cluster, caRoots);
    const names = new Map(
      allPeerings.map((peering) => {
        const other = rowsOf(otherSides).find(({ peer }) => peer === peering.Name);
        if (!other || other.snapshot.visibility === 'hidden')
          return [peering.Name, localAsFurtherPeer(here, trustedPeer(peering))] as const;
        const { read } = open(other.snapshot.value);
        const further = furtherPeerings(peering, allPeerings, rowsOf(read('allPeerings')));
        const there = trustedCluster(read('cluster'), read('caRoots'));
        return [peering.Name, [...further, ...localAsFurtherPeer(here, there)]] as const;
      }),
    );
    return (peer) => names.get(peer) ?? [];
  },
});
