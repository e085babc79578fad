import { rowsOf } from '../../snapshot/section';
import type { RegisteredSidecar } from '../model';
import { parseServiceName, serviceKey } from '../names';
import { centralConfig } from '../traffic/central-config';
import { proxyKey } from '../traffic/consumer-facts';
import { mayStopImplicit } from '../traffic/upstream-limits';
import { defineView } from '../view';
import { type ClusterPath, implicitPathView, type ImplicitCall } from './paths';
import { registeredSidecarsView } from './registered-sidecars';

/** Returns the path as far as the hop of its upstream; undefined where no limit stops it there. */
const limitedPart = (path: ClusterPath): ClusterPath | undefined => {
  const hops = path.hops.filter(({ name, status }) => name === 'upstream' && status !== 'pass');
  const [hop] = hops;
  // The limit is set here: it counts also where the other end was not read.
  return hop && { ...path, hops, status: hop.status, isOtherEndUnread: false };
};

/** Keeps one path for each setting: limits for all calls of a proxy stop them to every service of every peer. */
const oncePerSetting = (paths: readonly ClusterPath[]): readonly ClusterPath[] => {
  const failing = paths.filter(({ status }) => status === 'fail');
  const byEvidence = new Map(
    [...paths, ...failing].toReversed().map((path) => [JSON.stringify(path.hops[0]?.evidence), path]),
  );
  return [...byEvidence.values()].toReversed();
};

/**
 * Calls that transparent proxies can make without an upstream, and that limits of 0 stop: with those of `UpstreamConfig` in
 * service-defaults no call of the proxy to a service of a peer gets through, or none to one service. Ingress gateways take
 * a limit of 0 for none (both seen with real traffic on 1.20.1).
 */
export const limitedCallsView = defineView({
  name: 'limitedCalls',
  description: 'calls of transparent proxies without upstreams that limits of 0 in service-defaults stop',
  needs: [registeredSidecarsView, 'peerings', implicitPathView],
  optional: ['serviceDefaults', 'proxyDefaults'],
  compute: ({ registeredSidecars, peerings, implicitPath, ...sections }): readonly ClusterPath[] => {
    const { serviceOf, proxyIn } = centralConfig(
      rowsOf(sections.serviceDefaults),
      rowsOf(sections.proxyDefaults),
    );
    const isTransparent = (sidecar: RegisteredSidecar): boolean =>
      (sidecar.shown.Mode || serviceOf(sidecar)?.entry.Mode || proxyIn(sidecar.partition)?.entry.Mode) ===
      'transparent';
    const limited = registeredSidecars.filter(
      (sidecar) => mayStopImplicit(sidecar, serviceOf(sidecar)) && isTransparent(sidecar),
    );
    if (limited.length === 0) return [];
    const imported = peerings.list.flatMap(({ Name: peer, State, StreamStatus }) =>
      State === 'ACTIVE'
        ? (StreamStatus?.ImportedServices ?? []).map((text) => {
            const { name: service, namespace } = parseServiceName(text);
            return { peer, service, namespace };
          })
        : [],
    );
    const isNamed = ({ shown }: RegisteredSidecar, { peer, service, namespace }: ImplicitCall): boolean =>
      shown.Upstreams.some(
        (one) =>
          !one.CentrallyConfigured &&
          one.DestinationPeer === peer &&
          serviceKey(one.DestinationName, one.DestinationNamespace) === serviceKey(service, namespace),
      );
    const distinct = new Map(limited.map((sidecar) => [proxyKey(sidecar), sidecar]));
    return [...distinct.values()].flatMap((sidecar) =>
      oncePerSetting(
        imported
          .map((one) => ({ ...one, sidecar }))
          .filter((call) => !isNamed(sidecar, call))
          .flatMap((call) => limitedPart(implicitPath(call)) ?? []),
      ),
    );
  },
});
