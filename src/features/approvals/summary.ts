import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { parseToken } from './token-contents';

const hostOf = (address: string): string => /^\[?(.*?)\]?(?::\d+)?$/.exec(address)?.[1] ?? address;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

/** RFC 1918, RFC 6598, RFC 3927, RFC 4193 and RFC 4291 link-local. */
const isPrivate = (host: string): boolean =>
  isIP(host) !== 0 &&
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe[89ab])/i.test(
    host,
  );

const earliestEnd = (pems: readonly string[]): string | undefined => {
  const ends = pems.flatMap((pem) => {
    try {
      return [Date.parse(new X509Certificate(pem).validTo)];
    } catch {
      return [];
    }
  });
  return ends.length === 0 ? undefined : new Date(Math.min(...ends)).toISOString().slice(0, 10);
};

/** Maximum addresses that are named: a cluster has three or five servers. */
const maxAddresses = 7;

/** Summarizes a token for the card: its addresses and warnings about them. Nothing of it is secret. */
export const summaryOf = (token: string): readonly string[] => {
  const contents = parseToken(token);
  if (contents === undefined) return ['the token does not have the format of Consul 1.20'];
  const manual = contents.ManualServerAddresses ?? [];
  const addresses = manual.length > 0 ? manual : (contents.ServerAddresses ?? []);
  const hosts = addresses.map(hostOf);
  const end = earliestEnd(contents.CA ?? []);
  const shown = addresses.slice(0, maxAddresses).join(', ');
  const more = addresses.length > maxAddresses ? ` and ${addresses.length - maxAddresses} more` : '';
  return [
    `server addresses: ${shown || 'none'}${more}`,
    ...(contents.ServerName ? [`server name: ${contents.ServerName}`] : []),
    ...(end === undefined ? [] : [`CA valid until ${end}`]),
    ...(hosts.some(isLoopback)
      ? ['warning: a server address is a loopback address, which only works on the same machine']
      : []),
    ...(hosts.some(isPrivate)
      ? ['warning: a server address is private: the other cluster must have a route to it']
      : []),
  ];
};
