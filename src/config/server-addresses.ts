import { isIPv4, isIPv6 } from 'node:net';

/** Maximum addresses of one token. A cluster has three or five servers. */
export const maxServerAddresses = 10;

const hostname =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/** Nobody can dial an address of only zeros. */
const isZero = (address: string): boolean => /^[0.:]+$/.test(address);

const isHost = (host: string): boolean => {
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  if (inBrackets !== undefined) return isIPv6(inBrackets) && !inBrackets.includes('%') && !isZero(inBrackets);
  // A name whose last part is a number is an IPv4 address, also to Consul: then it has to be a whole one.
  return /(?:^|\.)\d+$/.test(host) ? isIPv4(host) && !isZero(host) : hostname.test(host);
};

/** Tells whether a text is `host:port`, as another cluster can dial it. Consul itself takes any text. */
export const isServerAddress = (text: string): boolean => {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535 && isHost(host);
};

/** Splits addresses that a person typed, at commas and spaces. */
export const splitAddresses = (text: string): readonly string[] =>
  text.split(/[\s,;]+/).filter((part) => part !== '');
