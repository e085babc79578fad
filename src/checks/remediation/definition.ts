import type { SidecarRegistration } from '../../snapshot/snapshot';
import type { DataObject } from './hcl';

/** Writes the parts of a service definition that every kind of service can have, as a registration has them. */

/** Returns a map or list, undefined if it is empty. */
export const nonEmpty = <T extends object>(value: T | null | undefined): T | undefined =>
  value && Object.keys(value).length > 0 ? value : undefined;

/** Writes a mesh gateway mode as definitions spell it. */
export const gatewayMode = (holder: { readonly Mode: string } | null | undefined): DataObject | undefined =>
  holder?.Mode ? { mode: holder.Mode } : undefined;

/** Leaves out virtual addresses, which Consul adds itself. */
const ownAddresses = ({ TaggedAddresses }: SidecarRegistration): DataObject =>
  Object.fromEntries(
    Object.entries(TaggedAddresses)
      .filter(([tag]) => !tag.startsWith('consul-virtual'))
      .map(([tag, { Address, Port }]) => [tag, { address: Address, port: Port }]),
  );

/** Writes everything but the names of the service and its proxy, without values that are unset or the default. */
export const commonParts = (registration: SidecarRegistration): DataObject => {
  const { Passing = 1, Warning = 1 } = registration.Weights ?? {};
  return {
    tags: nonEmpty(registration.Tags),
    address: registration.Address || undefined,
    port: registration.Port || undefined,
    socket_path: registration.SocketPath || undefined,
    meta: nonEmpty(registration.Meta),
    tagged_addresses: nonEmpty(ownAddresses(registration)),
    weights: Passing === 1 && Warning === 1 ? undefined : { passing: Passing, warning: Warning },
    enable_tag_override: registration.EnableTagOverride || undefined,
  };
};
