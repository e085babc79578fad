import { l7Protocols } from '../../consul/l7-protocols';
import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import type { ProxyDefaultsEntry, ServiceDefaultsEntry } from './central-config';

/**
 * Extensions of Envoy that service-defaults and proxy-defaults give to sidecars. They change what Consul computes, and what they
 * do with a call is in a script, a plugin or another service, or in arguments that a snapshot withholds. Source:
 * `agent/envoyextensions` of Consul 1.15.0, 1.16.0 and 1.20.6, and measured with real traffic.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Calls that a sidecar receives, or calls that it makes. */
type Direction = 'inbound' | 'outbound';

interface Extension {
  readonly name: string;
  /** True for one without which the proxy gets no configuration at all, also if Consul fails to apply it. */
  readonly required: boolean;
  readonly options: Fields;
  readonly setBy: Evidence;
  /** `builtin/lua in service-defaults/api`. */
  readonly what: string;
}

/** A part of Envoy's configuration that Consul does not compute. */
export interface CustomPart {
  readonly what: string;
  readonly setBy: Evidence;
  /** True where it touches calls of HTTP protocols alone. */
  readonly isHttpOnly: boolean;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Finds an argument, whose name Consul reads in any case. */
const argument = (options: Fields, name: string): unknown =>
  Object.entries(options).find(([key]) => key.toLowerCase() === name)?.[1];

const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : [];

const extensionsOf = (defaults: ServiceDefaultsEntry | ProxyDefaultsEntry): readonly Extension[] =>
  defaults
    ? listOf((defaults.entry as Fields)['EnvoyExtensions']).flatMap((one, index) => {
        const { Name: name, Required, Arguments } = one;
        if (typeof name !== 'string') return [];
        return [
          {
            name,
            required: Required === true,
            options: isObject(Arguments) ? Arguments : {},
            setBy: evidence(defaults.at, `EnvoyExtensions[${index}].Name`, name),
            what: `${name} in ${defaults.entry.Kind}/${defaults.entry.Name}`,
          },
        ];
      })
    : [];

/** True unless the argument names the other direction; one that is not readable may name either. */
const isAbout = (options: Fields, name: string, direction: Direction, byDefault?: Direction): boolean => {
  const given = argument(options, name);
  return (
    (given === undefined || given === '' ? byDefault : given) !==
    (direction === 'inbound' ? 'outbound' : 'inbound')
  );
};

/** Patches of outbound resources that name services leave those of peers alone: Consul does not know these by service. */
const isPatched = (options: Fields, direction: Direction, isPeerNamed: boolean): boolean =>
  listOf(argument(options, 'patches')).some((patch) => {
    const filter = argument(patch, 'resourcefilter');
    if (!isObject(filter)) return true;
    const services = argument(filter, 'services');
    const isElsewhere = direction === 'outbound' && isPeerNamed && listOf(services).length > 0;
    return isAbout(filter, 'trafficdirection', direction) && !isElsewhere;
  });

const isWasmOf = (options: Fields, protocol: string | undefined): boolean => {
  const given = argument(options, 'protocol');
  return protocol === undefined || (given !== 'tcp' && given !== 'http') || given === (protocol || 'tcp');
};

/** The proxies that an extension is looked at for. */
interface Scope {
  readonly direction: Direction;
  /** The protocol of the service that the sidecar stands for; undefined where it is not visible. */
  readonly protocol: string | undefined;
  /** True for an upstream that names its peer, and not for one that a discovery chain resolves to it. */
  readonly isPeerNamed: boolean;
}

const touches = (
  { name, required, options }: Extension,
  { direction, protocol, isPeerNamed }: Scope,
): boolean => {
  switch (name) {
    // Access logs are sent beside the call, and functions replace what is called from terminating gateways alone.
    case 'builtin/otel-access-logging':
    case 'builtin/aws/lambda':
    case 'builtin/proxy/validate':
      return false;
    // Refuses calls beyond a rate that is withheld. It is about calls that a sidecar receives, whatever it says.
    case 'builtin/http/localratelimit':
      return required || direction === 'inbound';
    case 'builtin/lua':
      return isAbout(options, 'listener', direction);
    case 'builtin/ext-authz':
      return required || isAbout(options, 'listenertype', direction, 'inbound');
    case 'builtin/wasm':
      return isWasmOf(options, protocol) && (required || isAbout(options, 'listenertype', direction));
    case 'builtin/property-override':
      return required || isPatched(options, direction, isPeerNamed);
    default:
      return true;
  }
};

/** Extensions that leave calls of other protocols than HTTP alone. */
const httpOnly: ReadonlySet<string> = new Set(['builtin/lua', 'builtin/http/localratelimit']);

/** Lists the extensions of a service's sidecars that may decide about calls. */
export const customExtensions = (
  service: ServiceDefaultsEntry,
  proxies: ProxyDefaultsEntry,
  scope: Scope,
): readonly CustomPart[] =>
  [...extensionsOf(proxies), ...extensionsOf(service)]
    .filter((one) => touches(one, scope))
    .map(({ what, setBy, name }) => ({ what, setBy, isHttpOnly: httpOnly.has(name) }));

/** Lists the extensions that replace what a terminating gateway calls for a service. */
export const lambdaExtensions = (
  service: ServiceDefaultsEntry,
  proxies: ProxyDefaultsEntry,
): readonly CustomPart[] =>
  [...extensionsOf(proxies), ...extensionsOf(service)]
    .filter(({ name }) => name === 'builtin/aws/lambda')
    .map(({ what, setBy }) => ({ what, setBy, isHttpOnly: true }));

/** True for protocols that Envoy reads as HTTP, and for one that is not visible. */
export const mayBeHttp = (protocol: string | undefined): boolean =>
  protocol === undefined || l7Protocols.has(protocol.toLowerCase());
