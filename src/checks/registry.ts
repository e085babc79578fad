import { aclBotToken } from './acls/acl-bot-token';
import { aclGatewayMeshWrite } from './acls/acl-gateway-mesh-write';
import { aclGatewayNodeRead } from './acls/acl-gateway-node-read';
import { aclGatewayPeeringRead } from './acls/acl-gateway-peering-read';
import { aclGatewayServiceRead } from './acls/acl-gateway-service-read';
import { aclGatewayServiceWrite } from './acls/acl-gateway-service-write';
import { aclLeastPrivilege } from './acls/acl-least-privilege';
import { aclSidecarServiceRead } from './acls/acl-sidecar-service-read';
import { aclTokenExpiry } from './acls/acl-token-expiry';
import { clusterLeader } from './consul/cluster-leader';
import { consulKnownIssues } from './consul/consul-known-issues';
import { consulVersion } from './consul/consul-version';
import { envoyProxies } from './consul/envoy-proxies';
import { grpcTlsPort } from './consul/grpc-tls-port';
import { localAgent } from './consul/local-agent';
import { meshEnabled } from './consul/mesh-enabled';
import { peeringEnabled } from './consul/peering-enabled';
import { primaryDatacenter } from './consul/primary-datacenter';
import type { AnyCheck } from './define';
import { exportedServicesDefined } from './exported-services/exported-services-defined';
import { exportedServicesExist } from './exported-services/exported-services-exist';
import { exportedServicesInMesh } from './exported-services/exported-services-in-mesh';
import { exportedServicesPeerKnown } from './exported-services/exported-services-peer-known';
import { exportedServicesReplicated } from './exported-services/exported-services-replicated';
import { exportedServicesReserved } from './exported-services/exported-services-reserved';
import { intentionsAllowPeer } from './exported-services/intentions-allow-peer';
import { meshGatewayHealthy } from './mesh-gateways/mesh-gateway-healthy';
import { meshGatewayLocalConfig } from './mesh-gateways/mesh-gateway-local-config';
import { meshGatewayLocalRegistered } from './mesh-gateways/mesh-gateway-local-registered';
import { meshGatewayMode } from './mesh-gateways/mesh-gateway-mode';
import { meshGatewayPartition } from './mesh-gateways/mesh-gateway-partition';
import { meshGatewayRegistered } from './mesh-gateways/mesh-gateway-registered';
import { meshGatewayWanAddress } from './mesh-gateways/mesh-gateway-wan-address';
import { peerThroughMeshGateways } from './mesh-gateways/peer-through-mesh-gateways';
import { peeringActive } from './peerings/peering-active';
import { peeringCaExpiry } from './peerings/peering-ca-expiry';
import { peeringHeartbeat } from './peerings/peering-heartbeat';
import { peeringPending } from './peerings/peering-pending';
import { peeringServerAddresses } from './peerings/peering-server-addresses';
import { peeringTwoSided } from './peerings/peering-two-sided';
import { failoverTargets } from './sidecars/failover-targets';
import { gatewayRoutes } from './sidecars/gateway-routes';
import { upstreamDestinationName } from './sidecars/upstream-destination-name';
import { upstreamDestinationNamespace } from './sidecars/upstream-destination-namespace';
import { upstreamDestinationPeer } from './sidecars/upstream-destination-peer';
import { upstreamImported } from './sidecars/upstream-imported';
import { upstreamPreparedQuery } from './sidecars/upstream-prepared-query';

/**
 * All checks by group, within a group in the order of reports and of docs/requirements.md. There is no automatic loading: a
 * check that is not listed here does not run, and a test compares the list with the files.
 */
export const registry: readonly AnyCheck[] = [
  consulVersion,
  localAgent,
  envoyProxies,
  clusterLeader,
  peeringEnabled,
  meshEnabled,
  grpcTlsPort,
  primaryDatacenter,
  consulKnownIssues,

  meshGatewayRegistered,
  meshGatewayPartition,
  meshGatewayMode,
  meshGatewayLocalRegistered,
  meshGatewayLocalConfig,
  meshGatewayHealthy,
  meshGatewayWanAddress,
  peerThroughMeshGateways,

  upstreamDestinationName,
  upstreamDestinationPeer,
  upstreamDestinationNamespace,
  upstreamImported,
  upstreamPreparedQuery,
  gatewayRoutes,
  failoverTargets,

  exportedServicesDefined,
  exportedServicesPeerKnown,
  exportedServicesReserved,
  exportedServicesExist,
  exportedServicesInMesh,
  exportedServicesReplicated,
  intentionsAllowPeer,

  peeringActive,
  peeringPending,
  peeringHeartbeat,
  peeringCaExpiry,
  peeringServerAddresses,
  peeringTwoSided,

  aclGatewayServiceWrite,
  aclGatewayServiceRead,
  aclGatewayMeshWrite,
  aclGatewayNodeRead,
  aclGatewayPeeringRead,
  aclSidecarServiceRead,
  aclTokenExpiry,
  aclLeastPrivilege,
  aclBotToken,
];
