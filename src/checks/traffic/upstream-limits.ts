import type { Upstream } from '../../consul/wire';
import { type LimitName, limitNames } from '../../paths/zero-limits';
import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import type { PeerUpstream, RegisteredSidecar } from '../model';
import { isOverrideFor, type ServiceDefaultsEntry, type UpstreamOverride } from './central-config';
import { sidecarProxyAt } from './sidecar-location';

type Limits = Readonly<Record<string, unknown>>;

/** The limits of an upstream, and the layer that sets them. */
export interface UpstreamLimits {
  readonly limits: Limits;
  readonly setBy: Evidence;
  /** The service-defaults that set them; undefined for the registration. */
  readonly entry: ServiceDefaultsEntry;
}

const isObject = (value: unknown): value is Limits =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Finds the option, whose name Consul reads in any case. */
const limitsKey = ({ Config }: Pick<Upstream, 'Config'>): string | undefined =>
  'limits' in Config ? 'limits' : Object.keys(Config).find((key) => key.toLowerCase() === 'limits');

const nameOf = (key: string): LimitName | undefined => limitNames.get(key.toLowerCase().replaceAll('_', ''));

/** Values that Consul takes for numbers; undefined for a value that is not readable. */
export const numberOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : undefined;
};

const known = (limits: Limits): readonly (readonly [LimitName, unknown])[] =>
  Object.entries(limits).flatMap(([key, value]) => {
    const name = nameOf(key);
    return name && value !== null ? [[name, value] as const] : [];
  });

const isSame = (a: Limits, b: Limits): boolean => {
  const [one, other] = [new Map(known(a)), new Map(known(b))];
  return one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);
};

const layer = (
  defaults: ServiceDefaultsEntry,
  path: string,
  holder: UpstreamOverride | null | undefined,
): readonly UpstreamLimits[] => {
  const limits = holder?.['Limits'];
  return defaults && isObject(limits)
    ? [{ limits, setBy: evidence(defaults.at, `${path}.Limits`, limits), entry: defaults }]
    : [];
};

/** Returns the layers of service-defaults that set limits for an upstream. A layer replaces all limits of the next. */
const layersBelow = (
  { destination, namespace, upstream }: PeerUpstream,
  defaults: ServiceDefaultsEntry,
): readonly UpstreamLimits[] => {
  const central = defaults?.entry.UpstreamConfig;
  const overrides = (central?.Overrides ?? []).flatMap((override, index) =>
    isOverrideFor(override, { destination, namespace, peer: upstream.DestinationPeer })
      ? layer(defaults, `UpstreamConfig.Overrides[${index}]`, override)
      : [],
  );
  return [...overrides, ...layer(defaults, 'UpstreamConfig.Defaults', central?.Defaults)];
};

/** Tells calls of transparent proxies from upstreams. */
const isImplicit = ({ index }: PeerUpstream): boolean => index < 0;

/**
 * Finds the upstream that an agent merges into the registration of a transparent proxy for a call without an upstream: one for
 * the service of the peer, else `*` (seen with real traffic on 1.20.1).
 */
const mergedUpstream = ({
  sidecar,
  destination,
  peer,
}: PeerUpstream): Pick<PeerUpstream, 'upstream' | 'at'> | undefined => {
  const { Upstreams } = sidecar.shown;
  const find = (name: string, at: string) =>
    Upstreams.findIndex(
      (one) => one.CentrallyConfigured && one.DestinationName === name && one.DestinationPeer === at,
    );
  const index = [find(destination, peer), find('*', '')].find((one) => one >= 0);
  const upstream = index === undefined ? undefined : Upstreams[index];
  return upstream && { upstream, at: sidecarProxyAt(sidecar, `Upstreams[${index}]`) };
};

/**
 * Returns the limits of an upstream of a sidecar. Agents merge service-defaults into what they register, and proxies get
 * what is registered: limits that equal those of an entry are assumed to come from there.
 */
export const limitsOfUpstream = (
  row: PeerUpstream,
  defaults: ServiceDefaultsEntry,
): UpstreamLimits | undefined => {
  if (row.named) return undefined;
  const below = layersBelow(row, defaults);
  const { upstream, at } = isImplicit(row) ? (mergedUpstream(row) ?? row) : row;
  const key = limitsKey(upstream);
  const shown = key === undefined ? undefined : upstream.Config[key];
  if (!isObject(shown)) return row.sidecar.managedBy === 'agent' ? undefined : below[0];
  return (
    below.find(({ limits }) => isSame(limits, shown)) ?? {
      limits: shown,
      setBy: evidence(at, `Config.${key}`, shown),
      entry: undefined,
    }
  );
};

/** Returns the limits that are 0; undefined where one is not readable. */
export const zeroLimits = ({ limits }: UpstreamLimits): readonly LimitName[] | undefined => {
  const values = known(limits);
  if (values.some(([, value]) => numberOf(value) === undefined)) return undefined;
  return values.flatMap(([name, value]) => (numberOf(value) === 0 ? [name] : []));
};

/** Tells that limits stop calls, or may: one is 0, or not readable. */
const mayStop = (limits: unknown): boolean =>
  isObject(limits) && known(limits).some(([, value]) => !numberOf(value));

/**
 * Tells that limits may stop calls that a proxy makes without an upstream of its own. Limits that let calls pass are common, and
 * a proxy may call thousands of services: those need no look.
 */
export const mayStopImplicit = (
  { shown }: Pick<RegisteredSidecar, 'shown'>,
  defaults: ServiceDefaultsEntry,
): boolean => {
  const central = defaults?.entry.UpstreamConfig;
  return (
    shown.Upstreams.some((one) => {
      const key = limitsKey(one);
      return one.CentrallyConfigured && key !== undefined && mayStop(one.Config[key]);
    }) || [central?.Defaults, ...(central?.Overrides ?? [])].some((holder) => mayStop(holder?.['Limits']))
  );
};

/** Limit that Envoy has for each of the three where none is set. */
const envoyDefault = 1024;

const isZero = ([key, value]: readonly [string, unknown]): boolean =>
  nameOf(key) !== undefined && numberOf(value) === 0;

/**
 * Returns limits that are 0 with the default of Envoy; undefined where no other limit is left. Agents take a limit of 0 that is
 * missing in a later version of service-defaults for no change, and keep it (seen with real traffic on 1.20.1).
 */
export const withoutZero = (limits: Limits): Limits | undefined => {
  const entries = Object.entries(limits);
  return entries.every(isZero)
    ? undefined
    : Object.fromEntries(entries.map((one) => (isZero(one) ? [one[0], envoyDefault] : one)));
};

/** Returns the options of an upstream without limits that are 0. */
export const optionsWithoutZero = (upstream: Upstream): Upstream['Config'] => {
  const key = limitsKey(upstream);
  const limits = key === undefined ? undefined : upstream.Config[key];
  if (key === undefined || !isObject(limits)) return upstream.Config;
  const rest = withoutZero(limits);
  return Object.fromEntries(
    Object.entries(upstream.Config).flatMap(([name, value]) =>
      name === key ? (rest ? [[name, rest]] : []) : [[name, value]],
    ),
  );
};
