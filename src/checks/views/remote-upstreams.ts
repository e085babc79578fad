import type { Peering } from '../../consul/wire';
import type { RemoteUpstream } from '../model';
import { defineView } from '../view';
import { peerRoutesView } from './gateway-routes';
import { peerUpstreamsView } from './upstreams';

/** Finds the same peering as the other side knows it: the dialer keeps the acceptor's id. */
export const counterpartOf = (peering: Peering, others: readonly Peering[]): Peering | undefined =>
  others.find((other) =>
    peering.PeerID ? other.ID === peering.PeerID : peering.ID !== '' && other.PeerID === peering.ID,
  );

/** The upstreams and routes on all other sides to services here. Other sides have no other sides of their own. */
export const remoteUpstreamsView = defineView({
  name: 'remoteUpstreams',
  description:
    'upstreams of sidecars and routes of gateways on the other side to services here, where those clusters are configured too',
  needs: ['otherSides', 'peerings'],
  compute: ({ otherSides, peerings }, { open }) =>
    otherSides.flatMap(({ peer, cluster, snapshot }): readonly RemoteUpstream[] => {
      const peering = peerings.list.find(({ Name }) => Name === peer);
      if (!peering || snapshot.visibility === 'hidden') return [];
      const remote = open(snapshot.value);
      const remotePeerings = remote.read('peerings');
      const upstreams = remote.read(peerUpstreamsView);
      const routes = remote.read(peerRoutesView);
      if (remotePeerings.visibility === 'hidden' || upstreams.visibility === 'hidden') return [];
      const counterpart = counterpartOf(peering, remotePeerings.value.list);
      return [...upstreams.value, ...(routes.visibility === 'hidden' ? [] : routes.value)]
        .filter((upstream) => upstream.peer === counterpart?.Name)
        .map((upstream) => ({ ...upstream, peering: peer, cluster }));
    }),
});
