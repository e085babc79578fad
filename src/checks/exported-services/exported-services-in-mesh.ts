import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Section, ExportedServiceHealth } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleExportedHealth } from '../examples/parts';
import { endMaintenanceRemediation, failingCheckNames, failingRemediation } from '../failing-checks';
import type { Inputs } from '../inputs';
import { spec } from '../links';
import type { Export, RemoteUpstream } from '../model';
import { serviceKey, serviceLabel } from '../names';
import { yaml } from '../remediation/kubernetes';
import { registrationRemediation } from '../remediation/registration';
import { command, shellRemediation } from '../remediation/shell';
import { startEnvoyCommand } from '../remediation/start-envoy';
import { serviceSubject } from '../subjects';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { exportsView } from '../views/exports';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { remoteUpstreamsView } from '../views/remote-upstreams';
import { consumersByService, exportedByName, type NamedExport } from './named-exports';
import { openProxyConfiguration } from './proxy-configuration';

/** The first port that Consul gives to sidecars. */
const sidecarPort = 21_000;

/** Gives a service a sidecar. */
const newSidecarRemediation = ({ service, namespace, health }: NamedExport): readonly Remediation[] => {
  const sample = health?.sample;
  const definition = {
    kind: 'connect-proxy',
    name: `${service}-sidecar-proxy`,
    namespace: namespace === 'default' ? undefined : namespace,
    port: sidecarPort,
    proxy: {
      destination_service_name: service,
      destination_service_id: sample?.id ?? service,
      local_service_address: '127.0.0.1',
      local_service_port: sample?.port || undefined,
    },
  };
  return [
    ...registrationRemediation(`Give ${service} a sidecar`, definition, sample?.node ?? ''),
    ...shellRemediation(
      `Then start its Envoy${sample ? ` (on node ${sample.node})` : ''}`,
      startEnvoyCommand(`${service}-sidecar-proxy`, { namespace }),
    ),
    {
      title: `On Kubernetes, in the workload of ${service}: inject a sidecar`,
      language: 'yaml',
      code: yaml({
        spec: {
          template: {
            metadata: { annotations: { 'consul.hashicorp.com/connect-inject': 'true' } },
          },
        },
      }),
    },
  ];
};

/** Maximum names shown of a longer list. */
const maxNames = 5;

type Down = NonNullable<ExportedServiceHealth['downInMesh']>;

/** Ends the maintenance of a sidecar that is down, or starts its Envoy, unless Consul dataplane manages it. */
const downRemediation = (down: Down, namespace: string): readonly Remediation[] => {
  const { kind, service, id, node, synthetic, maintenance = [] } = down;
  const start =
    maintenance.length === 0 && kind === 'connect-proxy' && !synthetic
      ? shellRemediation(
          `If its Envoy is not running: start it (on node ${node})`,
          startEnvoyCommand(id, { namespace }),
        )
      : [];
  return [
    ...endMaintenanceRemediation(maintenance, namespace),
    ...start,
    ...failingRemediation(service, namespace),
  ];
};

/**
 * Returns the first mesh instance of a service whose mesh instances are all down: Consul gives peers nothing that
 * has a critical check. A service that fails itself is reported by `exported-services-exist`.
 */
const downInMesh = ({ health }: NamedExport): Down | undefined =>
  health && health.passing > 0 ? health.downInMesh : undefined;

const downFinding = (
  { service, namespace, rows, health }: NamedExport,
  first: Down,
  user: RemoteUpstream | undefined,
): Draft => {
  const label = serviceLabel(service, namespace);
  const count = health?.inMesh ?? 1;
  const failing = failingCheckNames(first.failing);
  const instance = `${first.service} on ${first.node}`;
  const why =
    count === 1
      ? `its only mesh instance, ${instance}, fails ${failing}`
      : `all ${count} of its mesh instances fail a health check; ${instance} fails ${failing}`;
  return {
    severity: user ? 'error' : 'warning',
    subject: serviceSubject(service, namespace),
    message: `${label} is exported, but no peer can reach it: ${why}${user ? `; ${user.proxy} in ${user.cluster} calls it` : ''}`,
    evidence: [
      evidence(rows[0].at, 'Name', service),
      evidence({ endpoint: health?.endpoint ?? '', path: '[0]' }, 'Checks', first.failing),
      ...(user ? [upstreamEvidence(user)] : []),
    ],
    remediation: downRemediation(first, namespace),
  };
};

/**
 * Mentions services that a wildcard exports without a sidecar of the usual name. It is information at most: the
 * sidecar may have another name, and such services are often not meant for the mesh.
 */
const wildcardFindings = (
  exports: readonly Export[],
  resolved: Section<Inputs['resolvedExports']>,
  names: Section<Inputs['serviceNames']>,
  reachable: (key: string) => boolean,
): readonly Draft[] => {
  const [wildcard] = exports.filter((row) => row.wildcard && row.consumers.length > 0);
  if (!wildcard || resolved.visibility !== 'visible' || names.visibility !== 'visible') return [];
  const byName = new Set(exports.map(({ service, namespace }) => serviceKey(service, namespace)));
  const registered = new Set(names.value.map(({ name, namespace }) => serviceKey(name, namespace)));
  const outside = resolved.value
    .filter(({ Service, Namespace, Consumers }) => {
      const key = serviceKey(Service, Namespace);
      const sidecar = serviceKey(`${Service}-sidecar-proxy`, Namespace);
      return Consumers.Peers.length > 0 && !byName.has(key) && !reachable(key) && !registered.has(sidecar);
    })
    .map(({ Service, Namespace }) => serviceLabel(Service, Namespace));
  if (outside.length === 0) return [];
  const shown = outside.slice(0, maxNames).join(', ');
  const count = outside.length > maxNames ? `${outside.length} services, including ${shown}` : shown;
  return [
    {
      severity: 'info',
      subject: { kind: 'exported-services', name: `${wildcard.entry.entry.Name}: *` },
      message: `the wildcard * also exports ${count} without a sidecar of the usual name (NAME-sidecar-proxy)`,
      evidence: [
        evidence(wildcard.at, 'Name', '*'),
        evidence({ endpoint: '/v1/exported-services', path: '' }, '[*].Service', outside.slice(0, maxNames)),
      ],
      remediation: [],
    },
  ];
};

/** Returns the terminating gateway of each service behind one. Of equal services, an entry that names it counts. */
const terminatedNames = (
  gateways: Inputs['terminatingGateways'],
  links: Section<Inputs['wildcardLinks']>,
): ReadonlyMap<string, string> =>
  new Map([
    ...rowsOf(links).flatMap(({ gateway, services }) =>
      services.map(({ name, namespace }) => [serviceKey(name, namespace), gateway] as const),
    ),
    ...gateways.flatMap(({ entry }) =>
      entry.Services.map(
        ({ Name, Namespace }) => [serviceKey(Name, Namespace || entry.Namespace), entry.Name] as const,
      ),
    ),
  ]);

/** Tells that a wildcard links services that are not known. */
const hasUnknownLinks = (
  gateways: Inputs['terminatingGateways'],
  links: Section<Inputs['wildcardLinks']>,
): boolean =>
  links.visibility !== 'visible' &&
  gateways.some(({ entry }) => entry.Services.some(({ Name }) => Name === '*'));

/** Registers an instance of a terminating gateway and runs its Envoy. */
const startTerminatingGateway = (gateway: string): readonly Remediation[] =>
  shellRemediation(
    `Register and start an instance of ${gateway}, with its ACL token; without the token it can reach no service`,
    command(['consul', 'connect', 'envoy', '-gateway', 'terminating', '-register', '-service', gateway]),
  );

export const exportedServicesInMesh = defineCheck({
  id: 'exported-services-in-mesh',
  group: 'exported-services',
  title: 'Every service exported by name can be reached through the mesh',
  failureTitle: 'A service exported by name cannot be reached through the mesh',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('exported-service-requirements'), since: '1.14.0' },
  rationale:
    'Peers reach a service through its sidecars, its native instances, or a running terminating gateway, registered under exactly the exported name. Without one of these, only DNS lookups work: routers, splitters and resolvers serve nothing themselves. Where an escape hatch or an Envoy extension decides what its proxies do with calls, it is unknown. Requests fail where a timeout of a few milliseconds ends them.',
  inputs: [exportsView, 'exportedHealth', hasPeeringsView, 'terminatingGateways', 'cluster'],
  partial: [exportsView, 'exportedHealth'],
  optional: [
    remoteUpstreamsView,
    'resolvedExports',
    'serviceNames',
    'wildcardLinks',
    'exportedChains',
    'serviceDefaults',
    'proxyDefaults',
    'serviceRouters',
    'serviceResolvers',
  ],
  examples: { pass: {}, fail: { exportedHealth: [exampleExportedHealth({ inMesh: 0 })] } },
  evaluate(values) {
    const { exports, exportedHealth, hasPeerings, remoteUpstreams } = values;
    if (!hasPeerings) return skip(noPeerings);
    const { terminatingGateways, wildcardLinks } = values;
    const behindGateway = terminatedNames(terminatingGateways, wildcardLinks);
    const members = hasUnknownLinks(terminatingGateways, wildcardLinks)
      ? []
      : wildcardFindings(exports, values.resolvedExports, values.serviceNames, (key) =>
          behindGateway.has(key),
        );
    const named = exportedByName(exports, exportedHealth);
    const proxies = openProxyConfiguration(values);
    const reason = proxies.customReason(named, exports);
    if (named.length === 0) {
      if (reason !== undefined) return unknown(reason, members);
      return members.length > 0 ? members : skip('no service is exported by name');
    }
    const userOf = consumersByService(rowsOf(remoteUpstreams));
    const unread: NamedExport[] = [];
    const found = named.flatMap((one): readonly Draft[] => {
      const { service, namespace, rows, health } = one;
      const key = serviceKey(service, namespace);
      const user = userOf(service, namespace);
      if (!health) unread.push(one);
      const first = downInMesh(one);
      if (first) return [downFinding(one, first, user)];
      if (!health || health.inMesh + health.native > 0) return proxies.timeoutFindings(one);
      // A name without any instance is reported by exported-services-exist, unless a peer calls it.
      if (health.instances === 0 && !user) return [];
      const label = serviceLabel(service, namespace);
      const gateway = behindGateway.get(key);
      const without = gateway
        ? `no instance of the terminating gateway ${gateway} is registered`
        : 'nothing of that name is registered in the mesh (sidecar, native instance or terminating gateway), and a router, splitter or resolver serves nothing itself';
      const caller = user ? `, and ${user.proxy} in ${user.cluster} calls it` : '';
      return [
        {
          severity: user ? 'error' : 'warning',
          subject: serviceSubject(service, namespace),
          message: `${label} is exported, but peers cannot reach it through the mesh: ${without}${caller}`,
          evidence: [
            evidence(rows[0].at, 'Name', service),
            evidence({ endpoint: health.endpoint, path: '' }, '', []),
            ...(user ? [upstreamEvidence(user)] : []),
          ],
          remediation: gateway ? startTerminatingGateway(gateway) : newSidecarRemediation(one),
        },
      ];
    });
    const findings = [...found, ...members];
    const [first] = unread;
    if (first) {
      const label = serviceLabel(first.service, first.namespace);
      return unknown(`the instances of ${label} were not read`, findings);
    }
    return reason === undefined ? findings : unknown(reason, findings);
  },
});
