import type { Upstream } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { yaml } from './kubernetes';

/** The annotation of a pod that lists the upstreams of its sidecar. */
const annotation = 'consul.hashicorp.com/connect-service-upstreams';

/** Dots, colons and commas separate the parts of an upstream, so no name in it can hold one. */
const part = (name: string): boolean => /^[A-Za-z0-9_-]+$/u.test(name);

const isSet = (value: object | null | undefined): boolean =>
  Object.values(value ?? {}).some((member) => member !== '' && member !== undefined);

/**
 * Writes one upstream in the labelled form of consul-k8s (`processLabeledUpstream` of its endpoints controller):
 * `name.svc[.namespace.ns][.peer.peer|.partition.ap|.datacenter.dc]:port`. With namespaces (Enterprise) the
 * namespace cannot be left out before a peer. Undefined where the annotation cannot express the upstream.
 */
const labelled = (upstream: Upstream, enterprise: boolean): string | undefined => {
  const { DestinationName: name, LocalBindPort: port } = upstream;
  if (!port || !part(name) || isSet(upstream.MeshGateway) || isSet(upstream.Config)) return undefined;
  if (upstream.LocalBindAddress && upstream.LocalBindAddress !== '127.0.0.1') return undefined;
  if (upstream.DestinationType === 'prepared_query') return `prepared_query:${name}:${port}`;
  const annotations: readonly (readonly [string, string])[] = [
    [upstream.DestinationPeer, 'peer'],
    [upstream.DestinationPartition, 'ap'],
    [upstream.Datacenter, 'dc'],
  ];
  const [annotation, another] = annotations.filter(
    ([value, label]) => value && (enterprise || label !== 'ap'),
  );
  const namespace = upstream.DestinationNamespace || (annotation ? 'default' : '');
  const labels = [
    ...(enterprise && namespace ? [namespace, 'ns'] : []),
    ...(annotation ? [annotation[0], annotation[1]] : []),
  ];
  return another || !labels.every(part) ? undefined : `${[name, 'svc', ...labels].join('.')}:${port}`;
};

/** Writes the pod template of a Kubernetes workload with these upstreams; nothing where the annotation cannot express them. */
export const upstreamAnnotation = (
  title: string,
  upstreams: readonly Upstream[],
  enterprise: boolean,
): readonly Remediation[] => {
  const items = upstreams.map((upstream) => labelled(upstream, enterprise));
  if (items.includes(undefined)) return [];
  const code = yaml({ spec: { template: { metadata: { annotations: { [annotation]: items.join(',') } } } } });
  return [{ title, language: 'yaml', code }];
};
