import type { ChainTarget } from '../../consul/chain-targets';
import type { IntentionSource } from '../../paths/intentions';
import { rowsOf } from '../../snapshot/section';
import type { PeerUpstream } from '../model';
import { orDefault } from '../names';
import { decidingServices } from '../traffic/decide-call';
import { exportedChainMissing, exportedTargets } from '../traffic/exported-targets';
import {
  furtherPeerings,
  localAsFurtherPeer,
  openFurtherPeers,
  sameTrustPeers,
  trustedCluster,
} from '../traffic/further-peers';
import { defineView } from '../view';
import { type ClusterIntentions, intentionRulesView } from './intention-rules';
import { allExportsView } from './exports';
import { furtherPeeringsView } from './further-peerings';
import { peerRoutesView } from './gateway-routes';
import { counterpartOf, remoteUpstreamsView } from './remote-upstreams';
import { peerUpstreamsView } from './upstreams';

/** A call of a known consumer to a service of another cluster, as the cluster that decides about it sees it. */
export interface PeerCall {
  readonly upstream: PeerUpstream;
  readonly consumer: { readonly name: string; readonly namespace: string };
  /** The consumer's cluster, under the peering's name at the destination. */
  readonly peer: string;
  readonly destination: { readonly name: string; readonly namespace: string };
  /** The services whose intentions decide: the destination, or those that its discovery chain ends at. */
  readonly deciding: readonly PeerCall['destination'][];
  /** The further peerings of the destination's cluster with that of the consumer, or itself, whose intentions count too. */
  readonly furtherPeers: NonNullable<IntentionSource['furtherPeers']>;
  /** The cluster of the destination; empty for the one that is checked. */
  readonly cluster: string;
  /** The cluster of the consumer; empty for the one that is checked. */
  readonly consumerCluster: string;
  /** Undefined where the intentions of the destination's cluster are hidden. */
  readonly rules: ClusterIntentions | undefined;
  /** The peerings of the destination's cluster. */
  readonly peerNames: readonly string[];
}

const consumerOf = ({ sidecar }: PeerUpstream): PeerCall['consumer'] => ({
  name: sidecar.proxy.DestinationServiceName,
  namespace: orDefault(sidecar.namespace),
});

const destinationOf = ({ service, target }: PeerUpstream): PeerCall['destination'] => ({
  name: service,
  namespace: target.namespace,
});

/** The services that decide about a call, and the peers as which its consumer comes. */
const callOf = (
  upstream: PeerUpstream,
  targets: readonly ChainTarget[] | undefined,
  furtherFor: ReturnType<typeof openFurtherPeers> | undefined,
): Pick<PeerCall, 'destination' | 'deciding' | 'furtherPeers'> => {
  const destination = destinationOf(upstream);
  const deciding = decidingServices(destination, targets);
  return { destination, deciding, furtherPeers: furtherFor?.([destination, ...deciding]) ?? [] };
};

type ChainReason = ReturnType<ReturnType<typeof exportedChainMissing>>;

/** Snapshots of an earlier version do not have these chains. */
const isKnown = (reason: ChainReason): boolean => reason === undefined || reason.kind === 'not-gathered';

/** Calls between clusters whose sides are both known: those to services here, and those of sidecars here. */
export const peerCallsView = defineView({
  name: 'peerCalls',
  description:
    'calls between this cluster and configured other sides, each with the intentions of the cluster that decides about it',
  needs: ['peerings', 'peerNames'],
  optional: [
    'otherSides',
    'cluster',
    'caRoots',
    'allPeerings',
    'resolvedExports',
    allExportsView,
    furtherPeeringsView,
    'exportedChains',
    'serviceRouters',
    'serviceSplitters',
    'serviceResolvers',
    remoteUpstreamsView,
    peerUpstreamsView,
    peerRoutesView,
    intentionRulesView,
  ],
  compute: (
    {
      otherSides,
      cluster: own,
      caRoots,
      allPeerings,
      resolvedExports,
      allExports,
      furtherPeeringsOf,
      exportedChains,
      serviceRouters,
      serviceSplitters,
      serviceResolvers,
      peerings,
      peerNames,
      remoteUpstreams,
      peerUpstreams,
      peerRoutes,
      intentionRules,
    },
    { open },
  ): readonly PeerCall[] => {
    const local = intentionRules.visibility === 'hidden' ? undefined : intentionRules.value;
    const missingHere = exportedChainMissing({
      exportedChains,
      serviceRouters,
      serviceSplitters,
      serviceResolvers,
    });
    const targetsHere = exportedTargets(rowsOf(exportedChains));
    const furtherHere = (peer: string) => {
      const { names, unsure } =
        furtherPeeringsOf.visibility === 'hidden' ? { names: [], unsure: [] } : furtherPeeringsOf.value(peer);
      return openFurtherPeers({ allExports, resolvedExports }, [...names, ...unsure], new Set(unsure));
    };
    const furtherBy = new Map(rowsOf(otherSides).map(({ peer }) => [peer, furtherHere(peer)]));
    const inbound = (remoteUpstreams.visibility === 'hidden' ? [] : remoteUpstreams.value).map(
      (upstream): PeerCall => ({
        upstream,
        consumer: consumerOf(upstream),
        peer: upstream.peering,
        ...callOf(upstream, targetsHere(upstream.service), furtherBy.get(upstream.peering)),
        cluster: '',
        consumerCluster: upstream.cluster,
        rules: isKnown(missingHere(upstream.service)) ? local : undefined,
        peerNames,
      }),
    );
    const outbound = rowsOf(otherSides).flatMap(({ peer, cluster, snapshot }): readonly PeerCall[] => {
      const peering = peerings.list.find(({ Name }) => Name === peer);
      if (!peering || snapshot.visibility === 'hidden' || peerUpstreams.visibility === 'hidden') return [];
      const remote = open(snapshot.value);
      const remotePeerings = remote.read('peerings');
      const rules = remote.read(intentionRulesView);
      const chains = remote.read('exportedChains');
      const missingThere = exportedChainMissing({
        exportedChains: chains,
        serviceRouters: remote.read('serviceRouters'),
        serviceSplitters: remote.read('serviceSplitters'),
        serviceResolvers: remote.read('serviceResolvers'),
      });
      const targetsThere = exportedTargets(rowsOf(chains));
      const list = remotePeerings.visibility === 'hidden' ? [] : remotePeerings.value.list;
      const counterpart = counterpartOf(peering, list);
      if (!counterpart) return [];
      const ends = [
        trustedCluster(remote.read('cluster'), remote.read('caRoots')),
        trustedCluster(own, caRoots),
      ] as const;
      const peeringsThere = rowsOf(remote.read('allPeerings'));
      const same = sameTrustPeers(counterpart, peeringsThere, ends, []);
      const further = furtherPeerings(counterpart, list, rowsOf(allPeerings));
      const furtherThere = openFurtherPeers(
        { allExports: remote.read(allExportsView), resolvedExports: remote.read('resolvedExports') },
        [...new Set([...further, ...same.names, ...localAsFurtherPeer(...ends)])],
        new Set([...same.unsure].filter((name) => !further.includes(name))),
      );
      return [...peerUpstreams.value, ...rowsOf(peerRoutes)]
        .filter((upstream) => upstream.peer === peer)
        .map((upstream) => ({
          upstream,
          consumer: consumerOf(upstream),
          peer: counterpart.Name,
          ...callOf(upstream, targetsThere(upstream.service), furtherThere),
          cluster,
          consumerCluster: '',
          // A part of the intentions or chains could lack the one that decides.
          rules:
            rules.visibility === 'visible' && isKnown(missingThere(upstream.service))
              ? rules.value
              : undefined,
          peerNames: list.map(({ Name }) => Name),
        }));
    });
    return [...inbound, ...outbound];
  },
});
