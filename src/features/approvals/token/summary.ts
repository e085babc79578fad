import { X509Certificate } from 'node:crypto';
import { addressKind, hostOf } from '../../../paths/addresses';
import { parseToken } from './contents';

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
  const kinds = addresses.map((address) => addressKind(hostOf(address)));
  const end = earliestEnd(contents.CA ?? []);
  const shown = addresses.slice(0, maxAddresses).join(', ');
  const more = addresses.length > maxAddresses ? ` and ${addresses.length - maxAddresses} more` : '';
  return [
    `server addresses: ${shown || 'none'}${more}`,
    ...(contents.ServerName ? [`server name: ${contents.ServerName}`] : []),
    ...(end === undefined ? [] : [`CA valid until ${end}`]),
    ...(kinds.includes('loopback')
      ? ['warning: a server address is a loopback address, which only works on the same machine']
      : []),
    ...(kinds.some((kind) => kind === 'private' || kind === 'link-local')
      ? ['warning: a server address is private: the other cluster must have a route to it']
      : []),
  ];
};
