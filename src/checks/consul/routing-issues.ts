import type { Evidence } from '../../report/report';
import { isHostname } from '../../paths/addresses';
import type { ServiceDefaults } from '../../consul/wire';
import type { Entry, Sections } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import type { UpstreamTarget } from '../model';
import { exactKey, orDefault, serviceKey, serviceLabel } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { centralConfig } from '../traffic/central-config';
import { addressForPeers } from '../../snapshot/gateway-address';
import { unmergedMode } from '../traffic/gateway-mode-layers';
import { defineIssue, type IssueFacts, type KnownBug } from './define-issue';

/** The services behind terminating gateways: those that entries name, and those that their wildcards link. */
const keysBehindGateways = ({
  terminatingGateways,
  wildcardLinks,
}: IssueFacts<'terminatingGateways' | 'wildcardLinks'>): ReadonlySet<string> =>
  new Set([
    ...wildcardLinks.flatMap(({ services }) =>
      services.map(({ name, namespace }) => exactKey(name, namespace)),
    ),
    ...terminatingGateways.flatMap(({ entry }) =>
      entry.Services.filter(({ Name }) => Name !== '*').map(({ Name, Namespace }) =>
        exactKey(Name, Namespace || entry.Namespace),
      ),
    ),
  ]);

/** Redirects and failover targets that name a peer. */
const peerTargets = (resolvers: Sections['serviceResolvers']): readonly Evidence[] =>
  resolvers.flatMap(({ entry, at }) => [
    ...(entry.Redirect?.Peer ? [evidence(at, 'Redirect.Peer', entry.Redirect.Peer)] : []),
    ...failoverToPeers(entry, at),
  ]);

type Resolver = Sections['serviceResolvers'][number];

const failoverToPeers = (entry: Resolver['entry'], at: Resolver['at']): readonly Evidence[] =>
  Object.entries(entry.Failover).flatMap(([subset, { Targets }]) =>
    Targets.flatMap(({ Peer }, index) =>
      Peer ? [evidence(at, `Failover[${JSON.stringify(subset)}].Targets[${index}].Peer`, Peer)] : [],
    ),
  );

const viaResolver: ReadonlySet<UpstreamTarget['via']> = new Set(['redirect', 'failover', 'sameness-group']);

interface OverrideWithoutPeer {
  readonly entry: Entry<ServiceDefaults>;
  readonly index: number;
  /** The only peer that the service has an upstream of that name to. */
  readonly peer: string;
  readonly found: Evidence;
}

/** Overrides without `Peer` for a name that is not a service here and that the service calls at exactly one peer. */
const overridesWithoutPeer = ({
  serviceDefaults,
  peerUpstreams,
  serviceNames,
}: IssueFacts<'serviceDefaults' | 'peerUpstreams' | 'serviceNames'>): readonly OverrideWithoutPeer[] => {
  const overrides = serviceDefaults.flatMap((entry) =>
    (entry.entry.UpstreamConfig?.Overrides ?? []).flatMap(({ Name, Namespace, Peer }, index) =>
      Peer ? [] : [{ entry, index, Name, Namespace }],
    ),
  );
  // A large cluster has tens of thousands of names.
  if (overrides.length === 0) return [];
  const local = new Set(serviceNames.map(({ name, namespace }) => serviceKey(name, namespace)));
  return overrides.flatMap(({ entry, index, Name, Namespace }) => {
    if (local.has(serviceKey(Name, Namespace))) return [];
    const peers = peerUpstreams
      .filter(
        ({ sidecar, upstream, destination, namespace }) =>
          upstream.DestinationPeer !== '' &&
          destination === Name &&
          namespace === orDefault(Namespace) &&
          serviceKey(sidecar.proxy.DestinationServiceName, sidecar.namespace) ===
            serviceKey(entry.entry.Name, entry.entry.Namespace),
      )
      .map(({ upstream }) => upstream.DestinationPeer);
    const [peer] = peers;
    return peer !== undefined && new Set(peers).size === 1
      ? [{ entry, index, peer, found: evidence(entry.at, `UpstreamConfig.Overrides[${index}].Name`, Name) }]
      : [];
  });
};

const withPeers = (entry: ServiceDefaults, peers: ReadonlyMap<number, string>): ServiceDefaults => ({
  ...entry,
  UpstreamConfig: {
    ...entry.UpstreamConfig,
    Overrides: (entry.UpstreamConfig?.Overrides ?? []).map((override, index) => {
      const Peer = peers.get(index);
      return Peer === undefined ? override : { ...override, Peer };
    }),
  },
});

/** Bugs in how calls reach peers, from the changelogs and issues of hashicorp/consul. */
export const routingIssues: readonly KnownBug[] = [
  defineIssue({
    id: 15690,
    affected: [['1.14.0', '1.14.3']],
    severity: 'warning',
    needs: ['gatewayModes'],
    holds: ({ gatewayModes }) =>
      gatewayModes.flatMap(({ mode, setBy, upstream }) =>
        mode === 'local' && upstream && viaResolver.has(upstream.target.via)
          ? [...(setBy ? [setBy] : []), ...upstream.target.trail]
          : [],
      ),
    effect: 'redirects and failover to a peer ignore the mesh gateway mode local',
    fixedIn: '1.14.3',
  }),
  defineIssue({
    id: 15833,
    affected: [['1.14.0', '1.14.4']],
    severity: 'warning',
    needs: ['serviceResolvers'],
    holds: ({ serviceResolvers }) => peerTargets(serviceResolvers),
    effect:
      'a service-resolver with a peer as its target is refused as a protocol mismatch, or watches the wrong data',
    fixedIn: '1.14.4',
  }),
  defineIssue({
    id: 16729,
    affected: [
      ['1.14.0', '1.14.6'],
      ['1.15.0', '1.15.2'],
    ],
    severity: 'warning',
    needs: ['preparedQueries'],
    holds: ({ preparedQueries }) =>
      preparedQueries.flatMap(({ Name, Service }, index) =>
        (Service.Failover?.Targets ?? []).some(({ Peer }) => Peer)
          ? [evidence({ endpoint: '/v1/query', path: `[${index}]` }, 'Service.Failover.Targets', Name)]
          : [],
      ),
    effect: 'a prepared query that has failed over to a peer never fails back',
    fixedIn: '1.14.6 and 1.15.2',
  }),
  defineIssue({
    id: 17609,
    affected: [['1.14.0', '1.15.4']],
    severity: 'warning',
    needs: ['httpRoutes', 'serviceResolvers'],
    holds: ({ httpRoutes, serviceResolvers }) => {
      const redirected = new Set(
        serviceResolvers
          .filter(({ entry }) => entry.Redirect?.Peer)
          .map(({ entry }) => serviceKey(entry.Name, entry.Namespace)),
      );
      return httpRoutes.flatMap(({ entry, at }) =>
        entry.Rules.flatMap(({ Services: [service, ...others] }, index) =>
          service !== undefined &&
          others.length === 0 &&
          redirected.has(serviceKey(service.Name, service.Namespace || entry.Namespace))
            ? [evidence(at, `Rules[${index}].Services[0].Name`, service.Name)]
            : [],
        ),
      );
    },
    effect: 'an API gateway has no routes for a rule whose only service redirects to a peer',
    fixedIn: '1.15.4 and 1.16.0',
  }),
  defineIssue({
    id: 16957,
    affected: [['1.16.0']],
    severity: 'warning',
    needs: ['serviceDefaults', 'peerUpstreams', 'serviceNames'],
    holds: (facts) => overridesWithoutPeer(facts).map(({ found }) => found),
    effect: 'overrides in service-defaults that name no Peer do not apply to upstreams at peers since 1.16.0',
    fixedIn: '',
    remediation: (facts) =>
      [...Map.groupBy(overridesWithoutPeer(facts), ({ entry }) => entry)].flatMap(([existing, found]) =>
        configEntryRemediation({
          title: `Name the peer in the overrides of ${existing.entry.Name}`,
          entry: withPeers(existing.entry, new Map(found.map(({ index, peer }) => [index, peer]))),
          existing,
        }),
      ),
  }),
  defineIssue({
    id: 17894,
    affected: [
      ['1.14.0', '1.14.9'],
      ['1.15.0', '1.15.5'],
      ['1.16.0', '1.16.1'],
    ],
    severity: 'warning',
    needs: ['proxyDefaults', 'serviceDefaults', 'registeredSidecars'],
    holds: ({ proxyDefaults, serviceDefaults, registeredSidecars }) => {
      const isTransparent = [
        ...[...proxyDefaults, ...serviceDefaults].map(({ entry }) => entry.Mode),
        ...registeredSidecars.map(({ shown }) => shown.Mode),
      ].includes('transparent');
      return proxyDefaults.flatMap(({ entry, at }) =>
        isTransparent && entry.Config['protocol']
          ? [evidence(at, 'Config.protocol', entry.Config['protocol'])]
          : [],
      );
    },
    effect:
      'calls of transparent proxies use the protocol of proxy-defaults and ignore the service-defaults of the called service',
    fixedIn: '1.14.9, 1.15.5 and 1.16.1',
  }),
  defineIssue({
    id: 19268,
    affected: [
      ['1.14.0', '1.14.11'],
      ['1.15.0', '1.15.7'],
      ['1.16.0', '1.16.3'],
      ['1.17.0', '1.17.1'],
    ],
    severity: 'warning',
    needs: ['gateways'],
    holds: ({ gateways }) => {
      const named = gateways.filter((gateway) => isHostname(addressForPeers(gateway).host));
      if (new Set(named.map((gateway) => addressForPeers(gateway).host)).size < 2) return [];
      return named.map((gateway) => {
        const { host, path } = addressForPeers(gateway);
        return evidence(gateway.at, path, host);
      });
    },
    effect:
      'several mesh gateways have different hostnames as their WAN addresses, and the Envoys of importing sidecars refuse that configuration',
    fixedIn: '1.14.11, 1.15.7, 1.16.3 and 1.17.1',
  }),
  defineIssue({
    id: 18959,
    affected: [
      ['1.14.0', '1.15.12'],
      ['1.16.0', '1.16.8'],
      ['1.17.0', '1.17.5'],
      ['1.18.0', '1.18.2'],
    ],
    severity: 'warning',
    needs: ['exportedServices', 'terminatingGateways', 'wildcardLinks'],
    partial: ['wildcardLinks'],
    holds: (facts) => {
      const behind = keysBehindGateways(facts);
      return facts.exportedServices.flatMap(({ entry, at }) =>
        entry.Services.flatMap(({ Name, Namespace }, index) => {
          const isBehind = Name === '*' ? behind.size > 0 : behind.has(exactKey(Name, Namespace));
          return isBehind ? [evidence(at, `Services[${index}].Name`, Name)] : [];
        }),
      );
    },
    effect: 'peers cannot reach an exported service that is behind a terminating gateway',
    fixedIn: '1.15.12, 1.16.8, 1.17.5 and 1.18.2',
  }),
  defineIssue({
    id: 23048,
    affected: [['1.21.0', '1.22.0']],
    severity: 'warning',
    needs: ['intentions'],
    holds: ({ intentions }) =>
      intentions.flatMap(({ entry, at }) => {
        // Services of two namespaces or partitions are two callers, though their names are equal.
        const callers = Map.groupBy(
          entry.Sources.filter(({ Peer }) => Peer),
          ({ Name, Namespace, Partition }) =>
            JSON.stringify([orDefault(Partition), exactKey(Name, Namespace)]),
        );
        return [...callers.values()].flatMap((sources) => {
          const [first] = sources;
          const peers = [...new Set(sources.map(({ Peer = '' }) => Peer))].toSorted((a, b) =>
            a.localeCompare(b),
          );
          if (!first || peers.length === 1) return [];
          return [evidence(at, `Sources[${serviceLabel(first.Name, first.Namespace)}].Peer`, peers)];
        });
      }),
    effect: 'calls from services that have the same name at two peers are refused with status 403',
    fixedIn: '1.22.0',
  }),
  defineIssue({
    id: 'stale-gateway-mode',
    affected: [['1.14.0']],
    severity: 'info',
    needs: ['peerUpstreams', 'serviceDefaults', 'proxyDefaults'],
    holds: ({ peerUpstreams, serviceDefaults, proxyDefaults }) => {
      const central = centralConfig(serviceDefaults, proxyDefaults);
      return peerUpstreams.flatMap((upstream) => {
        const { sidecar, at } = upstream;
        const given = unmergedMode(upstream, central.serviceOf(sidecar), central.proxyIn(sidecar.partition));
        return given
          ? [
              evidence(at, 'MeshGateway', upstream.upstream.MeshGateway),
              ...(given.setBy ? [given.setBy] : []),
            ]
          : [];
      });
    },
    effect:
      'upstreams whose peer has changed use the mesh gateway mode remote: the agent has not merged the configured mode into their registration',
    fixedIn: '',
  }),
];
