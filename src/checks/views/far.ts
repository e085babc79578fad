import type { Peering } from '../../consul/wire';
import type { Section, Snapshot } from '../../snapshot/snapshot';
import type { ViewSections } from '../views';
import { derive } from './derive';
import type { PeerUpstream } from './upstreams';

/** An upstream of the other side of a peering, where that side is configured here too, to a service here. */
export interface FarUpstream extends PeerUpstream {
  /** The peering, under its name here. */
  readonly peering: string;
  /** The name of the other side in the clusters file. Its endpoints are read there, not here. */
  readonly cluster: string;
}

/** The same peering as the other side knows it: the dialer keeps the acceptor's id. */
export const counterpartOf = (peering: Peering, others: readonly Peering[]): Peering | undefined =>
  others.find((other) =>
    peering.PeerID ? other.ID === peering.PeerID : peering.ID !== '' && other.PeerID === peering.ID,
  );

/** The upstreams of all other sides that lead here. Other sides have no other sides of their own. */
export const farUpstreamsOf = (
  views: ViewSections,
  viewsOf: (snapshot: Snapshot) => ViewSections,
): Section<readonly FarUpstream[]> =>
  derive(views, ['otherSides', 'peerings'], ({ otherSides, peerings }) =>
    otherSides.flatMap(({ peer, cluster, snapshot }): readonly FarUpstream[] => {
      const peering = peerings.list.find(({ Name }) => Name === peer);
      if (!peering || snapshot.seen === 'none') return [];
      const far = viewsOf(snapshot.value);
      if (far.peerings.seen === 'none' || far.peerUpstreams.seen === 'none') return [];
      const counterpart = counterpartOf(peering, far.peerings.value.list);
      return far.peerUpstreams.value
        .filter((upstream) => upstream.peer === counterpart?.Name)
        .map((upstream) => ({ ...upstream, peering: peer, cluster }));
    }),
  );
