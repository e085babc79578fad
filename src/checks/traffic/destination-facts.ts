import { l7Protocols } from '../../consul/l7-protocols';
import type { ChainTarget } from '../../consul/chain-targets';
import type { Peering } from '../../consul/wire';
import { type IntentionRow, intentionsFor, isLocalSource } from '../../paths/intentions';
import type { Fact, InstanceCount, PathFacts } from '../../paths/model';
import type { Evidence } from '../../report/report';
import { declaredFor } from '../../snapshot/replication';
import { rowsOf } from '../../snapshot/section';
import type { ImportedService, ExportedServiceHealth } from '../../snapshot/snapshot';
import { evidence, peeringAt } from '../evidence';
import { isTerminatedAlone } from './terminated';
import type { PeerUpstream } from '../model';
import { orDefault, parseServiceName, serviceKey, serviceLabel } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { reasonOf } from '../reason';
import { allExportsView, exportsView } from '../views/exports';
import { gatewayFitsView, unfitTokenBefore } from '../views/gateway-fits';
import { intentionRulesView } from '../views/intention-rules';
import { customService } from './escape-hatches';
import { isTokenUsed } from '../peerings/was-established';
import { decideCall, decidingServices, whyUnmatched } from './decide-call';
import { exportedChainMissing, exportedTargets } from './exported-targets';
import { openFurtherPeers } from './further-peers';
import { shortTimeoutsOfService } from './short-timeouts';
import { missingWords, visibleFact, hiddenFact } from './facts';
import { importedNames } from './imported-services';
import { addressesOf, gatewaysOf, type PathSide, tlsOf } from './path-side';
import { protocolsOf } from './protocols';
import type { Consumer } from './consumer-facts';
import { omitUndefined } from '../../omit-undefined';

/** The facts about a path that are read in the cluster of its destination, or that the consumer's has of it. */
export type DestinationFacts = Pick<
  PathFacts,
  | 'remoteGateway'
  | 'address'
  | 'remotePeering'
  | 'exported'
  | 'intention'
  | 'destination'
  | 'instances'
  | 'protocol'
  | 'tls'
>;

const registeredCount = ({ inMesh, downInMesh }: ExportedServiceHealth): InstanceCount => ({
  total: inMesh,
  healthy: downInMesh ? 0 : inMesh,
  failing: downInMesh?.failing ?? [],
});

const offeredCount = ({ instances, passing, failing }: ImportedService): InstanceCount => ({
  total: instances,
  healthy: passing,
  failing,
});

const offeredEvidence = ({ endpoint, instances, passing, failing }: ImportedService): Evidence =>
  evidence({ endpoint, path: '' }, '', { instances, passing, failing });

/** Combines two facts; both must be visible. */
const both = <A, B, T>(a: Fact<A>, b: Fact<B>, combine: (a: A, b: B) => T): Fact<T> => {
  if (!a.visible) return a;
  if (!b.visible) return b;
  return visibleFact(combine(a.value, b.value), [...a.evidence, ...b.evidence]);
};

interface Declared {
  readonly is: boolean | undefined;
  readonly evidence: readonly Evidence[];
}

/**
 * Opens the destination's end of paths from one peer.
 *
 * @param counterpart the peering as the destination sees it
 * @param further the names of further peerings of the destination with the consumer's cluster or of its trust domain
 * @param unsure those of them that may have another trust domain
 */
export const openDestination = (
  side: PathSide,
  counterpart: Peering | undefined,
  further: readonly string[],
  unsure: ReadonlySet<string>,
) => {
  const { read } = side;
  const peerings = read('peerings');
  const exports = read(exportsView);
  const mine = rowsOf(exports).filter(({ consumers }) =>
    consumers.some(({ peer }) => peer === counterpart?.Name),
  );
  const exactly = new Map(mine.map((row) => [serviceKey(row.service, row.namespace), row]));
  const wildcards = mine.filter(({ wildcard }) => wildcard);
  const expanded = read('resolvedExports');
  const declaredNames = new Set(
    declaredFor(counterpart?.Name ?? '', rowsOf(expanded)).map((text) => {
      const { name, namespace } = parseServiceName(text);
      return serviceKey(name, namespace);
    }),
  );
  /** Tells whether a wildcard stands for a service; undefined where what it stands for is not visible. */
  const isMember = (key: string): boolean | undefined =>
    expanded.visibility === 'visible' ? declaredNames.has(key) : undefined;
  const unresolved = rowsOf(exports).some((row) => row.unresolved.length > 0);
  const names = read('serviceNames');
  const own = read('cluster');
  const home = orDefault(own.visibility === 'hidden' ? undefined : own.value.namespace);
  const registered = new Set(rowsOf(names).map(({ name, namespace }) => serviceKey(name, namespace || home)));
  const health = read('exportedHealth');
  const healthBy = new Map(rowsOf(health).map((row) => [serviceKey(row.name, row.namespace), row]));
  const fits = read(gatewayFitsView);
  const rules = read(intentionRulesView);
  const furtherPeersFor = openFurtherPeers(
    { allExports: read(allExportsView), resolvedExports: read('resolvedExports') },
    further,
    unsure,
  );
  const exportedChains = read('exportedChains');
  const targetsOf = exportedTargets(rowsOf(exportedChains));
  const chainProtocols = new Map(
    rowsOf(exportedChains).map(({ service, chain }) => [service.toLowerCase(), chain.Protocol]),
  );
  const missingOf = exportedChainMissing({
    exportedChains,
    serviceRouters: read('serviceRouters'),
    serviceSplitters: read('serviceSplitters'),
    serviceResolvers: read('serviceResolvers'),
  });
  const chainMissing = (service: string): string | undefined => {
    const reason = missingOf(service);
    return reason && reasonOf(reason);
  };

  const declaredOf = (service: string, namespace: string): Declared => {
    const row =
      exactly.get(serviceKey(service, namespace)) ??
      (service === 'consul'
        ? undefined
        : wildcards.find((one) => one.namespace === '*' || one.namespace === orDefault(namespace)));
    const key = serviceKey(service, namespace);
    if (row && service !== 'consul' && (!row.wildcard || isMember(key) !== false)) {
      const is = row.wildcard ? isMember(key) : true;
      return { is, evidence: [evidence(row.at, 'Name', row.service)] };
    }
    const certain = exports.visibility === 'visible' && !unresolved && counterpart !== undefined;
    const names = mine.map((one) => one.service);
    return certain
      ? {
          is: false,
          evidence: [
            evidence({ endpoint: '/v1/config/exported-services', path: '' }, '[*].Services[*].Name', names),
          ],
        }
      : { is: undefined, evidence: [] };
  };

  /** Says why an intention counts for the peer although it names another, or none. */
  const whyItCounts = (row: IntentionRow): string => {
    if (isLocalSource(row))
      return `, about services of its own cluster, counts for ${counterpart?.Name} too: both share a trust domain`;
    const { Peer } = row.source;
    return Peer && Peer !== counterpart?.Name && further.includes(Peer)
      ? ` of ${Peer}, which has the same trust domain`
      : '';
  };

  /** Tells that no service has that name: it is neither exported nor registered. */
  const isNowhere = (service: string, namespace: string): boolean =>
    names.visibility === 'visible' &&
    orDefault(namespace) === home &&
    !registered.has(serviceKey(service, namespace)) &&
    declaredOf(service, namespace).is === false;

  const decided = (
    consumer: { readonly name: string; readonly namespace: string },
    upstream: PeerUpstream,
  ) => {
    const missing = missingWords(rules) ?? chainMissing(upstream.service);
    if (missing !== undefined || rules.visibility === 'hidden') return hiddenFact(missing ?? '');
    if (!counterpart) return hiddenFact('the peering of the other side is not visible');
    const { service, target } = upstream;
    // An intention for it would help nobody: the name is wrong.
    if (isNowhere(service, target.namespace)) return hiddenFact(`no service is named ${service}`);
    const called = { name: service, namespace: target.namespace };
    const deciding = decidingServices(called, targetsOf(service));
    const { decision, decidedAt } = decideCall(
      rules.value,
      { ...consumer, peer: counterpart.Name, furtherPeers: furtherPeersFor([called, ...deciding]) },
      deciding,
    );
    const decider = serviceLabel(decidedAt.name, decidedAt.namespace);
    const { row } = decision;
    if (decision.kind === 'unknown') {
      if (decision.undecided !== undefined)
        return hiddenFact(
          `it is not visible whether intentions about ${decision.undecided} count for ${counterpart.Name} too`,
        );
      if (decision.mayLeaveOut)
        return hiddenFact(
          `the protocol of ${decider} or the mesh entry, with which proxies may match no intention about a peer, is not visible`,
        );
      return hiddenFact(
        row
          ? row.source.SamenessGroup
            ? `the sameness group ${row.source.SamenessGroup}, which an intention of ${decider} names, is not visible`
            : `the protocol of ${decider}, on which its intention depends, is not visible`
          : 'the default policy for intentions is not visible',
      );
    }
    const by =
      whyUnmatched(decision) ??
      (row
        ? `service-intentions/${row.entry.entry.Name} Sources[${row.index}]${whyItCounts(row)}`
        : `the default policy is ${decision.kind === 'allow' ? 'allow' : 'deny'}, and no intention${decidedAt.name === service ? '' : ` of ${decider}`} matches it`);
    const caller = `${serviceLabel(consumer.name, consumer.namespace)} of ${counterpart.Name}`;
    const denied =
      decision.kind === 'partly' ? ` for ${decision.denied.map(({ about }) => about).join(', ')}` : '';
    return visibleFact(
      {
        decision: decision.kind,
        why:
          decision.kind === 'allow' ? `${caller} is allowed: ${by}` : `${caller} is denied${denied}: ${by}`,
      },
      row
        ? [
            evidence(row.entry.at, `Sources[${row.index}]`, {
              Name: row.source.Name,
              ...omitUndefined({
                Peer: row.source.Peer || undefined,
                Action: row.source.Action || undefined,
              }),
            }),
          ]
        : [
            evidence(
              { endpoint: '/v1/config/service-intentions', path: '' },
              `[*].Sources of ${decider}`,
              intentionsFor(rules.value.entries, decidedAt)
                .slice(0, 5)
                .map(({ source: { Name, Peer = '', Action } }) => ({ Name, Peer, Action })),
            ),
          ],
    );
  };

  const remotePeering = (): PathFacts['remotePeering'] => {
    if (!counterpart) {
      const missing = missingWords(peerings);
      return missing === undefined
        ? visibleFact({ name: '', state: '', used: false }, [
            evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', []),
          ])
        : hiddenFact(missing);
    }
    const { Name: name, State: state } = counterpart;
    return visibleFact({ name, state, used: isTokenUsed(counterpart) }, [
      evidence(peeringAt(counterpart), 'State', counterpart.State),
    ]);
  };

  const healthOf = (service: string, namespace: string): ExportedServiceHealth | undefined =>
    healthBy.get(serviceKey(service, namespace));

  const central = { serviceDefaults: read('serviceDefaults'), proxyDefaults: read('proxyDefaults') };
  const exporter = {
    partition: own.visibility === 'hidden' ? '' : own.value.partition,
    targetsOf,
    healthOf,
  };

  return {
    side,
    counterpart,
    targetsOf,
    customOf: customService(central, exporter),
    shortTimeoutsOf: shortTimeoutsOfService(
      { ...central, serviceRouters: read('serviceRouters'), serviceResolvers: read('serviceResolvers') },
      exporter,
    ),
    /** The protocol of the discovery chain of an exported name; empty if it was not read. */
    chainProtocolOf: (service: string): string => chainProtocols.get(service.toLowerCase()) ?? '',
    chainMissing,
    remotePeering: remotePeering(),
    remoteGateway: gatewaysOf(side, 'destination'),
    address: addressesOf(side),
    declaredOf,
    exportedNames: mine.filter(({ wildcard }) => !wildcard).map(({ service }) => service),
    healthOf,
    unfitTokenOf: (service: string): string | undefined =>
      unfitTokenBefore(fits, service, targetsOf(service)),
    decided,
    protocolIn: protocolsOf({
      serviceDefaults: read('serviceDefaults'),
      proxyDefaults: read('proxyDefaults'),
    }),
    incomingTls: tlsOf(side, 'Incoming'),
    relayedTls: tlsOf(side, 'Outgoing'),
  };
};

export type Destination = ReturnType<typeof openDestination>;

const targetLabel = ({ service, subset }: ChainTarget): string =>
  subset ? `the subset ${subset.name} of ${service}` : service;

const countTarget = (
  destination: Destination,
  { service, namespace, peer, subset }: ChainTarget,
): InstanceCount | undefined => {
  const health = peer === '' ? destination.healthOf(service, namespace) : undefined;
  if (!subset) return health && registeredCount(health);
  const picked = health?.subsets?.find(({ name }) => name === subset.name);
  return (
    picked && { total: picked.inMesh, healthy: picked.healthy, failing: health?.downInMesh?.failing ?? [] }
  );
};

/**
 * Tells whether calls of a name end at terminating gateways that have no listener for it. Over TCP a call keeps the name of the
 * exported service, and a terminating gateway serves the names that it links alone; over HTTP the mesh gateway makes
 * a call of its own (seen with real traffic on 1.20.1).
 */
const isUnserved = (destination: Destination, name: string, targets: readonly ChainTarget[]): boolean =>
  !l7Protocols.has(destination.chainProtocolOf(name)) &&
  targets.length > 0 &&
  targets.every(({ service, namespace, peer }) => {
    const health = peer === '' ? destination.healthOf(service, namespace) : undefined;
    return health !== undefined && service.toLowerCase() !== name.toLowerCase() && isTerminatedAlone(health);
  });

/** Tells whether calls of a name end at connect-native instances alone, or at some; undefined where they end at none. */
const nativeAmong = (
  destination: Destination,
  { service, target }: PeerUpstream,
  targets: readonly ChainTarget[] | undefined,
): 'all' | 'some' | undefined => {
  const own = { service, namespace: target.namespace, peer: '' };
  const found = (targets ?? [own]).map(({ service: name, namespace, peer }) =>
    peer === '' ? destination.healthOf(name, namespace) : undefined,
  );
  if (!found.some((health) => health && health.native > 0)) return undefined;
  return found.every((health) => health && health.native > 0 && health.inMesh <= health.native)
    ? 'all'
    : 'some';
};

/** Counts the mesh instances that calls of a name end at; `registered` is undefined where those of a target were not read. */
const countTargets = (
  destination: Destination,
  targets: readonly ChainTarget[],
): {
  readonly registered: InstanceCount | undefined;
  readonly dead: readonly string[];
  readonly isShareDead: boolean;
} => {
  const counted = targets.map((target) => ({ target, count: countTarget(destination, target) }));
  const counts = counted.flatMap(({ count }) => count ?? []);
  if (counts.length < targets.length) return { registered: undefined, dead: [], isShareDead: false };
  const healthy = counts.reduce((sum, one) => sum + one.healthy, 0);
  const dead = healthy === 0 ? [] : counted.filter(({ count }) => count?.healthy === 0);
  return {
    registered: {
      total: counts.reduce((sum, one) => sum + one.total, 0),
      healthy,
      failing: counts.flatMap(({ failing }) => failing),
    },
    dead: dead.map(({ target }) => targetLabel(target)),
    isShareDead: dead.some(({ target }) => target.isShare),
  };
};

/** The names of services that the destination's cluster offers to the consumer's. */
const namesOffered = (
  peering: Peering | undefined,
  namespace: string,
  destination: Destination | undefined,
): readonly string[] =>
  peering?.State === 'ACTIVE'
    ? importedNames(peering, namespace)
    : (destination?.exportedNames ?? []).map((name) => parseServiceName(name).name);

/**
 * Collects the facts of the destination's end.
 *
 * @param missing why the other side is not visible, where `destination` is undefined
 */
export const destinationFacts = (
  consumer: Consumer,
  upstream: PeerUpstream,
  peering: Peering | undefined,
  destination: Destination | undefined,
  missing: string,
): DestinationFacts => {
  const { service, target, sidecar } = upstream;
  const { namespace } = target;
  const row = consumer.importedAs(peering, upstream);
  const health = destination?.healthOf(service, namespace);
  const keys = peering && consumer.listedAt(peering);
  const listed = keys?.has(serviceKey(service, namespace));
  const declared = destination?.declaredOf(service, namespace);
  // Only where the service is not among them: there may be thousands.
  const names = (listed ?? declared?.is) ? [] : namesOffered(peering, namespace, destination);
  const evidenceOfHealth: readonly Evidence[] = [
    ...(health
      ? [
          evidence({ endpoint: health.endpoint, path: '' }, '', {
            inMesh: health.inMesh,
            native: health.native,
          }),
        ]
      : []),
    ...(row ? [offeredEvidence(row)] : []),
  ];
  const targets = destination?.targetsOf(service);
  const unknownChain = destination?.chainMissing(service);
  const custom = destination?.customOf(service, namespace) ?? [];
  const timeouts = destination?.shortTimeoutsOf(service, namespace) ?? [];
  const hidden = hiddenFact(missing);
  const declaredProtocol = destination?.protocolIn(service, namespace) ?? hidden;
  const served =
    declaredProtocol.visible || row?.protocol === undefined
      ? declaredProtocol
      : visibleFact(row.protocol, [
          evidence(
            { endpoint: row.endpoint, path: '' },
            '[*].Service.Connect.PeerMeta.Protocol',
            row.protocol,
          ),
        ]);
  const noRow = consumer.importedMissing ?? missing;
  const source = {
    name: sidecar.proxy.DestinationServiceName,
    namespace: orDefault(sidecar.namespace),
  };
  return {
    remoteGateway: destination?.remoteGateway ?? hidden,
    address:
      destination?.address ??
      (row && row.addresses.length > 0
        ? visibleFact({ addresses: row.addresses }, [
            evidence({ endpoint: row.endpoint, path: '' }, '[*].Service.TaggedAddresses.wan', row.addresses),
          ])
        : hiddenFact(noRow)),
    remotePeering: destination?.remotePeering ?? hidden,
    exported:
      listed === undefined && declared?.is === undefined
        ? hidden
        : visibleFact(
            {
              listed,
              declared: declared?.is,
              near: (listed ?? declared?.is) ? undefined : findNearestName(service, names),
            },
            [
              ...(declared?.evidence ?? []),
              ...(peering && listed !== undefined
                ? [evidence(peeringAt(peering), 'StreamStatus.ImportedServices', listed ? [service] : names)]
                : []),
            ],
          ),
    intention: destination?.decided(source, upstream) ?? hidden,
    destination:
      health || row
        ? visibleFact(
            {
              registered: health?.inMesh,
              offered: row?.instances,
              ...omitUndefined({
                unfitToken: destination?.unfitTokenOf(service),
                custom: custom.length > 0 ? custom.map(({ what }) => what) : undefined,
                native: destination && nativeAmong(destination, upstream, targets),
                shortTimeouts: timeouts.length > 0 ? timeouts.map(({ what }) => what) : undefined,
              }),
            },
            [...evidenceOfHealth, ...[...timeouts, ...custom].map(({ setBy }) => setBy)],
          )
        : hiddenFact(noRow),
    instances:
      unknownChain !== undefined
        ? hiddenFact(unknownChain)
        : health || row
          ? visibleFact(
              {
                ...(destination && targets
                  ? countTargets(destination, targets)
                  : { registered: health && registeredCount(health) }),
                offered: row && offeredCount(row),
                targets: (targets ?? []).map(targetLabel),
                ...(destination &&
                health &&
                isTerminatedAlone(health) &&
                health.instances > 0 &&
                health.passing === 0
                  ? {
                      terminated: {
                        total: health.instances,
                        isReported: destination.exportedNames.includes(service),
                      },
                    }
                  : {}),
                ...(destination && targets && { unserved: isUnserved(destination, service, targets) }),
              },
              evidenceOfHealth,
            )
          : hiddenFact(noRow),
    protocol: both(consumer.protocolOf(upstream), served, (here, there) => ({
      here,
      there: there || 'tcp',
    })),
    tls: destination
      ? both(
          both(consumer.outgoingTls, destination.incomingTls, (outgoing, incoming) => ({
            outgoing,
            incoming,
          })),
          both(destination.relayedTls, destination.protocolIn(service, namespace), (relayed, used) =>
            l7Protocols.has(used) ? relayed : undefined,
          ),
          (ends, relayed) => ({ ...ends, relayed }),
        )
      : hidden,
  };
};
