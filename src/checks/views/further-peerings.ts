import { rowsOf } from '../../snapshot/section';
import { furtherPeerings } from '../traffic/further-peers';
import { defineView } from '../view';

/** Names, by peer, the further peerings of this cluster with the configured cluster at the other end. */
export const furtherPeeringsView = defineView({
  name: 'furtherPeeringsOf',
  description:
    'further peerings with one configured other side, by the ids of peerings at both ends: `/v1/peerings`',
  needs: ['allPeerings'],
  optional: ['otherSides'],
  compute: ({ allPeerings, otherSides }, { open }): ((peer: string) => readonly string[]) => {
    const names = new Map(
      rowsOf(otherSides).map(({ peer, snapshot }) => {
        const there =
          snapshot.visibility === 'hidden' ? [] : rowsOf(open(snapshot.value).read('allPeerings'));
        const peering = allPeerings.find(({ Name }) => Name === peer);
        return [peer, furtherPeerings(peering, allPeerings, there)] as const;
      }),
    );
    return (peer) => names.get(peer) ?? [];
  },
});
