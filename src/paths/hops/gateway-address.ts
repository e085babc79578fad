import { addressKind, hostOf, isHostname } from '../addresses';
import { defineHop, fail, pass, unknownHop } from '../define-hop';
import type { PathFacts, PathRoute } from '../model';
import { farName } from '../words';

/** Leaves out IP addresses beside a hostname, as Consul does (seen on 1.20.1). */
const handedOut = (addresses: readonly string[]): readonly string[] => {
  const named = addresses.filter((address) => isHostname(hostOf(address)));
  return named.length > 0 ? named : addresses;
};

/** Consul gives no endpoints for a redirect or failover in remote mode where a gateway has a hostname (seen on 1.20.1). */
const losesEndpoints = (addresses: readonly string[], { via }: PathRoute, { mode }: PathFacts): boolean =>
  addresses.some((address) => isHostname(hostOf(address))) &&
  (via === 'redirect' || via === 'failover') &&
  mode.visible &&
  mode.value.mode !== 'local';

/** The address that the other side hands out for its mesh gateways. */
export const gatewayAddressHop = defineHop({
  name: 'gateway-address',
  end: 'destination',
  fact: 'address',
  check: { consumer: 'mesh-gateway-wan-address', destination: 'mesh-gateway-wan-address' },
  evaluate: ({ addresses: all, failing = [] }, route, facts) => {
    const addresses = handedOut(all).filter((address) => failing.length === 0 || isHostname(hostOf(address)));
    if (all.length > 0 && addresses.length === 0) {
      return fail(
        `${farName(route)} hands out the hostname ${failing.slice(0, 3).join(', ')} of a mesh gateway that fails its health checks: Consul leaves out the addresses of all gateways without a hostname then`,
      );
    }
    const list = addresses.slice(0, 3).join(', ');
    const kinds = addresses.map((address) => addressKind(hostOf(address)));
    const usable = kinds.filter((kind) => kind !== 'link-local');
    if (addresses.length === 0) return unknownHop('no address of a gateway is visible');
    if (usable.length === 0) return fail(`${farName(route)} hands out ${list}, which no peer can reach`);
    if (losesEndpoints(addresses, route, facts)) {
      return fail(
        `${farName(route)} hands out the hostname ${list}: Consul gives no endpoints for a ${route.via} in remote mode then`,
      );
    }
    // Linux takes the unspecified address for loopback (seen with real traffic).
    return usable.every((kind) => kind === 'loopback' || kind === 'unspecified')
      ? pass(list, `${list} can only be reached from the same machine`)
      : pass(
          list,
          addresses.length < all.length
            ? `calls use ${list} alone, and no gateway that hands out an IP address`
            : '',
        );
  },
});
