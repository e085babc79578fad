import type { Remediation } from '../report/report';
import type { GatewayInstance } from '../snapshot/snapshot';
import { registrationRemedy } from './registration';
import type { Data, DataObject } from './remediation/hcl';
import { command, shellRemedy } from './remediation/shell';
import { helmValues } from './settings';

/** How mesh gateways are registered, for the checks that find one missing or lacking something. */

/** The port that Consul's documentation and its Helm chart give mesh gateways. */
const usualPort = 8443;

/** What `consul connect envoy -gateway=mesh -register` checks: that Envoy listens. */
const listening = (address: string, port: number): DataObject => ({
  name: 'Mesh Gateway Listening',
  tcp: `${address.includes(':') ? `[${address}]` : address || '127.0.0.1'}:${port}`,
  interval: '10s',
});

const addresses = (gateway: GatewayInstance): DataObject =>
  Object.fromEntries(
    Object.entries(gateway.Service.TaggedAddresses).map(([tag, { Address, Port }]) => [
      tag,
      { address: Address, port: Port },
    ]),
  );

const isEmpty = (data: object): boolean => Object.keys(data).length === 0;

/** What differs from the gateway as it is registered. */
export interface GatewayChange {
  /** Options to add to `Proxy.Config`. */
  readonly config?: Readonly<Record<string, Data>>;
  /** Add the check that Envoy listens. */
  readonly check?: boolean;
}

/** Whether Consul dataplane runs it, on a node that stands for a pod's host and has no agent of its own. */
export const isSynthetic = ({ Node }: Pick<GatewayInstance, 'Node'>): boolean =>
  Node.Meta['synthetic-node'] === 'true';

/**
 * Registers a gateway again as it is, with a change. What it has already is kept. None for a gateway of Consul
 * dataplane: there is no agent to register it with, and Kubernetes would undo it.
 */
export const registerGatewayRemedy = (
  title: string,
  gateway: GatewayInstance,
  { config = {}, check = false }: GatewayChange = {},
): readonly Remediation[] => {
  if (isSynthetic(gateway)) return [];
  const { Service, Node } = gateway;
  const options = { ...(Service.Proxy?.Config as DataObject | undefined), ...config };
  const tagged = addresses(gateway);
  return registrationRemedy(
    title,
    {
      kind: 'mesh-gateway',
      id: Service.ID,
      name: Service.Service,
      partition: Service.Partition,
      address: Service.Address || undefined,
      port: Service.Port,
      meta: isEmpty(Service.Meta) ? undefined : Service.Meta,
      tagged_addresses: isEmpty(tagged) ? undefined : tagged,
      proxy: isEmpty(options) ? undefined : { config: options },
      checks: check ? [listening(Service.Address, Service.Port)] : undefined,
    },
    Node.Node,
  );
};

/** Starts the Envoy of a gateway that is registered. */
const startEnvoy = (gateway: string, node: string): readonly Remediation[] =>
  shellRemedy(
    `Start the gateway's Envoy${node ? ` (on node ${node})` : ''}`,
    command(['consul', 'connect', 'envoy', '-gateway', 'mesh', '-service', gateway]),
  );

/** What to do about a gateway that is registered and not healthy. */
export const reviveGatewayRemedy = (gateway: GatewayInstance): readonly Remediation[] =>
  isSynthetic(gateway)
    ? shellRemedy(
        'On Kubernetes: see what keeps the pods of mesh gateways from being ready',
        command(['kubectl', 'describe', 'pods', '--all-namespaces', '--selector', 'component=mesh-gateway']),
      )
    : startEnvoy(gateway.Service.Service, gateway.Node.Node);

/** What to paste where there is no mesh gateway at all. */
export const newGatewayRemedy = (partition?: string): readonly Remediation[] => {
  const name = 'mesh-gateway';
  return [
    ...registrationRemedy(
      'Register a mesh gateway',
      {
        kind: 'mesh-gateway',
        name,
        partition,
        port: usualPort,
        proxy: { config: { connect_timeout_ms: 5000 } },
        checks: [listening('', usualPort)],
      },
      '',
    ),
    ...startEnvoy(name, ''),
    helmValues('On Kubernetes: Helm values that run a mesh gateway', { meshGateway: { enabled: true } }),
  ];
};
