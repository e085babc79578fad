import { parseConsulTime } from '../../consul/parse-time';
import type { PathFacts } from '../../paths/model';
import { protocolOfUpstream } from '../../consul/upstream-protocol';
import type { Peering } from '../../consul/wire';
import { rowsOf } from '../../snapshot/section';
import type { ImportedService } from '../../snapshot/snapshot';
import { evidence, peeringAt } from '../evidence';
import type { GatewayMode, PeerRoute, PeerUpstream, RegisteredSidecar, UpstreamTarget } from '../model';
import { orDefault, serviceKey } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { gatewayFitsView, unfitTokenOf } from '../views/gateway-fits';
import { gatewayModesView } from '../views/gateway-modes';
import { peerRoutesView, routeLabel, unservedRoutes } from '../views/gateway-routes';
import { registeredSidecarsView } from '../views/registered-sidecars';
import { type GatewaysOnTheWay, usedFailoverView } from '../views/used-failover';
import { isTokenUsed } from '../peerings/was-established';
import { centralConfig } from './central-config';
import { customCalls } from './escape-hatches';
import { countInstances, missingWords, visibleFact, hiddenFact } from './facts';
import { importedKeys } from './imported-services';
import { gatewaysOf, type PathSide, tlsOf } from './path-side';
import { protocolsOf } from './protocols';
import { localBackends, localLegs } from './local-backends';
import { shortTimeoutsOfCalls } from './short-timeouts';
import { limitsOfUpstream, zeroLimits } from './upstream-limits';
import { omitUndefined } from '../../omit-undefined';

/** The facts about a path that are read in the cluster of its consumer. */
export type ConsumerFacts = Pick<PathFacts, 'consumer' | 'upstream' | 'peering' | 'mode' | 'localGateway'>;

/** Identifies the instances of one sidecar. */
export const proxyKey = ({
  service,
  partition,
  namespace,
}: Pick<RegisteredSidecar, 'service' | 'partition' | 'namespace'>): string =>
  `${orDefault(partition)}/${orDefault(namespace)}/${service}`;

const importedKey = (peer: string, service: string, namespace: string | undefined): string =>
  `${peer}/${serviceKey(service, namespace)}`;

const layerWords = ({ layer, entry }: GatewayMode): string => {
  if (layer === 'default') return 'default';
  return entry ? `${entry.entry.Kind}/${entry.entry.Name}` : `set by the ${layer}`;
};

/** `http-route front of api-gateway edge (InvalidDiscoveryChain)`, where Consul does not bind it. */
const unboundOf = ({
  unbound,
  gateway,
  route,
  ...row
}: PeerUpstream & Partial<PeerRoute>): string | undefined =>
  unbound !== undefined && gateway && route
    ? `${routeLabel({ gateway, route })} (${unbound}${unbound === 'InvalidDiscoveryChain' ? `: the protocol of ${row.destination} does not suit it` : ''})`
    : undefined;

const gatewayKey = ({ gateway }: Pick<PeerRoute, 'gateway'>): string => `${gateway.kind}/${gateway.name}`;

/** Time (ms) since the last heartbeat of a peering, or since its last message if there was no heartbeat yet. */
const silence = ({ StreamStatus }: Peering, takenAt: string): number | undefined => {
  const last = parseConsulTime(StreamStatus?.LastHeartbeat) ?? parseConsulTime(StreamStatus?.LastReceive);
  return last === undefined ? undefined : Date.parse(takenAt) - last;
};

/** Says that nobody knows whether the Envoys of a consumer run; undefined where a check of their own tells. */
const uncheckedFact = (
  name: string,
  instances: readonly Pick<RegisteredSidecar, 'failing' | 'unchecked'>[],
) => {
  const healthy = instances.filter(({ failing }) => failing?.length === 0);
  return healthy.length > 0 && healthy.every(({ unchecked }) => unchecked)
    ? hiddenFact(`${name} has no health check of its own, so it is not known whether its Envoy runs`)
    : undefined;
};

/** Opens the consumer's end of paths: what several paths share is read once. */
export const openConsumer = (side: PathSide) => {
  const { read, takenAt } = side;
  const peerings = read('peerings');
  const list = peerings.visibility === 'hidden' ? [] : peerings.value.list;
  const peerNames = read('peerNames');
  const imported = read('importedServices');
  const importedBy = new Map(
    rowsOf(imported).map((row) => [importedKey(row.peer, row.service, row.namespace), row]),
  );
  const modes = read(gatewayModesView);
  const modeBy = new Map(rowsOf(modes).map((mode) => [mode.upstream, mode]));
  const sidecars = Map.groupBy(rowsOf(read(registeredSidecarsView)), proxyKey);
  const gateways = read('routingGateways');
  const fits = read(gatewayFitsView);
  const usedFailover = read(usedFailoverView);
  const localGateway = gatewaysOf(side, 'consumer');
  const unservedBy = new Map(
    unservedRoutes(rowsOf(read(peerRoutesView))).map((route) => [gatewayKey(route), route]),
  );
  const protocolIn = protocolsOf({
    serviceDefaults: read('serviceDefaults'),
    proxyDefaults: read('proxyDefaults'),
  });

  const customOf = customCalls({
    serviceDefaults: read('serviceDefaults'),
    proxyDefaults: read('proxyDefaults'),
  });
  const backendOf = localBackends(
    {
      serviceDefaults: read('serviceDefaults'),
      serviceNames: read('serviceNames'),
      serviceResolvers: read('serviceResolvers'),
      serviceRouters: read('serviceRouters'),
      serviceSplitters: read('serviceSplitters'),
      terminatingGateways: read('terminatingGateways'),
      exportedHealth: read('exportedHealth'),
    },
    side.cluster,
  );

  /** Says why the legs here that share calls with the peer fail, or may fail; absent where none does. */
  const legsOf = (row: PeerUpstream): { readonly deadLegs?: string; readonly hiddenLegs?: string } => {
    const backends = localLegs(row).map(({ target }) => backendOf(target));
    const whyOf = (state: 'dead' | 'unknown'): string | undefined => {
      const found = backends.flatMap((one) => (one.is === state ? [one.why] : []));
      return found.length > 0 ? [...new Set(found)].join(', and ') : undefined;
    };
    return omitUndefined({ deadLegs: whyOf('dead'), hiddenLegs: whyOf('unknown') });
  };

  const timeoutsOf = shortTimeoutsOfCalls({
    serviceDefaults: read('serviceDefaults'),
    serviceRouters: read('serviceRouters'),
  });
  const central = centralConfig(rowsOf(read('serviceDefaults')), []);

  /** The protocol of the name that an upstream calls, in this cluster. */
  const calledProtocol = ({ upstream, destination, namespace }: PeerUpstream): string | undefined => {
    const own = protocolOfUpstream(upstream);
    if (own !== '') return own;
    const fact = protocolIn(destination, namespace);
    return fact.visible ? fact.value : undefined;
  };

  const consumerOf = ({ sidecar, gateway }: PeerUpstream & Partial<PeerRoute>): PathFacts['consumer'] => {
    if (gateway) {
      const missing = missingWords(gateways);
      const found = rowsOf(gateways).filter(({ name }) => name === gateway.name);
      if (missing !== undefined && !found.some(({ failing }) => failing.length === 0))
        return hiddenFact(missing);
      return (
        uncheckedFact(gateway.name, found) ??
        visibleFact(
          {
            ...(countInstances(found) ?? { total: 0, healthy: 0, failing: [] }),
            ...omitUndefined({ unfitToken: unfitTokenOf(fits, gateway) }),
          },
          found.slice(0, 5).map(({ at, failing }) => evidence(at, 'Checks', failing)),
        )
      );
    }
    const instances = sidecars.get(proxyKey(sidecar)) ?? [sidecar];
    const count = countInstances(instances);
    const healthy = instances.filter(({ failing }) => failing?.length === 0);
    if (healthy.length > 0 && healthy.every(({ unchecked }) => unchecked)) {
      return hiddenFact(
        healthy.some(({ unready }) => unready)
          ? `the pod of ${sidecar.service} is not ready, which may be due to its application, so it is not known whether its Envoy runs`
          : `${sidecar.service} has no health check of its own, so it is not known whether its Envoy runs`,
      );
    }
    return count
      ? visibleFact(
          count,
          instances.slice(0, 5).map(({ at, failing = [] }) => evidence(at, 'Checks', failing)),
        )
      : hiddenFact(`the health checks of ${sidecar.service} were not read`);
  };

  const upstreamOf = (row: PeerUpstream & Partial<PeerRoute>): PathFacts['upstream'] => {
    const unserved = row.gateway && unservedBy.get(gatewayKey({ gateway: row.gateway }));
    const { at, upstream, target, peer, sidecar } = row;
    const missing = missingWords(peerNames);
    const names = rowsOf(peerNames);
    const known = names.includes(peer);
    if (missing !== undefined && !known) return hiddenFact(missing);
    const limits = limitsOfUpstream(row, central.serviceOf(sidecar));
    const zero = limits && zeroLimits(limits);
    if (limits && !zero) return hiddenFact(`the limits of ${row.proxy} → ${row.destination} are not visible`);
    const custom = customOf(row);
    const timeouts = timeoutsOf(row);
    const isLimited = limits && zero && zero.length > 0;
    return visibleFact(
      {
        known,
        near: known ? undefined : findNearestName(peer, names),
        preparedQuery: target.via === 'prepared-query',
        unserved: unserved === undefined ? '' : routeLabel(unserved),
        ...legsOf(row),
        ...omitUndefined({
          unbound: unboundOf(row),
          zeroLimits: isLimited
            ? {
                names: zero,
                by: limits.entry
                  ? `${limits.entry.entry.Kind}/${limits.entry.entry.Name}`
                  : 'its registration',
                protocol: calledProtocol(row),
              }
            : undefined,
          shortTimeouts: timeouts.length > 0 ? timeouts.map(({ what }) => what) : undefined,
          custom:
            custom.length > 0
              ? {
                  always: custom.filter(({ isHttpOnly }) => !isHttpOnly).map(({ what }) => what),
                  forHttp: custom.filter(({ isHttpOnly }) => isHttpOnly).map(({ what }) => what),
                  protocol: calledProtocol(row),
                }
              : undefined,
        }),
      },
      row.index < 0
        ? [
            evidence(at, 'Mode', sidecar.shown.Mode),
            ...(isLimited ? [limits.setBy] : []),
            ...custom.map(({ setBy }) => setBy),
          ]
        : [
            evidence(at, '', row.named ?? upstream),
            ...target.trail,
            ...(unserved ? [evidence(unserved.at, '', unserved.named)] : []),
            ...(isLimited ? [limits.setBy] : []),
            ...timeouts.map(({ setBy }) => setBy),
            ...custom.map(({ setBy }) => setBy),
          ],
    );
  };

  const peeringOf = (peering: Peering | undefined): PathFacts['peering'] => {
    if (!peering) return hiddenFact(missingWords(peerings) ?? 'there is no peering of that name');
    const { State, StreamStatus } = peering;
    const at = peeringAt(peering);
    return visibleFact({ state: State, silentMs: silence(peering, takenAt), used: isTokenUsed(peering) }, [
      evidence(at, 'State', State),
      evidence(at, 'StreamStatus.LastHeartbeat', StreamStatus?.LastHeartbeat),
    ]);
  };

  const modeOf = (upstream: PeerUpstream): PathFacts['mode'] => {
    const missing = missingWords(modes);
    // Implicit upstreams of a transparent proxy have no row of their own; the mode of the proxy comes last.
    const mode =
      modeBy.get(upstream) ??
      rowsOf(modes).findLast((row) => row.upstream === undefined && row.sidecar === upstream.sidecar);
    if (missing !== undefined || !mode) return hiddenFact(missing ?? 'its mesh gateway mode is not visible');
    return visibleFact({ mode: mode.mode, setBy: layerWords(mode) }, mode.setBy ? [mode.setBy] : []);
  };

  const gatewaysOnTheWay = (upstream: PeerUpstream): GatewaysOnTheWay => {
    const mode = modeOf(upstream);
    if (!mode.visible) return undefined;
    if (mode.value.mode !== 'local') return 'remote';
    return localGateway.visible && localGateway.value.healthy > 0 ? 'local' : undefined;
  };

  const listedBy = new Map<Peering, ReadonlySet<string> | undefined>();
  const listedAt = (peering: Peering): ReadonlySet<string> | undefined => {
    if (!listedBy.has(peering)) listedBy.set(peering, importedKeys(peering));
    return listedBy.get(peering);
  };

  return {
    side,
    /** The keys of the services that the stream of an ACTIVE peering reports; undefined where it is not ACTIVE. */
    listedAt,
    peeringNamed: (name: string): Peering | undefined => list.find(({ Name }) => Name === name),
    /** A service of a peer as sidecars get it; undefined where it was not read, or where the peering is not ACTIVE. */
    importedAs: (peering: Peering | undefined, upstream: PeerUpstream): ImportedService | undefined =>
      peering?.State === 'ACTIVE'
        ? importedBy.get(importedKey(upstream.peer, upstream.service, upstream.target.namespace))
        : undefined,
    importedMissing: missingWords(imported),
    /** The failover target of an upstream that gets the calls; undefined where none is known to. */
    usedFailover: (upstream: PeerUpstream): UpstreamTarget | undefined =>
      usedFailover.visibility === 'hidden'
        ? undefined
        : usedFailover.value(upstream.targets, gatewaysOnTheWay(upstream)),
    /** The protocol of the name that is called, which is that of its discovery chain. */
    protocolOf: (upstream: PeerUpstream) => {
      const own = protocolOfUpstream(upstream.upstream);
      return own !== ''
        ? visibleFact(own, [evidence(upstream.at, 'Config.protocol', own)])
        : protocolIn(upstream.destination, upstream.namespace);
    },
    outgoingTls: tlsOf(side, 'Outgoing'),
    factsOf: (upstream: PeerUpstream, peering: Peering | undefined): ConsumerFacts => ({
      consumer: consumerOf(upstream),
      upstream: upstreamOf(upstream),
      peering: peeringOf(peering),
      mode: modeOf(upstream),
      localGateway,
    }),
  };
};

export type Consumer = ReturnType<typeof openConsumer>;
