import { failure, type Result, success } from '../../result';
import type { FileProblem, Located, LocatedField } from './located';

/** Custom resources of consul-k8s (`consul.hashicorp.com/v1alpha1`) and the config entries that they make. */
const kinds: Readonly<Record<string, string>> = {
  ExportedServices: 'exported-services',
  IngressGateway: 'ingress-gateway',
  Mesh: 'mesh',
  ProxyDefaults: 'proxy-defaults',
  SamenessGroup: 'sameness-group',
  ServiceDefaults: 'service-defaults',
  ServiceIntentions: 'service-intentions',
  ServiceResolver: 'service-resolver',
  ServiceRouter: 'service-router',
  ServiceSplitter: 'service-splitter',
  TerminatingGateway: 'terminating-gateway',
};

export const kubernetesKinds: readonly string[] = Object.keys(kinds);

type LocatedMap = Located & { readonly kind: 'map' };

const fieldOf = (node: Located | undefined, name: string): Located | undefined =>
  node?.kind === 'map' ? node.fields.find(({ key }) => key === name)?.value : undefined;

const textOf = (node: Located | undefined): string =>
  node?.kind === 'leaf' && typeof node.value === 'string' ? node.value : '';

/**
 * Returns the config entry that a manifest makes, or undefined where it makes none. A `ServiceIntentions` is named
 * after its destination, and every other entry after the manifest.
 */
export const kubernetesSpec = (root: LocatedMap): Result<LocatedMap, FileProblem> | undefined => {
  const version = textOf(fieldOf(root, 'apiVersion'));
  const kind = kinds[textOf(fieldOf(root, 'kind'))];
  if (!version.startsWith('consul.hashicorp.com/') || kind === undefined) return undefined;
  const spec = fieldOf(root, 'spec');
  const { line } = root;
  if (spec?.kind !== 'map') {
    // A Mesh without settings is valid.
    if (kind !== 'mesh') return failure({ line, message: `expected ${kind} to have a spec` });
  }
  const fields = spec?.kind === 'map' ? spec.fields : [];
  const destination = fieldOf(spec, 'destination');
  const isIntentions = kind === 'service-intentions';
  const named = isIntentions ? fieldOf(destination, 'name') : fieldOf(fieldOf(root, 'metadata'), 'name');
  const name = textOf(named);
  if (name === '') {
    return failure({
      line: destination?.line ?? line,
      message: `expected ${isIntentions ? 'spec.destination.name' : 'metadata.name'}`,
    });
  }
  const leaf = (key: string, value: string): LocatedField => ({
    key,
    line,
    value: { kind: 'leaf', value, line: named?.line ?? line },
  });
  return success({
    kind: 'map',
    line,
    fields: [
      leaf('Kind', kind),
      ...(kind === 'mesh' ? [] : [leaf('Name', name)]),
      ...fields.filter(({ key }) => !(isIntentions && key === 'destination')),
    ],
  });
};
