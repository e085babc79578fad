import type { SidecarRegistration } from '../../snapshot/snapshot';
import type { DataObject } from './hcl';

/** Writes the parts of a service definition that every kind of service can have, as a registration has them. */

/** A map or list that has anything in it. */
export const some = <T extends object>(value: T | null | undefined): T | undefined =>
  value && Object.keys(value).length > 0 ? value : undefined;

/** A mesh gateway mode as definitions spell it. */
export const gatewayMode = (holder: { readonly Mode: string } | null | undefined): DataObject | undefined =>
  holder?.Mode ? { mode: holder.Mode } : undefined;

/** Consul adds its virtual addresses itself. */
const ownAddresses = ({ TaggedAddresses }: SidecarRegistration): DataObject =>
  Object.fromEntries(
    Object.entries(TaggedAddresses)
      .filter(([tag]) => !tag.startsWith('consul-virtual'))
      .map(([tag, { Address, Port }]) => [tag, { address: Address, port: Port }]),
  );

/** All but what names the service and what is of its proxy; what is not set or has its default is left out. */
export const commonParts = (registration: SidecarRegistration): DataObject => {
  const { Passing = 1, Warning = 1 } = registration.Weights ?? {};
  return {
    tags: some(registration.Tags),
    address: registration.Address || undefined,
    port: registration.Port || undefined,
    socket_path: registration.SocketPath || undefined,
    meta: some(registration.Meta),
    tagged_addresses: some(ownAddresses(registration)),
    weights: Passing === 1 && Warning === 1 ? undefined : { passing: Passing, warning: Warning },
    enable_tag_override: registration.EnableTagOverride || undefined,
  };
};
