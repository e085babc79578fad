import type { Remediation } from '../../report/report';
import { isCritical, isSyntheticNode } from '../../snapshot/health';
import { withheldValue } from '../../consul/shapes';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { registrationRemediation } from './registration';
import { commonParts, gatewayMode, nonEmpty } from './definition';
import { jqProgram } from './difference';
import { type Data, type DataObject, hcl } from './hcl';
import { changeRegistration, type RegistrationRef } from './live-registration';
import { command, shellRemediation } from './shell';
import { startEnvoyCommand } from './start-envoy';
import { helmValues } from './settings';

/** Registers, changes and restarts mesh gateways. */

/** The port that Consul's documentation and its Helm chart give mesh gateways. */
const usualPort = 8443;

/** The health check of `consul connect envoy -gateway=mesh -register`: Envoy listens. */
const listening = (address: string, port: number): DataObject => ({
  name: 'Mesh Gateway Listening',
  tcp: `${address.includes(':') ? `[${address}]` : address || '127.0.0.1'}:${port}`,
  interval: '10s',
});

/** Differences from the gateway as it is registered. */
interface GatewayChange {
  /** Options to add to `Proxy.Config`. */
  readonly config?: Readonly<Record<string, Data>>;
  /** Adds the health check that Envoy listens. */
  readonly check?: boolean;
}

/** Tells whether an agent manages the node: it adds a health check, and metadata that may be empty. */
const hasAgent = ({ Node, Checks }: GatewayInstance): boolean =>
  'consul-network-segment' in Node.Meta || Checks.some(({ CheckID }) => CheckID === 'serfHealth');

/** Keeps the values that the snapshot holds. */
const knownValues = (values: Readonly<Record<string, unknown>> | undefined): DataObject =>
  Object.fromEntries(
    Object.entries(values ?? {}).filter(([, value]) => !JSON.stringify(value).includes(withheldValue)),
  ) as DataObject;

const definition = (
  { Service }: GatewayInstance,
  { config = {}, check = false }: GatewayChange,
): DataObject & { readonly name: string } => ({
  kind: 'mesh-gateway',
  id: Service.ID,
  name: Service.Service,
  partition: Service.Partition,
  ...commonParts({ ...Service, Meta: knownValues(Service.Meta) as Record<string, string> }),
  proxy: nonEmpty({
    ...nonEmpty({ config: nonEmpty({ ...knownValues(Service.Proxy?.Config), ...config }) }),
    ...nonEmpty({ mesh_gateway: gatewayMode(Service.Proxy?.MeshGateway) }),
  }),
  checks: check ? [listening(Service.Address, Service.Port)] : undefined,
});

/** Registers a gateway with the agent of its node: as it is in the catalog, with a change. */
export const registerGatewayRemediation = (
  gateway: GatewayInstance,
  change: GatewayChange = {},
): readonly Remediation[] => {
  const hidden = gateway.withheld ?? [];
  const rest = hidden.length > 0 ? `; add the values that are not shown here (${hidden.join(', ')})` : '';
  return registrationRemediation(
    `Register it with the agent of its node${rest}`,
    definition(gateway, change),
    gateway.Node.Node,
  );
};

/**
 * Registers a gateway again as it is, with a change; where the snapshot does not hold all of it, a command changes
 * the live registration instead. None for a gateway of Consul dataplane: Kubernetes would undo it.
 */
export const changeGatewayRemediation = (
  title: string,
  gateway: GatewayInstance,
  change: GatewayChange,
): readonly Remediation[] => {
  if (isSyntheticNode(gateway.Node)) return [];
  // Without an agent, the health checks of a service are never run.
  if (change.check && !hasAgent(gateway)) return registerGatewayRemediation(gateway, change);
  const { Service, Node, withheld = [] } = gateway;
  if (withheld.length === 0 && hasAgent(gateway)) {
    return registrationRemediation(title, definition(gateway, change), Node.Node);
  }
  const options = Object.entries(change.config ?? {});
  const checks = change.check ? [listening(Service.Address, Service.Port)] : undefined;
  const registered: RegistrationRef = {
    id: Service.ID,
    node: Node.Node,
    partition: Service.Partition,
    managedBy: hasAgent(gateway) ? 'agent' : 'catalog',
  };
  return [
    {
      title: `${title}: the part of its definition to change; keep the rest of it`,
      language: 'hcl',
      code: hcl({ proxy: nonEmpty({ ...nonEmpty({ config: nonEmpty(change.config) }) }), checks }),
    },
    ...changeRegistration(
      title,
      registered,
      jqProgram([
        ...options.map(([key, value]) => ({ path: ['Proxy', 'Config', key], value })),
        ...(checks ? [{ path: ['Checks'], value: checks }] : []),
      ]),
    ),
  ];
};

/** Starts the Envoy of a gateway that is registered, by its id: an agent may have several of one name. */
const startEnvoy = ({ Service, Node }: GatewayInstance): readonly Remediation[] =>
  shellRemediation(`Start the Envoy of ${Service.ID} (on node ${Node.Node})`, startEnvoyCommand(Service.ID));

/**
 * Registers a gateway with another WAN address, and starts its Envoy. Which address peers can reach is not known
 * here, so it comes from a variable.
 */
export const wanAddressRemediation = ({ Node, Service }: GatewayInstance): readonly Remediation[] => {
  const kubernetes = helmValues(
    'On Kubernetes: Helm values that advertise the address of the load balancer',
    {
      meshGateway: { wanAddress: { source: 'Service' } },
    },
  );
  if (isSyntheticNode(Node)) return [kubernetes];
  const host = Service.Address || Node.Address;
  const own = `${host.includes(':') ? `[${host}]` : host}:${Service.Port}`;
  const gateway = ['-gateway', 'mesh', '-register', '-service', Service.Service, '-proxy-id', Service.ID];
  const line = command(['consul', 'connect', 'envoy', ...gateway, '-address', own]);
  return [
    ...shellRemediation(
      `Set GATEWAY_WAN_ADDRESS to a host:port that peers can reach, register the gateway with it and restart its Envoy (on node ${Node.Node})`,
      line && `${line.trimEnd()} -wan-address "$GATEWAY_WAN_ADDRESS"\n`,
    ),
    kubernetes,
  ];
};

/** Lists the agents that have failed or left. */
export const deadAgentRemediation = shellRemediation(
  'See which agents have failed or left, then start the agent of that node',
  command(['consul', 'members', '-status', 'failed|left']),
);

/** Built-in health checks of Consul, which name the cause better than a missing Envoy (`agent/structs`, 1.20). */
const builtInCheckRemediation = (
  CheckID: string,
  { Service, Node }: GatewayInstance,
): readonly Remediation[] | undefined => {
  const end = (what: string, ...service: readonly string[]) =>
    shellRemediation(
      `End the maintenance of ${what}, if the work is done (on node ${Node.Node})`,
      command(['consul', 'maint', '-disable', ...service]),
    );
  if (CheckID === '_node_maintenance') return end(`node ${Node.Node}`);
  if (CheckID.startsWith('_service_maintenance:')) return end(Service.ID, '-service', Service.ID);
  return CheckID === 'serfHealth' ? deadAgentRemediation : undefined;
};

/** Makes a registered gateway healthy. */
export const reviveGatewayRemediation = (gateway: GatewayInstance): readonly Remediation[] => {
  if (isSyntheticNode(gateway.Node)) {
    return shellRemediation(
      'On Kubernetes: see why the pods of mesh gateways are not ready',
      command(['kubectl', 'describe', 'pods', '--all-namespaces', '--selector', 'component=mesh-gateway']),
    );
  }
  const failing = gateway.Checks.filter(isCritical);
  const known = failing.flatMap(({ CheckID }) => builtInCheckRemediation(CheckID, gateway) ?? []);
  return known.length > 0 ? known : startEnvoy(gateway);
};

/** Registers a first mesh gateway with the agent of its node, and starts its Envoy. */
export const newGatewayRemediation = (partition?: string): readonly Remediation[] => {
  const name = 'mesh-gateway';
  return [
    ...registrationRemediation(
      'On the node where the mesh gateway will run',
      {
        kind: 'mesh-gateway',
        name,
        partition,
        port: usualPort,
        proxy: { config: { connect_timeout_ms: 5000 } },
        checks: [listening('', usualPort)],
      },
      '',
      ['consul', 'connect', 'envoy', '-proxy-id', name],
    ),
    helmValues('On Kubernetes: Helm values that run a mesh gateway', { meshGateway: { enabled: true } }),
  ];
};
