import type { ConfigEntry, ConfigEntryKind, ResolvedExport } from '../consul/wire';
import type { Gathering } from './gathering';
import { redactEntry } from './redact';
import { visible, mapSection, hidden, type GatheredResource, sectionOf } from './section';
import type { Entry, Section } from './snapshot';

/**
 * Resources that a token must be allowed to read for each kind (measured on 1.20.1 with tokens that lack one rule at a
 * time). Every token may read `proxy-defaults`, `mesh` and `sameness-group`.
 */
const guards: Readonly<Record<ConfigEntryKind, readonly GatheredResource[]>> = {
  'api-gateway': ['service'],
  'exported-services': ['mesh'],
  'http-route': ['mesh'],
  'ingress-gateway': ['service'],
  mesh: [],
  'proxy-defaults': [],
  'sameness-group': [],
  'service-defaults': ['service'],
  'service-intentions': ['service'],
  'service-resolver': ['service'],
  'service-router': ['service'],
  'service-splitter': ['service'],
  'tcp-route': ['mesh'],
  'terminating-gateway': ['service'],
};

/** Reads the config entries of one kind, and withholds values that may be secret. */
export const readEntries = async <K extends ConfigEntryKind>(
  { reads }: Pick<Gathering, 'reads'>,
  kind: K,
): Promise<Section<readonly Entry<ConfigEntry<K>>[]>> => {
  const answer = await reads.ask((client, call) => client.configEntries(kind, call));
  // A version that does not know the kind has no entries of it.
  if (!answer.ok && answer.error.cause === 'kind-unknown') return visible([]);
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  return mapSection(sectionOf(answer, guards[kind]), (entries) =>
    entries.map((row, index) => {
      const { value, withheld } = redactEntry(row);
      return { entry: value, at: { endpoint, path: `[${index}]` }, withheld };
    }),
  );
};

/** Reads the exported services with wildcards resolved. The answer is complete or 403 (measured on 1.20.1). */
export const readResolvedExports = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<readonly ResolvedExport[]>> => {
  const answer = await reads.ask((client, call) => client.exportedServices(call));
  if (!answer.ok && answer.error.kind === 'not-found') {
    const { endpoint } = answer.error;
    return hidden({ kind: 'unsupported', endpoint, message: `${endpoint} came with Consul 1.17.3` });
  }
  return sectionOf(answer, ['mesh']);
};
