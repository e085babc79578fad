import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import type { PeerUpstream } from '../model';
import { isOverrideFor, type ServiceDefaultsEntry } from './central-config';

type Fields = Readonly<Record<string, unknown>>;

/** An option of an upstream, and the layer that sets it. */
interface UpstreamOption {
  /** `envoy_listener_json in the upstream of web-sidecar-proxy`. */
  readonly what: string;
  readonly value: unknown;
  readonly setBy: Evidence;
  /** The index of the override that sets it; -1 for the defaults, undefined for the registration. */
  readonly override: number | undefined;
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Finds an option, whose name Consul reads in any case. */
export const optionKey = (options: Fields, name: string): string | undefined =>
  Object.keys(options).find((key) => key.toLowerCase() === name && isSet(options[key]));

/** Finds where service-defaults set a field for an upstream. */
const centralOption = (
  { destination, namespace, upstream }: PeerUpstream,
  defaults: ServiceDefaultsEntry,
  field: string,
): UpstreamOption | undefined => {
  const central = defaults?.entry.UpstreamConfig;
  if (!defaults || !central) return undefined;
  const override = central.Overrides.findIndex(
    (one) =>
      isOverrideFor(one, { destination, namespace, peer: upstream.DestinationPeer }) && isSet(one[field]),
  );
  const [path, value] =
    override < 0
      ? ['UpstreamConfig.Defaults', central.Defaults?.[field]]
      : [`UpstreamConfig.Overrides[${override}]`, central.Overrides[override]?.[field]];
  return isSet(value)
    ? {
        what: `${field} in ${path} of service-defaults/${defaults.entry.Name}`,
        value,
        setBy: evidence(defaults.at, `${path}.${field}`, value),
        override,
      }
    : undefined;
};

/**
 * Returns an option of an upstream of a sidecar. Agents merge service-defaults into what they register, and proxies get what is
 * registered: a value that equals that of an entry is assumed to come from there.
 */
export const upstreamOption = (
  row: PeerUpstream,
  defaults: ServiceDefaultsEntry,
  { option, field }: { readonly option: string; readonly field: string },
): UpstreamOption | undefined => {
  const { upstream, sidecar, index, at } = row;
  const key = optionKey(upstream.Config, option);
  const central = centralOption(row, defaults, field);
  if (key === undefined) return index < 0 || sidecar.managedBy !== 'agent' ? central : undefined;
  const value = upstream.Config[key];
  return central?.value === value
    ? central
    : {
        what: `${key} in the upstream of ${sidecar.service}`,
        value,
        setBy: evidence(at, `Config.${key}`, value),
        override: undefined,
      };
};
