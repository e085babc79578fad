import { z } from 'zod';
import type { ClusterFacts } from '../plans/plan';
import type { PlannedRequest } from '../requests/request';

/** The contents of a peering token, without its secret. */
const TokenContents = z.object({
  CA: z.array(z.string()).nullish(),
  ServerAddresses: z.array(z.string()).nullish(),
  ManualServerAddresses: z.array(z.string()).nullish(),
  ServerName: z.string().nullish(),
  /** The id of the acceptor's peering. */
  PeerID: z.string().nullish(),
});
type TokenContents = z.infer<typeof TokenContents>;

/** Maximum characters of a token. A real one has about 1 KiB; certificates and addresses make it longer. */
const maxTokenLength = 48 * 1024;

/** Reads a token; undefined if it is not base64 of a JSON object, or too long. */
export const parseToken = (token: string): TokenContents | undefined => {
  if (token.length > maxTokenLength || !/^[A-Za-z0-9+/]+={0,2}$/.test(token)) return undefined;
  try {
    return TokenContents.safeParse(JSON.parse(Buffer.from(token, 'base64').toString())).data;
  } catch {
    return undefined;
  }
};

/**
 * Returns why a token is not one of the approved cluster; undefined if it is. Consul names the server that the dialer must
 * meet `server.DATACENTER.peering.TRUST_DOMAIN`, and checks its certificate against that name. Federated datacenters share
 * a trust domain.
 *
 * @param approved its datacenter is empty if the write token may not read it
 */
export const tokenProblem = (
  token: string,
  approved: Pick<ClusterFacts, 'trustDomain' | 'datacenter'> & Pick<PlannedRequest, 'externalAddresses'>,
): string | undefined => {
  const contents = parseToken(token);
  if (contents === undefined) return 'it handed out something that is not a peering token';
  const [, datacenter, of] = /^server\.([^.]+)\.peering\.(.+)$/.exec(contents.ServerName ?? '') ?? [];
  if (of === undefined || of !== approved.trustDomain)
    return 'it handed out a token of a cluster with another trust domain';
  if (approved.datacenter !== '' && approved.datacenter !== datacenter)
    return 'it handed out a token of another datacenter';
  const { externalAddresses: addresses } = approved;
  return addresses === undefined || addresses.join() === contents.ManualServerAddresses?.join()
    ? undefined
    : 'it handed out a token with other server addresses';
};
