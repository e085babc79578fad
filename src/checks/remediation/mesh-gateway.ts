import type { Remediation } from '../../report/report';
import { isCritical, isSynthetic } from '../../snapshot/health';
import { type GatewayInstance, withheldValue } from '../../snapshot/snapshot';
import { registrationRemediation } from './registration';
import { commonParts, gatewayMode, some } from './definition';
import { jqProgram } from './difference';
import { type Data, type DataObject, hcl } from './hcl';
import { changeRegistration, type Registered } from './live-registration';
import { command, shellRemediation } from './shell';
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

/** What differs from the gateway as it is registered. */
interface GatewayChange {
  /** Options to add to `Proxy.Config`. */
  readonly config?: Readonly<Record<string, Data>>;
  /** Add the check that Envoy listens. */
  readonly check?: boolean;
}

/** An agent gives its node a check of its own, and metadata that is there even where it is empty. */
const hasAgent = ({ Node, Checks }: GatewayInstance): boolean =>
  'consul-network-segment' in Node.Meta || Checks.some(({ CheckID }) => CheckID === 'serfHealth');

/** Values that the snapshot holds. */
const shown = (values: Readonly<Record<string, unknown>> | undefined): DataObject =>
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
  ...commonParts({ ...Service, Meta: shown(Service.Meta) as Record<string, string> }),
  proxy: some({
    ...some({ config: some({ ...shown(Service.Proxy?.Config), ...config }) }),
    ...some({ mesh_gateway: gatewayMode(Service.Proxy?.MeshGateway) }),
  }),
  checks: check ? [listening(Service.Address, Service.Port)] : undefined,
});

/** A gateway with the agent of its node: what is in the catalog now, with a change. */
export const registerGatewayRemediation = (
  gateway: GatewayInstance,
  change: GatewayChange = {},
): readonly Remediation[] => {
  const hidden = gateway.withheld ?? [];
  const rest = hidden.length > 0 ? `, with what is not shown here added (${hidden.join(', ')})` : '';
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
  if (isSynthetic(gateway.Node)) return [];
  // The checks of a service that no agent has would never be run.
  if (change.check && !hasAgent(gateway)) return registerGatewayRemediation(gateway, change);
  const { Service, Node, withheld = [] } = gateway;
  if (withheld.length === 0 && hasAgent(gateway)) {
    return registrationRemediation(title, definition(gateway, change), Node.Node);
  }
  const options = Object.entries(change.config ?? {});
  const checks = change.check ? [listening(Service.Address, Service.Port)] : undefined;
  const registered: Registered = {
    id: Service.ID,
    node: Node.Node,
    ...(Service.Partition === undefined ? {} : { partition: Service.Partition }),
    managedBy: hasAgent(gateway) ? 'agent' : 'catalog',
  };
  return [
    {
      title: `${title}: the part of its definition to change; keep the rest of it`,
      language: 'hcl',
      code: hcl({ proxy: some({ ...some({ config: some(change.config) }) }), checks }),
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

/** Starts the Envoy of a gateway that is registered. */
const startEnvoy = (gateway: string, node: string): readonly Remediation[] =>
  shellRemediation(
    `Start the gateway's Envoy${node ? ` (on node ${node})` : ''}`,
    command(['consul', 'connect', 'envoy', '-gateway', 'mesh', '-service', gateway]),
  );

/** See which agents are gone. */
export const deadAgentRemediation = shellRemediation(
  'See which agents are gone, then start the agent of that node again',
  command(['consul', 'members', '-status', 'failed|left']),
);

/** Checks that Consul has of its own, which say why better than that Envoy is down (`agent/structs`, 1.20). */
const forCheck = (
  CheckID: string,
  { Service, Node }: GatewayInstance,
): readonly Remediation[] | undefined => {
  const end = (what: string, ...service: readonly string[]) =>
    shellRemediation(
      `End the maintenance of ${what}, if its work is done (on node ${Node.Node})`,
      command(['consul', 'maint', '-disable', ...service]),
    );
  if (CheckID === '_node_maintenance') return end(`node ${Node.Node}`);
  if (CheckID.startsWith('_service_maintenance:')) return end(Service.ID, '-service', Service.ID);
  return CheckID === 'serfHealth' ? deadAgentRemediation : undefined;
};

/** What to do about a gateway that is registered and not healthy. */
export const reviveGatewayRemediation = (gateway: GatewayInstance): readonly Remediation[] => {
  if (isSynthetic(gateway.Node)) {
    return shellRemediation(
      'On Kubernetes: see what keeps the pods of mesh gateways from being ready',
      command(['kubectl', 'describe', 'pods', '--all-namespaces', '--selector', 'component=mesh-gateway']),
    );
  }
  const failing = gateway.Checks.filter(isCritical);
  const told = failing.flatMap(({ CheckID }) => forCheck(CheckID, gateway) ?? []);
  const { Service, Node } = gateway;
  return told.length > 0 ? told : startEnvoy(Service.Service, Node.Node);
};

/** What to paste where there is no mesh gateway at all. */
export const newGatewayRemediation = (partition?: string): readonly Remediation[] => {
  const name = 'mesh-gateway';
  return [
    ...registrationRemediation(
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
