/** Tells addresses that others can reach from those that they cannot. */

export type AddressKind =
  /** `0.0.0.0`, `::`, or nothing: a listener's address, to which nobody can connect. */
  | 'unspecified'
  /** Reaches only the machine that dials. */
  | 'loopback'
  /** Reaches only the same link. The metadata services of clouds are there. */
  | 'link-local'
  /** RFC 1918, RFC 6598 and RFC 4193: reaches connected networks only. */
  | 'private'
  | 'public'
  | 'hostname';

const octetsOf = (host: string): readonly number[] | undefined => {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/u.exec(host)?.slice(1).map(Number);
  return octets?.every((octet) => octet < 256) ? octets : undefined;
};

const kindOfIpv4 = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): AddressKind => {
  if (a + b + c + d === 0) return 'unspecified';
  if (a === 127) return 'loopback';
  if (a === 169 && b === 254) return 'link-local';
  const isPrivate =
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128);
  return isPrivate ? 'private' : 'public';
};

/** Reads the 16-bit groups of an IPv6 address, by the parser of URLs; undefined where it is none. */
const groupsOf = (host: string): readonly number[] | undefined => {
  const address = host.replace(/^\[|\]$/gu, '').replace(/%.*$/u, '');
  if (!address.includes(':') || !URL.canParse(`http://[${address}]/`)) return undefined;
  const written = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [left = '', right] = written.split('::');
  const read = (part: string): readonly number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [start, end] = [read(left), read(right ?? '')];
  return [...start, ...Array.from({ length: 8 - start.length - end.length }, () => 0), ...end];
};

const kindOfIpv6 = (groups: readonly number[]): AddressKind => {
  const [first = 0, sixth = 0, seventh = 0, last = 0] = [groups[0], groups[5], groups[6], groups[7]];
  if (groups.slice(0, 5).every((group) => group === 0)) {
    if (sixth === 0xff_ff) return kindOfIpv4([seventh >> 8, seventh & 255, last >> 8, last & 255]);
    if (sixth === 0 && seventh === 0 && last <= 1) return last === 0 ? 'unspecified' : 'loopback';
  }
  if (first >> 6 === 0xfe_80 >> 6) return 'link-local';
  return first >> 9 === 0xfc_00 >> 9 ? 'private' : 'public';
};

/** Classifies a host: an IP address, or a name. `localhost` and the names below it are loopback (RFC 6761). */
export const addressKind = (host: string): AddressKind => {
  if (host === '') return 'unspecified';
  const octets = octetsOf(host);
  if (octets) return kindOfIpv4(octets);
  const groups = groupsOf(host);
  if (groups) return kindOfIpv6(groups);
  return /^(?:.*\.)?localhost\.?$/iu.test(host) ? 'loopback' : 'hostname';
};

/** Tells a name, `localhost` among them, from an IP address. */
export const isHostname = (host: string): boolean =>
  host !== '' && octetsOf(host) === undefined && groupsOf(host) === undefined;

/** The host of `host:port`, without the brackets of IPv6. */
export const hostOf = (address: string): string =>
  (/^(.*):\d*$/u.exec(address)?.[1] ?? address).replace(/^\[|\]$/gu, '');
