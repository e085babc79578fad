import type { Upstream } from '../../consul/wire';
import type { PeerUpstream, RegisteredSidecar, ResolvedUpstream } from '../model';
import { orDefault } from '../names';
import { chainInputs, upstreamResolver } from '../traffic/resolve-upstream';
import { sidecarProxyAt } from '../traffic/sidecar-location';
import { defineView } from '../view';
import { registeredSidecarsView } from './registered-sidecars';

/** Keeps the upstreams that concern one peer: those that reach no peer at all may be meant for it. */
export const upstreamsTo = <T extends ResolvedUpstream>(
  upstreams: readonly T[],
  peer: string,
): readonly T[] =>
  upstreams.filter(({ targets }) => {
    const peers = targets.map((target) => target.peer).filter(Boolean);
    return peers.length === 0 || peers.includes(peer);
  });

/** Every explicit upstream of the visible sidecars, resolved. */
export const upstreamsView = defineView({
  name: 'upstreams',
  description:
    'the upstreams of sidecars and the services that they reach: registrations, `service-router`, `service-splitter`, `service-resolver`, `sameness-group`, `/v1/query`; what config entries touch is compiled by Consul itself: `/v1/discovery-chain/:service`',
  needs: [registeredSidecarsView, 'cluster', 'peer'],
  optional: chainInputs,
  compute: (values, { rely }): readonly ResolvedUpstream[] => {
    const { registeredSidecars, peer } = values;
    const resolve = upstreamResolver(values, rely);
    const resolveUpstream = (
      sidecar: RegisteredSidecar,
      upstream: Upstream,
      index: number,
    ): ResolvedUpstream => ({
      at: sidecarProxyAt(sidecar, `Upstreams[${index}]`),
      sidecar,
      node: sidecar.node,
      proxy: sidecar.service,
      proxyId: sidecar.id,
      index,
      upstream,
      destination: upstream.DestinationName,
      namespace: orDefault(upstream.DestinationNamespace || sidecar.namespace),
      ...resolve(upstream, sidecar),
    });
    const upstreams = registeredSidecars.flatMap((sidecar) =>
      sidecar.shown.Upstreams.flatMap((upstream, index) =>
        upstream.CentrallyConfigured ? [] : [resolveUpstream(sidecar, upstream, index)],
      ),
    );
    return peer === undefined ? upstreams : upstreamsTo(upstreams, peer);
  },
});

/** Every target of an upstream at a peer, one row each: an upstream with failover may have several. */
export const peerUpstreamsView = defineView({
  name: 'peerUpstreams',
  description: 'the upstreams that reach a peer, resolved in the same way',
  needs: [upstreamsView, 'peer'],
  compute: ({ upstreams, peer }): readonly PeerUpstream[] =>
    upstreams.flatMap((upstream) =>
      upstream.targets
        .filter((target) => target.peer && (peer === undefined || target.peer === peer))
        .map((target) => ({ ...upstream, target, peer: target.peer, service: target.service })),
    ),
});
