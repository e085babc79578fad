import { formatAddress } from '../../../snapshot/format-address';
import { formatAddressForPeers } from '../../../snapshot/gateway-address';
import type { Config } from '../../../config/config';
import type { ConsulClient } from '../../../consul/client';
import { failure, type Result, success } from '../../../result';
import { describeAddresses, type TokenAddresses } from './describe-addresses';
import type { PlannedRequest } from '../requests/request';
import type { TokenServices } from '../jobs/services';

type Reader = Pick<ConsulClient, 'configEntries' | 'catalogServices' | 'healthService'>;

/**
 * Reads the addresses that Consul puts into a token: those of all mesh gateways if peering goes through them, healthy or not,
 * or else those of the servers (measured on 1.20.1). A failure is the reason why they are not visible.
 */
const readAddresses = async (client: Reader, signal: AbortSignal): Promise<Result<TokenAddresses>> => {
  const mesh = await client.configEntries('mesh', { signal });
  if (!mesh.ok) return failure(mesh.error.message);
  const through = mesh.value.some(({ Peering }) => Peering?.PeerThroughMeshGateways === true);
  if (through) {
    const named = await client.catalogServices({ filter: 'ServiceKind == "mesh-gateway"', signal });
    if (!named.ok) return failure(named.error.message);
    const found: string[] = [];
    for (const name of named.value) {
      const read = await client.healthService(name, { filter: 'Service.Kind == "mesh-gateway"', signal });
      if (!read.ok) return failure(read.error.message);
      found.push(...read.value.map(formatAddressForPeers));
    }
    return success({ of: 'mesh gateway', addresses: found });
  }
  const servers = await client.healthService('consul', { signal });
  if (!servers.ok) return failure(servers.error.message);
  const found = servers.value.flatMap(({ Node, Service }) => {
    const port = Service.Meta['grpc_tls_port'] ?? Service.Meta['grpc_port'];
    // Metadata may hold anything, and this is shown to approvers.
    return port === undefined || !/^\d{1,5}$/.test(port) ? [] : [formatAddress(Node.Address, port)];
  });
  // A cluster that answers has servers.
  return found.length === 0
    ? failure('the token does not grant node:read and service:read on consul')
    : success({ of: 'server', addresses: found });
};

/** Describes the addresses of the token of a request, for its approvers. */
export const tokenAddressNotes = async (
  { acceptor, externalAddresses }: Pick<PlannedRequest, 'acceptor' | 'externalAddresses'>,
  { config, tokens }: { readonly config: Config; readonly tokens: Pick<TokenServices, 'readers'> },
  signal: AbortSignal,
): Promise<readonly string[]> => {
  if (externalAddresses !== undefined)
    return describeAddresses({ of: 'external address', addresses: externalAddresses });
  const hidden = (why: string): readonly string[] => [`the addresses in the token are not visible: ${why}`];
  const cluster = config.clusters.get(acceptor);
  const lease = cluster && tokens.readers.lease(cluster);
  if (!lease?.ok) return hidden(lease?.error ?? 'not configured');
  try {
    const read = await readAddresses(lease.value.client, signal);
    return read.ok ? describeAddresses(read.value) : hidden(read.error);
  } finally {
    lease.value.release();
  }
};
