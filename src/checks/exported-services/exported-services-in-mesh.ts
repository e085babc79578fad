import type { Remediation } from '../../report/report';
import type { Section, ServiceSeen } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleExport, exampleServiceSeen } from '../examples';
import { failingRemedy, failingWords } from '../failing';
import { spec } from '../links';
import { serviceKey, serviceLabel } from '../names';
import { noPeering } from '../no-peering';
import { registrationRemedy } from '../registration';
import { yaml } from '../remediation/kubernetes';
import { command, shellRemedy } from '../remediation/shell';
import { serviceSubject } from '../subjects';
import type { Views } from '../views';
import type { Export } from '../views/exports';
import { bentNames, exportedByName, type NamedExport } from './by-name';

/** The first port that Consul gives to sidecars. */
const sidecarPort = 21_000;

/** Gives a service a sidecar. */
const sidecarRemedies = ({ service, namespace, seen }: NamedExport): readonly Remediation[] => {
  const sample = seen?.sample;
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
    ...registrationRemedy(`Give ${service} a sidecar`, definition, sample?.node ?? ''),
    ...shellRemedy(
      `Then start its Envoy${sample ? ` (on node ${sample.node})` : ''}`,
      command(['consul', 'connect', 'envoy', '-proxy-id', `${service}-sidecar-proxy`]),
    ),
    {
      title: `On Kubernetes, in the workload of ${service}: have a sidecar injected`,
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

/** Names that are shown of a longer list. */
const mostNames = 5;

type Down = NonNullable<ServiceSeen['downInMesh']>;

/** Starts the Envoy of what is down, unless something else starts it. */
const downRemedies = ({ kind, service, id, node, synthetic }: Down): readonly Remediation[] => [
  ...failingRemedy(service),
  ...(kind === 'connect-proxy' && !synthetic
    ? shellRemedy(
        `Where its Envoy is gone: start it (on node ${node})`,
        command(['consul', 'connect', 'envoy', '-proxy-id', id]),
      )
    : []),
];

/** Peers are handed nothing that has a critical check. Where the service itself fails, `exported-services-exist` says so. */
const isDown = ({ seen }: NamedExport): Down | undefined =>
  seen && seen.passing > 0 ? seen.downInMesh : undefined;

const down = ({ service, namespace, rows, seen }: NamedExport, first: Down): Draft => {
  const label = serviceLabel(service, namespace);
  const count = seen?.inMesh ?? 1;
  const failing = failingWords(first.failing);
  const which = `${first.service} on ${first.node}`;
  const why =
    count === 1
      ? `${which}, which alone stands for it in the mesh, fails ${failing}`
      : `all ${count} that stand for it in the mesh fail, ${which} by ${failing}`;
  return {
    severity: 'warning',
    subject: serviceSubject(service, namespace),
    message: `${label} is exported, and no peer reaches it: ${why}`,
    evidence: [
      evidence(rows[0].at, 'Name', service),
      evidence({ endpoint: seen?.endpoint ?? '', path: '[0]' }, 'Checks', first.failing),
    ],
    remediation: downRemedies(first),
  };
};

/**
 * What wildcards export of services without a sidecar under its usual name. They are worth knowing at most: the
 * sidecar may have another name, and such services are often not meant for the mesh.
 */
const wildcardMembers = (
  exports: readonly Export[],
  resolved: Section<Views['resolvedExports']>,
  names: Section<Views['serviceNames']>,
  reachable: (key: string) => boolean,
): readonly Draft[] => {
  const [wildcard] = exports.filter((row) => row.wildcard && row.consumers.length > 0);
  if (!wildcard || resolved.seen !== 'all' || names.seen !== 'all') return [];
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
  const shown = outside.slice(0, mostNames).join(', ');
  const count = outside.length > mostNames ? `${outside.length} services, among them ${shown}` : shown;
  return [
    {
      severity: 'info',
      subject: { kind: 'exported-services', name: `${wildcard.entry.entry.Name}: *` },
      message: `* also exports ${count}, for which no sidecar of the usual name is registered`,
      evidence: [
        evidence(wildcard.at, 'Name', '*'),
        evidence({ endpoint: '/v1/exported-services', path: '' }, '[*].Service', outside.slice(0, mostNames)),
      ],
      remediation: [],
    },
  ];
};

/** Names that terminating gateways lead to. */
const terminated = (gateways: Views['terminatingGateways']): ReadonlySet<string> =>
  new Set(
    gateways.flatMap(({ entry }) =>
      entry.Services.map(({ Name, Namespace }) => serviceKey(Name, Namespace || entry.Namespace)),
    ),
  );

export const exportedServicesInMesh = defineCheck({
  id: 'exported-services-in-mesh',
  group: 'exported-services',
  title: 'Every service exported by name can be reached through the mesh',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('exported-service-requirements'), since: '1.14.0' },
  rationale:
    'Peers reach a service through its sidecar, a terminating gateway, or what a router, splitter or resolver leads to. Without any of these it can be looked up by DNS only.',
  inputs: [
    'exports',
    'exportedHealth',
    'readiness',
    'serviceResolvers',
    'serviceRouters',
    'serviceSplitters',
    'terminatingGateways',
  ],
  partial: ['exports', 'exportedHealth'],
  optional: ['farUpstreams', 'resolvedExports', 'serviceNames'],
  examples: (() => {
    const members = [{ Service: 'api', Consumers: { Peers: ['west'], Partitions: [] } }];
    const rest = {
      exports: [exampleExport()],
      readiness: false,
      serviceResolvers: [],
      serviceRouters: [],
      serviceSplitters: [],
      terminatingGateways: [],
      farUpstreams: { seen: 'all', value: [] },
      serviceNames: { seen: 'all', value: [{ name: 'api' }, { name: 'api-sidecar-proxy' }] },
    } as const;
    const resolvedExports = { seen: 'all', value: members } as const;
    return {
      pass: { ...rest, resolvedExports, exportedHealth: [exampleServiceSeen()] },
      fail: { ...rest, resolvedExports, exportedHealth: [exampleServiceSeen({ inMesh: 0 })] },
    };
  })(),
  evaluate(views) {
    const { exports, exportedHealth, readiness, farUpstreams } = views;
    if (readiness) return skip(noPeering);
    const bent = bentNames(views);
    const behindGateway = terminated(views.terminatingGateways);
    const reachable = (key: string): boolean => bent.has(key) || behindGateway.has(key);
    const members = wildcardMembers(exports, views.resolvedExports, views.serviceNames, reachable);
    const named = exportedByName(exports, exportedHealth);
    if (named.length === 0) return members.length > 0 ? members : skip('no service is exported by name');
    const users = farUpstreams.seen === 'none' ? [] : farUpstreams.value;
    const unread: NamedExport[] = [];
    const found = named.flatMap((one): readonly Draft[] => {
      const { service, namespace, rows, seen } = one;
      const key = serviceKey(service, namespace);
      if (reachable(key)) return [];
      if (!seen) unread.push(one);
      const first = isDown(one);
      if (first) return [down(one, first)];
      if (!seen || seen.inMesh + seen.native > 0) return [];
      const user = users.find((far) => serviceKey(far.service, far.reach.namespace) === key);
      // A name without any instance is the matter of exported-services-exist, unless somebody calls it.
      if (seen.instances === 0 && !user) return [];
      const label = serviceLabel(service, namespace);
      const caller = user ? `, and ${user.proxy} in ${user.cluster} has an upstream to it` : '';
      return [
        {
          severity: user ? 'error' : 'warning',
          subject: serviceSubject(service, namespace),
          message: `${label} is exported, and nothing makes it reachable through the mesh: no sidecar, native instance, terminating gateway, router, splitter or resolver${caller}`,
          evidence: [
            evidence(rows[0].at, 'Name', service),
            evidence({ endpoint: seen.endpoint, path: '' }, '', []),
            ...(user ? [evidence(user.at, '', user.upstream)] : []),
          ],
          remediation: sidecarRemedies(one),
        },
      ];
    });
    const findings = [...found, ...members];
    const [first] = unread;
    return first
      ? unknown(`the instances of ${serviceLabel(first.service, first.namespace)} were not read`, findings)
      : findings;
  },
});
