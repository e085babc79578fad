import { formatAddress } from './format-address';
import type { GatewayInstance } from './snapshot';

type Gateway = Pick<GatewayInstance, 'Node' | 'Service'>;

/**
 * Finds the address that Consul hands to peers for a mesh gateway: the WAN address of the service, its own, the WAN
 * address of the node, the node's own (`agent/proxycfg` and `structs.CheckServiceNode.BestAddress` of 1.20).
 */
export const addressForPeers = ({
  Node,
  Service,
}: Gateway): {
  readonly host: string;
  readonly port: number;
  /** Path of the host below the row. */
  readonly path: string;
} => {
  const wan = Service.TaggedAddresses['wan'];
  const { Port: port } = wan?.Address ? wan : Service;
  if (wan?.Address) return { host: wan.Address, port, path: 'Service.TaggedAddresses.wan.Address' };
  if (Service.Address) return { host: Service.Address, port, path: 'Service.Address' };
  const nodeWan = Node.TaggedAddresses['wan'];
  return nodeWan
    ? { host: nodeWan, port, path: 'Node.TaggedAddresses.wan' }
    : { host: Node.Address, port, path: 'Node.Address' };
};

/** Writes the address that Consul hands to peers for a mesh gateway as `host:port`. */
export const formatAddressForPeers = (gateway: Gateway): string => {
  const { host, port } = addressForPeers(gateway);
  return formatAddress(host, port);
};
