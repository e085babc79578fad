import { maxServerAddresses } from '../../../config/server-addresses';
import { addressKind, type AddressKind, hostOf } from '../../../paths/addresses';

/** The addresses that a peering token will carry, which the other cluster dials. */
export interface TokenAddresses {
  readonly of: 'external address' | 'mesh gateway' | 'server';
  /** `host:port` each. */
  readonly addresses: readonly string[];
}

const warnings: Partial<Record<AddressKind, string>> = {
  unspecified: 'no cluster can dial it',
  loopback: 'a loopback address, which only works on the same machine',
  'link-local': 'a link-local address, which only works on the same network',
  private: 'a private address, to which the other cluster needs a route',
};

const addressNote = (address: string, of: TokenAddresses['of']): string => {
  const warning = warnings[addressKind(hostOf(address))];
  return `the other cluster dials ${address} (${of})${warning === undefined ? '' : `. Warning: ${warning}`}`;
};

/** Says which addresses a token will carry, a sentence each, with a warning about those that few clusters can reach. */
export const describeAddresses = ({ of, addresses }: TokenAddresses): readonly string[] => {
  const left = addresses.length - maxServerAddresses;
  return addresses.length === 0
    ? [`the token carries no address. Warning: no ${of} is registered, so Consul generates no token`]
    : [
        ...addresses.slice(0, maxServerAddresses).map((address) => addressNote(address, of)),
        ...(left > 0 ? [`the other cluster dials ${left} more of this kind`] : []),
      ];
};
