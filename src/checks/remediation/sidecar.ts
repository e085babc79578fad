import type { Upstream } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { withheldValue } from '../../consul/shapes';
import type { SidecarInstance } from '../../snapshot/snapshot';
import { registrationRemediation } from './registration';
import type { RegisteredSidecar } from '../model';
import { upstreamAnnotation } from './annotation';
import { commonParts, gatewayMode, nonEmpty } from './definition';
import { differences, jqProgram } from './difference';
import { type DataObject, hcl } from './hcl';
import { toData } from './entry-data';
import { changeRegistration } from './live-registration';

export interface SidecarRemediation {
  /** The effect of the change, naming things: `Call api at west`. */
  readonly title: string;
  /** As it was registered; `shown` is its proxy as the agent shows it, if that differs. */
  readonly sidecar: SidecarInstance & Partial<Pick<RegisteredSidecar, 'shown'>>;
  /** All new upstreams, in the order of the registration. */
  readonly upstreams: readonly Upstream[];
  /** The new mesh gateway mode of the proxy itself, if that changes. */
  readonly mode?: string | undefined;
  readonly enterprise: boolean;
}

/** Keeps the options whose values the snapshot holds. */
const knownOptions = (config: Readonly<Record<string, unknown>>): DataObject | undefined =>
  nonEmpty(
    Object.fromEntries(
      Object.entries(config).filter(([, value]) => !JSON.stringify(value).includes(withheldValue)),
    ) as DataObject,
  );

/** Writes an upstream as definition files spell it. */
const upstreamData = (upstream: Upstream): DataObject => ({
  destination_type:
    upstream.DestinationType === 'service' ? undefined : upstream.DestinationType || undefined,
  destination_name: upstream.DestinationName || undefined,
  destination_peer: upstream.DestinationPeer || undefined,
  destination_namespace: upstream.DestinationNamespace || undefined,
  destination_partition: upstream.DestinationPartition || undefined,
  datacenter: upstream.Datacenter || undefined,
  local_bind_address: upstream.LocalBindAddress || undefined,
  local_bind_port: upstream.LocalBindPort || undefined,
  local_bind_socket_path: upstream.LocalBindSocketPath || undefined,
  local_bind_socket_mode: upstream.LocalBindSocketMode || undefined,
  config: knownOptions(upstream.Config),
  mesh_gateway: gatewayMode(upstream.MeshGateway),
});

/** Consul adds `*` itself where a proxy is transparent, and refuses it in a definition. */
const defined = (upstreams: readonly Upstream[]): readonly Upstream[] =>
  upstreams.filter((upstream) => upstream.DestinationName !== '*');

const definition = (
  { sidecar, upstreams, mode }: SidecarRemediation,
  registration: NonNullable<SidecarInstance['registration']>,
): DataObject & { readonly name: string } => {
  const { proxy } = sidecar;
  const port = proxy.TransparentProxy?.OutboundListenerPort || undefined;
  const direct = proxy.TransparentProxy?.DialedDirectly || undefined;
  return {
    kind: 'connect-proxy',
    id: sidecar.id,
    name: sidecar.service,
    partition: sidecar.partition,
    namespace: sidecar.namespace,
    ...commonParts(registration),
    proxy: {
      destination_service_name: proxy.DestinationServiceName,
      destination_service_id: proxy.DestinationServiceID || undefined,
      local_service_address: proxy.LocalServiceAddress || undefined,
      local_service_port: proxy.LocalServicePort || undefined,
      local_service_socket_path: proxy.LocalServiceSocketPath || undefined,
      mode: proxy.Mode || undefined,
      transparent_proxy: nonEmpty({
        ...(port && { outbound_listener_port: port }),
        ...(direct && { dialed_directly: direct }),
      }),
      config: nonEmpty(proxy.Config) as DataObject | undefined,
      mesh_gateway: gatewayMode(mode === undefined ? proxy.MeshGateway : { Mode: mode }),
      upstreams: upstreams.map(upstreamData),
    },
  };
};

/** Returns the registration, if the snapshot holds all of it. */
const wholeRegistration = ({
  proxy,
  registration,
  withheld = [],
}: SidecarInstance): SidecarInstance['registration'] => {
  const unread =
    proxy.Expose?.Checks ||
    proxy.Expose?.Paths.length ||
    proxy.AccessLogs?.Enabled ||
    proxy.EnvoyExtensions?.length;
  return unread || withheld.length > 0 ? undefined : registration;
};

/**
 * Changes the upstreams of a sidecar: its whole definition, the command that registers it with the agent of its
 * node, and the annotation for Kubernetes. If the snapshot does not hold the whole registration, or no agent
 * manages it, a command changes the live registration instead.
 */
export const sidecarRemediation = (remediation: SidecarRemediation): readonly Remediation[] => {
  const { title, sidecar, mode, enterprise } = remediation;
  const upstreams = defined(remediation.upstreams);
  // No annotation sets a proxy's mesh gateway mode.
  const kubernetes =
    mode === undefined
      ? upstreamAnnotation(
          `${title}: on Kubernetes, in the workload of ${sidecar.proxy.DestinationServiceName}`,
          upstreams,
          enterprise,
        )
      : [];
  if (sidecar.managedBy === 'dataplane' && kubernetes.length > 0) return kubernetes;
  const registration = wholeRegistration(sidecar);
  if (registration && sidecar.managedBy !== 'catalog') {
    return [
      ...registrationRemediation(
        title,
        definition({ ...remediation, upstreams }, registration),
        sidecar.node,
      ),
      ...kubernetes,
    ];
  }
  // The agent shows values of central configuration; writing them back would make them permanent.
  const after = { ...sidecar.proxy, Upstreams: upstreams, ...(mode && { MeshGateway: { Mode: mode } }) };
  const changes = differences(toData(sidecar.shown ?? sidecar.proxy), toData(after), ['Proxy']);
  return [
    {
      title: `${title}: the part of the definition of ${sidecar.service} to change; keep the rest of it`,
      language: 'hcl',
      code: hcl({
        proxy: {
          mesh_gateway: mode === undefined ? undefined : { mode },
          upstreams: upstreams.map(upstreamData),
        },
      }),
    },
    ...changeRegistration(title, sidecar, jqProgram(changes)),
    ...kubernetes,
  ];
};
