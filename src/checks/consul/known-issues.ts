import type { Evidence, Severity } from '../../report/report';
import type { Sections } from '../../snapshot/snapshot';
import { evidence, peeringAt } from '../evidence';
import { addressForPeers } from '../traffic/gateway-address';

/** `[first affected, first fixed)`, both as `major.minor.patch`; without an end, no release fixes it. */
export type VersionRange = readonly [from: string, fixed?: string];

/** Sections that conditions read. */
export type IssueSection =
  | 'peerings'
  | 'gateways'
  | 'exportedServices'
  | 'serviceResolvers'
  | 'serviceNames'
  | 'terminatingGateways'
  | 'httpRoutes'
  | 'preparedQueries'
  | 'intentions';

/** Sections by name, and the datacenter of this cluster. */
type IssueFacts<S extends IssueSection> = Pick<Sections, S> & { readonly datacenter: string };

/** A bug of Consul that matters to cluster peering, with the condition under which it shows. */
export interface KnownBug<S extends IssueSection = IssueSection> {
  /** Number of the issue or change at hashicorp/consul. */
  readonly id: number;
  readonly affected: readonly VersionRange[];
  readonly severity: Exclude<Severity, 'error'>;
  readonly needs: readonly S[];
  /** Evidence that the condition holds; empty if it does not. */
  readonly holds: (facts: IssueFacts<S>) => readonly Evidence[];
  /** One sentence that says what people see. */
  readonly effect: string;
  /** Releases with the fix; empty if there is none. */
  readonly fixedIn: string;
}

/** A typed identity: a condition that reads a section which it does not need does not compile. */
const defineIssue = <S extends IssueSection>(issue: KnownBug<S>): KnownBug => issue;

const isHostname = (host: string): boolean =>
  host !== '' && !/^\d{1,3}(?:\.\d{1,3}){3}$/u.test(host) && !host.includes(':');

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

/** Names that are services here and services of a peer. */
const namesOnBothSides = ({
  peerings,
  serviceNames,
}: IssueFacts<'peerings' | 'serviceNames'>): readonly Evidence[] => {
  const local = new Set(serviceNames.map(({ name }) => name));
  return peerings.list.flatMap((peering) =>
    (peering.StreamStatus?.ImportedServices ?? [])
      .filter((name) => local.has(name))
      .map((name) => evidence(peeringAt(peering), 'StreamStatus.ImportedServices', name)),
  );
};

/** Facts from the changelogs and issues of hashicorp/consul. */
export const knownIssues: readonly KnownBug[] = [
  defineIssue({
    id: 15503,
    affected: [['1.14.0', '1.14.2']],
    severity: 'warning',
    needs: ['exportedServices'],
    holds: ({ exportedServices }) =>
      exportedServices.slice(0, 1).map(({ at, entry }) => evidence(at, 'Services', entry.Services.length)),
    effect:
      'a service with many instances breaks the stream to peers, and states other than passing are lost',
    fixedIn: '1.14.2',
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
    id: 16257,
    affected: [['1.14.0', '1.14.5']],
    severity: 'warning',
    needs: ['peerings'],
    holds: ({ peerings, datacenter }) =>
      peerings.list
        .filter(({ Remote }) => Remote?.Datacenter === datacenter && datacenter !== '')
        .map((peering) => evidence(peeringAt(peering), 'Remote.Datacenter', datacenter)),
    effect: 'both clusters have one datacenter name, so gateways dial the LAN address of the peer',
    fixedIn: '1.14.5 and 1.15.0',
  }),
  defineIssue({
    id: 17235,
    affected: [
      ['1.14.0', '1.14.7'],
      ['1.15.0', '1.15.3'],
    ],
    severity: 'warning',
    needs: ['peerings', 'serviceNames'],
    holds: namesOnBothSides,
    effect: 'the stream of a peer can deregister a local service that has the name of an imported one',
    fixedIn: '1.14.7 and 1.15.3',
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
    id: 17483,
    affected: [
      ['1.14.0', '1.14.8'],
      ['1.15.0', '1.15.4'],
    ],
    severity: 'info',
    needs: ['peerings'],
    holds: ({ peerings }) =>
      peerings.list.slice(0, 1).map((peering) => evidence(peeringAt(peering), 'State', peering.State)),
    effect: 'a server that is no longer the leader goes on cleaning up peerings',
    fixedIn: '1.14.8, 1.15.4 and 1.16.0',
  }),
  defineIssue({
    id: 17609,
    affected: [['1.14.0', '1.15.4']],
    severity: 'warning',
    needs: ['httpRoutes', 'serviceResolvers'],
    holds: ({ httpRoutes, serviceResolvers }) => {
      const redirected = new Set(
        serviceResolvers.filter(({ entry }) => entry.Redirect?.Peer).map(({ entry }) => entry.Name),
      );
      return httpRoutes.flatMap(({ entry, at }) =>
        entry.Rules.flatMap((rule, index) =>
          rule.Services.length === 1 && redirected.has(rule.Services[0]?.Name ?? '')
            ? [evidence(at, `Rules[${index}].Services[0].Name`, rule.Services[0]?.Name)]
            : [],
        ),
      );
    },
    effect: 'an API gateway has no routes for a rule whose only service redirects to a peer',
    fixedIn: '1.15.4 and 1.16.0',
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
    needs: ['exportedServices', 'terminatingGateways'],
    holds: ({ exportedServices, terminatingGateways }) => {
      const behind = new Set(
        terminatingGateways.flatMap(({ entry }) => entry.Services.map(({ Name }) => Name)),
      );
      return exportedServices.flatMap(({ entry, at }) =>
        entry.Services.flatMap(({ Name }, index) =>
          behind.has(Name) ? [evidence(at, `Services[${index}].Name`, Name)] : [],
        ),
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
        const peersOf = new Map<string, Set<string>>();
        for (const { Name, Peer } of entry.Sources) {
          if (Peer) peersOf.set(Name, (peersOf.get(Name) ?? new Set()).add(Peer));
        }
        return [...peersOf]
          .filter(([, peers]) => peers.size > 1)
          .map(([name, peers]) => evidence(at, `Sources[${name}].Peer`, [...peers].sort()));
      }),
    effect: 'calls from services that have one name at two peers are refused with status 403',
    fixedIn: '1.22.0',
  }),
];
