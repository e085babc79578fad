import { criticalCheckNamesOfSidecar, isOwnCheck, isSyntheticNode, isUnready } from './health';
import type { Instance } from './instances';
import type { SidecarInstance } from './snapshot';

/**
 * Returns who registered an instance. An agent gives its node a check and metadata (`consul-network-segment`, empty in
 * Consul CE); Consul dataplane marks the nodes that it registers.
 */
const managerOf = ({ Node, Checks = [] }: Instance): NonNullable<SidecarInstance['managedBy']> => {
  if (isSyntheticNode(Node)) return 'dataplane';
  const isAgent =
    'consul-network-segment' in Node.Meta || Checks.some(({ CheckID }) => CheckID === 'serfHealth');
  return isAgent ? 'agent' : 'catalog';
};

/** Returns an instance as a sidecar, or undefined if it is none. */
export const toSidecar = (instance: Instance): SidecarInstance | undefined => {
  const { at, Node, Service, Checks, critical = Checks, withheld } = instance;
  const { Proxy, Tags, Address, TaggedAddresses, Meta, Port, SocketPath, EnableTagOverride, Weights } =
    Service;
  if (Service.Kind !== 'connect-proxy' || !Proxy) return undefined;
  return {
    at,
    node: Node.Node,
    id: Service.ID,
    service: Service.Service,
    partition: Service.Partition,
    namespace: Service.Namespace,
    proxy: Proxy,
    registration: {
      Tags,
      Address,
      TaggedAddresses,
      Meta,
      Port,
      SocketPath,
      EnableTagOverride,
      Weights,
    },
    withheld,
    managedBy: managerOf(instance),
    failing: critical && criticalCheckNamesOfSidecar(critical),
    unchecked: (Checks && !Checks.some(isOwnCheck)) || undefined,
    unready: critical?.some(isUnready) || undefined,
  };
};
