import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are never connected to, whatever hands them out: they reach services of the machine or the cloud that the
 * bot runs in, such as the metadata service with its credentials, and never a server of a peer.
 */
const forbiddenRanges: readonly (readonly [address: string, prefix: number])[] = [
  // Unspecified, "this network", multicast and broadcast.
  ['0.0.0.0', 8],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
  ['::', 128],
  ['ff00::', 8],
  // Link-local, with the metadata services of most clouds.
  ['169.254.0.0', 16],
  ['fe80::', 10],
  // All local services of AWS over IPv6, with instance metadata (::254) and credentials of pods (::23).
  ['fd00:ec2::', 32],
  // Metadata services of Google, Oracle, Akamai, Scaleway and Alibaba over IPv6.
  ['fd20:ce::254', 128],
  ['fd00:c1::a9fe:a9fe', 128],
  ['fd00:a9fe:a9fe::1', 128],
  ['fd00:42::42', 128],
  ['fd00:100::100:200', 128],
  // NAT64 of local use (RFC 8215): an operator chooses where in it an IPv4 address stands, so any of it may lead to one above.
  ['64:ff9b:1::', 48],
  // Metadata services of Alibaba, Oracle and Azure over IPv4.
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['168.63.129.16', 32],
];

/** Prefixes of IPv6 under which an IPv4 address can be reached: IPv4-compatible, IPv4-translated, NAT64 and 6to4. */
const ipv4Prefixes: readonly (readonly [before: string, after: string, bits: number])[] = [
  ['::', '', 96],
  ['::ffff:0:', '', 96],
  ['64:ff9b::', '', 96],
  ['2002:', '::', 16],
];

const loopbackRanges: readonly (readonly [address: string, prefix: number])[] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];

const hexOf = (address: string): string => {
  const octets = address.split('.').map(Number);
  const pair = (index: number): string =>
    (((octets[index] ?? 0) << 8) | (octets[index + 1] ?? 0)).toString(16);
  return `${pair(0)}:${pair(2)}`;
};

/** Returns a list of the ranges, with each range of IPv4 also in the forms of IPv6 that lead to it. */
const listOf = (ranges: readonly (readonly [string, number])[]): BlockList => {
  const list = new BlockList();
  for (const [address, prefix] of ranges) {
    if (isIP(address) === 6) {
      list.addSubnet(address, prefix, 'ipv6');
      continue;
    }
    // A check of an IPv4-mapped address (`::ffff:…`) uses the rules of IPv4.
    list.addSubnet(address, prefix, 'ipv4');
    for (const [before, after, bits] of ipv4Prefixes) {
      // `::` and `::1` are addresses of their own.
      if (before === '::' && address.startsWith('0.')) continue;
      list.addSubnet(`${before}${hexOf(address)}${after}`, bits + prefix, 'ipv6');
    }
  }
  return list;
};

const forbidden = listOf(forbiddenRanges);
const loopback = listOf(loopbackRanges);

const isIn = (list: BlockList, address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
};

/** Tells that an address is of this machine. */
const isLoopbackAddress = (address: string): boolean => isIn(loopback, address);

/**
 * Tells that the probe may connect to an IP address. Loopback depends on the caller; anything that is no IP address, or has
 * a zone, is refused.
 */
export const mayConnect = (address: string, allowLoopback: boolean): boolean =>
  isIP(address) !== 0 &&
  !address.includes('%') &&
  !isIn(forbidden, address) &&
  (allowLoopback || !isLoopbackAddress(address));
