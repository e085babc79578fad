import type { Subject } from '../report/report';
import type { GatewayInstance, SidecarInstance } from '../snapshot/snapshot';
import { serviceLabel } from './names';
import type { ResolvedUpstream } from './model';

/** Subjects of findings. Names are stable from run to run and unique in a cluster: mutes and history use them. */

export const clusterSubject = (name: string): Subject => ({ kind: 'cluster', name });

type NamedGateway = Pick<GatewayInstance, 'Service' | 'Node'>;

const gatewayName = ({ Service, Node }: NamedGateway): string => `${Service.Service} on ${Node.Node}`;

/**
 * Names gateway instances by service and node: on Kubernetes a service id is a pod's name, which does not last. Only
 * where several run on one node is the id added.
 */
export const gatewaySubjects = (gateways: readonly NamedGateway[]): ((gateway: NamedGateway) => Subject) => {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const name of gateways.map(gatewayName)) (seen.has(name) ? repeated : seen).add(name);
  return (gateway) => {
    const name = gatewayName(gateway);
    return {
      kind: 'mesh-gateway',
      name: repeated.has(name) ? `${name} (${gateway.Service.ID})` : name,
    };
  };
};

export const sidecarSubject = ({ service }: Pick<SidecarInstance, 'service'>): Subject => ({
  kind: 'sidecar-proxy',
  name: service,
});

/** `web-sidecar-proxy → api`; an upstream without a name is identified by its position. */
export const upstreamSubject = (
  upstream: Pick<ResolvedUpstream, 'proxy' | 'destination' | 'index'>,
): Subject => ({
  kind: 'upstream',
  name: `${upstream.proxy} → ${upstream.destination || `upstream ${upstream.index + 1}`}`,
});

/** Names a config entry by its kind and name: `proxy-defaults` `global`. */
export const entrySubject = ({ Kind, Name }: { readonly Kind: string; readonly Name: string }): Subject => ({
  kind: Kind,
  name: Name,
});

/** Names a peering as this cluster does. */
export const peeringSubject = (name: string): Subject => ({ kind: 'peering', name });

/** Names a service, with its namespace if that is not the default. */
export const serviceSubject = (name: string, namespace?: string): Subject => ({
  kind: 'service',
  name: serviceLabel(name, namespace),
});
