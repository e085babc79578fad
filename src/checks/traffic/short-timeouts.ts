import { l7Protocols } from '../../consul/l7-protocols';
import type { ServiceDefaults, ServiceResolver, ServiceRouter } from '../../consul/wire';
import { shortTimeoutMs } from '../../paths/short-timeouts';
import type { Evidence } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Entry, ExportedServiceHealth, Section, Sections } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import type { PeerUpstream } from '../model';
import { serviceKey } from '../names';
import { centralConfig, type ServiceDefaultsEntry } from './central-config';
import { entriesByService } from './discovery-chain';
import type { exportedTargets } from './exported-targets';
import { protocolsOf } from './protocols';
import { hasSidecars } from './terminated';
import { numberOf } from './upstream-limits';
import { optionKey, upstreamOption } from './upstream-options';

/**
 * Timeouts that are shorter than calls between clusters take. Those of a resolver that redirects, and for connections of a
 * sidecar with its application, fail no calls (seen with real traffic on 1.20.1).
 */

/** A timeout that is too short, with the entry without it where one sets it. */
export interface ShortTimeout {
  /** `connect_timeout_ms in the upstream of web-sidecar-proxy is 1 ms`. */
  readonly what: string;
  readonly setBy: Evidence;
  readonly fix:
    | {
        readonly existing: Entry<ServiceDefaults | ServiceRouter | ServiceResolver>;
        readonly entry: ServiceDefaults | ServiceRouter | ServiceResolver;
      }
    | undefined;
}

type Central = Readonly<{ [K in 'serviceDefaults' | 'proxyDefaults']: Section<Sections[K]> }>;

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads a duration in ms as Go writes it, such as `1m0.5s`; undefined where it is none. */
const msOf = (value: unknown): number | undefined => {
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/u.test(value))
    return undefined;
  return [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/gu)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
};

/** A timeout of 0 is none, or Consul's default. */
const isShort = (ms: number | undefined): boolean => ms !== undefined && ms > 0 && ms <= shortTimeoutMs;

/** Takes a connect timeout out of the block of service-defaults that sets it. */
const withoutConnectTimeout = (entry: ServiceDefaults, override: number): ServiceDefaults => {
  const { UpstreamConfig } = entry;
  return {
    ...entry,
    UpstreamConfig: UpstreamConfig && {
      ...UpstreamConfig,
      ...(override < 0 && UpstreamConfig.Defaults
        ? { Defaults: { ...UpstreamConfig.Defaults, ConnectTimeoutMs: undefined } }
        : {}),
      Overrides: UpstreamConfig.Overrides.map((one, index) =>
        index === override ? { ...one, ConnectTimeoutMs: undefined } : one,
      ),
    },
  };
};

const connectTimeouts = (row: PeerUpstream, defaults: ServiceDefaultsEntry): readonly ShortTimeout[] => {
  const set = upstreamOption(row, defaults, { option: 'connect_timeout_ms', field: 'ConnectTimeoutMs' });
  const ms = numberOf(set?.value);
  if (!set || !isShort(ms)) return [];
  const { override } = set;
  return [
    {
      what: `${set.what} is ${ms} ms`,
      setBy: set.setBy,
      fix:
        defaults && override !== undefined
          ? { existing: defaults, entry: withoutConnectTimeout(defaults.entry, override) }
          : undefined,
    },
  ];
};

type Route = ServiceRouter['Routes'][number];

const isShortRoute = ({ Destination }: Route): boolean => isShort(msOf(Destination?.['RequestTimeout']));

/** Lists the routes of a router that give requests little time. */
const routeTimeouts = (
  router: Entry<ServiceRouter> | undefined,
  isOnWay: (route: Route, path: string) => boolean,
): readonly ShortTimeout[] =>
  (router?.entry.Routes ?? []).flatMap((route, index) => {
    const path = `Routes[${index}].Destination`;
    if (!router || !isShortRoute(route) || !isOnWay(route, path)) return [];
    const timeout = route.Destination?.['RequestTimeout'];
    return [
      {
        what: `RequestTimeout in ${path} of service-router/${router.entry.Name} is ${msOf(timeout)} ms`,
        setBy: evidence(router.at, `${path}.RequestTimeout`, timeout),
        fix: {
          existing: router,
          entry: {
            ...router.entry,
            Routes: router.entry.Routes.map((one) =>
              isShortRoute(one) && one.Destination
                ? {
                    ...one,
                    Destination: { ...one.Destination, RequestTimeout: undefined },
                  }
                : one,
            ),
          },
        },
      },
    ];
  });

/** The names of the entries on the way of a call, as far as Consul compiled it. */
const namesOnTrail = ({ target: { trail } }: PeerUpstream): readonly unknown[] =>
  trail.flatMap(({ value }) =>
    typeof value === 'object' && value !== null && 'Kind' in value && value.Kind !== 'service-router'
      ? [value.Name]
      : [],
  );

/** Lists the timeouts of the calls of an upstream of a sidecar that are too short. */
export const shortTimeoutsOfCalls = ({
  serviceDefaults,
  serviceRouters,
}: Readonly<{ [K in 'serviceDefaults' | 'serviceRouters']: Section<Sections[K]> }>) => {
  const central = centralConfig(rowsOf(serviceDefaults), []);
  const routersIn = new Map<string, ReadonlyMap<string, Entry<ServiceRouter>>>();
  const within = (partition: string): ReadonlyMap<string, Entry<ServiceRouter>> => {
    const known = routersIn.get(partition) ?? entriesByService(rowsOf(serviceRouters), partition);
    routersIn.set(partition, known);
    return known;
  };
  return (row: PeerUpstream): readonly ShortTimeout[] => {
    // Gateways take none of these options for what they call.
    if (row.named) return [];
    const { sidecar, destination, namespace, upstream, service, target } = row;
    const router =
      upstream.DestinationPeer === ''
        ? within(sidecar.partition ?? '').get(serviceKey(destination, namespace))
        : undefined;
    const names = [service, ...namesOnTrail(row)];
    return [
      ...connectTimeouts(row, central.serviceOf(sidecar)),
      ...routeTimeouts(
        router,
        ({ Destination }, path) =>
          names.includes(Destination?.Service || destination) ||
          target.trail.some((one) => one.endpoint === router?.at.endpoint && one.path.endsWith(path)),
      ),
    ];
  };
};

interface Exporter {
  readonly partition: string;
  readonly targetsOf: ReturnType<typeof exportedTargets>;
  readonly healthOf: (service: string, namespace: string) => ExportedServiceHealth | undefined;
}

const resolverTimeouts = (resolver: Entry<ServiceResolver> | undefined): readonly ShortTimeout[] => {
  const timeout = resolver?.entry['RequestTimeout'];
  return resolver && !resolver.entry.Redirect && isShort(msOf(timeout))
    ? [
        {
          what: `RequestTimeout of service-resolver/${resolver.entry.Name} is ${msOf(timeout)} ms`,
          setBy: evidence(resolver.at, 'RequestTimeout', timeout),
          fix: {
            existing: resolver,
            entry: { ...resolver.entry, RequestTimeout: undefined },
          },
        },
      ]
    : [];
};

/** Returns the time that sidecars give their application, where it is too short. */
const localTimeouts = (
  health: ExportedServiceHealth | undefined,
  defaults: ServiceDefaultsEntry,
  proxies: ReturnType<ReturnType<typeof centralConfig>['proxyIn']>,
): readonly ShortTimeout[] => {
  if (health && !hasSidecars(health)) return [];
  const registered = health?.localRequestTimeout;
  const central = numberOf(defaults?.entry['LocalRequestTimeoutMs'] ?? 0);
  // Agents merge service-defaults into what they register, and what is registered comes first.
  if (defaults && isShort(central) && (!registered || registered.ms === central)) {
    return [
      {
        what: `LocalRequestTimeoutMs of service-defaults/${defaults.entry.Name} is ${central} ms`,
        setBy: evidence(defaults.at, 'LocalRequestTimeoutMs', central),
        fix: { existing: defaults, entry: { ...defaults.entry, LocalRequestTimeoutMs: undefined } },
      },
    ];
  }
  const key = proxies && optionKey(proxies.entry.Config, 'local_request_timeout_ms');
  const shared = key === undefined ? 0 : numberOf(proxies?.entry.Config[key]);
  if (proxies && isShort(shared) && (registered ? registered.ms === shared : central === 0)) {
    return [
      {
        what: `${key} in Config of proxy-defaults/${proxies.entry.Name} is ${shared} ms`,
        setBy: evidence(proxies.at, `Config.${key}`, shared),
        fix: undefined,
      },
    ];
  }
  return registered && isShort(registered.ms)
    ? [
        {
          what: `local_request_timeout_ms in the registration of ${registered.proxy} is ${registered.ms} ms`,
          setBy: evidence({ endpoint: health.endpoint, path: '' }, registered.path, registered.ms),
          fix: undefined,
        },
      ]
    : [];
};

/** Lists the timeouts of the calls that an exported name gets which are too short. They count for HTTP protocols alone. */
export const shortTimeoutsOfService = (
  {
    serviceRouters,
    serviceResolvers,
    ...sections
  }: Central & Readonly<{ [K in 'serviceRouters' | 'serviceResolvers']: Section<Sections[K]> }>,
  { partition, targetsOf, healthOf }: Exporter,
): ((service: string, namespace: string) => readonly ShortTimeout[]) => {
  const central = centralConfig(rowsOf(sections.serviceDefaults), rowsOf(sections.proxyDefaults));
  const defaultsBy = central.servicesIn(partition);
  const routers = entriesByService(rowsOf(serviceRouters), partition);
  const resolvers = entriesByService(rowsOf(serviceResolvers), partition);
  const protocolIn = protocolsOf(sections);
  const isHttp = (service: string, namespace: string): boolean => {
    const fact = protocolIn(service, namespace);
    return fact.visible && l7Protocols.has(fact.value.toLowerCase());
  };
  return (service, namespace) => {
    if (!isHttp(service, namespace)) return [];
    const own = { service, namespace };
    const targets = targetsOf(service)?.filter(({ peer }) => peer === '') ?? [own];
    const found = [
      ...routeTimeouts(routers.get(serviceKey(service, namespace)), () => true),
      ...targets.flatMap((one) => {
        const key = serviceKey(one.service, one.namespace);
        return [
          ...resolverTimeouts(resolvers.get(key)),
          ...(isHttp(one.service, one.namespace)
            ? localTimeouts(
                healthOf(one.service, one.namespace),
                defaultsBy.get(key),
                central.proxyIn(partition),
              )
            : []),
        ];
      }),
    ];
    return [...new Map(found.map((timeout) => [timeout.what, timeout])).values()];
  };
};
