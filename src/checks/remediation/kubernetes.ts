import { Document, isScalar, visit } from 'yaml';
import { type EntryData, entryName, isDataObject } from './entry-data';
import type { Data, DataObject } from './hcl';
import { unprintable, wellFormedJson } from './text';

/** Writes the custom resources of Consul on Kubernetes (`consul.hashicorp.com/v1alpha1`). */

/** Kind of the config entry → kind of the resource, and the fields that its `spec` knows (consul-k8s `api/v1alpha1`). */
const resources: Readonly<Record<string, { readonly kind: string; readonly fields: readonly string[] }>> = {
  'exported-services': { kind: 'ExportedServices', fields: ['Services'] },
  mesh: {
    kind: 'Mesh',
    fields: [
      'TransparentProxy',
      'AllowEnablingPermissiveMutualTLS',
      'TLS',
      'HTTP',
      'Peering',
      'ValidateClusters',
    ],
  },
  'proxy-defaults': {
    kind: 'ProxyDefaults',
    fields: [
      'AccessLogs',
      'Config',
      'EnvoyExtensions',
      'Expose',
      'FailoverPolicy',
      'MeshGateway',
      'Mode',
      'MutualTLSMode',
      'PrioritizeByLocality',
      'TransparentProxy',
    ],
  },
  'service-defaults': {
    kind: 'ServiceDefaults',
    fields: [
      'BalanceInboundConnections',
      'Destination',
      'EnvoyExtensions',
      'Expose',
      'ExternalSNI',
      'LocalConnectTimeoutMs',
      'LocalRequestTimeoutMs',
      'MaxInboundConnections',
      'MeshGateway',
      'Mode',
      'MutualTLSMode',
      'Protocol',
      'RateLimits',
      'TransparentProxy',
      'UpstreamConfig',
    ],
  },
  'service-intentions': { kind: 'ServiceIntentions', fields: ['JWT', 'Sources'] },
  'service-resolver': {
    kind: 'ServiceResolver',
    fields: [
      'ConnectTimeout',
      'DefaultSubset',
      'Failover',
      'LoadBalancer',
      'PrioritizeByLocality',
      'Redirect',
      'RequestTimeout',
      'Subsets',
    ],
  },
};

/** Maps whose keys are the user's own and stay as they are; of the first three the values do too. */
const verbatim: ReadonlySet<string> = new Set(['Config', 'Arguments', 'Meta']);
const userKeys: ReadonlySet<string> = new Set(['Add', 'Failover', 'Set', 'Subsets']);

/** Consul sets these itself on what it read from a service-intentions entry; the resource does not know them. */
const derived: ReadonlySet<string> = new Set(['Precedence', 'Type', 'LegacyID', 'LegacyMeta']);

/** `MeshGateway` → `meshGateway`, `TLSMinVersion` → `tlsMinVersion`, `JWT` → `jwt`. */
const camel = (name: string): string =>
  name.replace(/^(?:[A-Z]+$|[A-Z]+(?=[A-Z][a-z])|[A-Z])/u, (start) => start.toLowerCase());

const spec = (value: Data, kind: string): Data => {
  if (Array.isArray(value)) return value.map((item) => spec(item, kind));
  if (!isDataObject(value)) return value;
  const members = Object.entries(value).filter(
    ([key]) => !(kind === 'service-intentions' && derived.has(key)),
  );
  return Object.fromEntries(
    members.map(([key, member]) => {
      if (verbatim.has(key)) return [camel(key), member];
      if (userKeys.has(key) && isDataObject(member)) {
        const kept = Object.entries(member).map(([own, inner]) => [own, spec(inner, kind)]);
        return [camel(key), Object.fromEntries(kept)];
      }
      return [camel(key), spec(member, kind)];
    }),
  );
};

/** RFC 1123 subdomain, as Kubernetes requires for the names of custom resources. */
const nameRule = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/u;

/** Tells whether a Consul name can also be the name of a Kubernetes resource. */
const isKubernetesName = (name: string): boolean => name.length <= 253 && nameRule.test(name);

/** Words that YAML 1.1, which Kubernetes reads, does not read as text. */
const ambiguous = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/iu;

const hidden = new RegExp(unprintable, 'gu');

/** The escape of a character in double quotes. */
const yamlEscape = (char: string): string => {
  const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
  if (hex.length > 4) return `\\U${hex.padStart(8, '0')}`;
  return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
};

/** A key in quotes at the beginning of a line, behind the dashes of a list. */
const quotedKey = /^( *(?:- )*)("(?:[^"\\]|\\.)*"):(?= |$)/u;

/** YAML reads a key before its colon only up to 1024 characters (YAML 1.2, 7.4.2); a longer one needs a `?`. */
const explicitKey = (line: string): string => {
  const [head, start = '', key = ''] = quotedKey.exec(line) ?? [];
  if (head === undefined || key.length <= 1000) return line;
  return `${start}? ${key}\n${start.replaceAll('-', ' ')}:${line.slice(head.length)}`;
};

/**
 * Writes YAML with every string quoted that is not a plain word, so that all YAML versions read it alike, and with escapes
 * for what readers would miss.
 */
export const yaml = (data: DataObject): string => {
  const document = new Document(JSON.parse(wellFormedJson(data)));
  visit(document, {
    Scalar: (_, node) => {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      const plain = /^[A-Za-z][A-Za-z0-9./-]*$/u.test(node.value) && !ambiguous.test(node.value);
      node.type = plain ? 'PLAIN' : 'QUOTE_DOUBLE';
    },
  });
  // On one line: spread over several, a line of a single space is read back as a backslash (yaml 2).
  const text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Infinity });
  // Only strings in quotes have any of these, except the newlines between lines.
  const escaped = text.replace(hidden, (char) => (char === '\n' ? char : yamlEscape(char)));
  return escaped.split('\n').map(explicitKey).join('\n');
};

/** Fields that a resource does not repeat in its `spec`; its `Meta` belongs to the controller. */
const aside: ReadonlySet<string> = new Set(['Kind', 'Name', 'Partition', 'Namespace', 'Meta']);

/**
 * Writes the custom resource for a config entry, given as `entryData` writes it. Undefined where there is none
 * that could be applied: a kind or a field that has no resource, a name that Kubernetes refuses, or a Consul namespace,
 * whose Kubernetes namespace is not known here.
 */
export const customResource = (entry: EntryData): string | undefined => {
  const resource = resources[entry.Kind];
  const name = entryName(entry);
  if (!resource || !isKubernetesName(name)) return undefined;
  if (entry.Namespace !== undefined && entry.Namespace !== 'default') return undefined;
  const fields = Object.entries(entry).filter(([field]) => !aside.has(field));
  if (fields.some(([field]) => !resource.fields.includes(field))) return undefined;
  const destination = entry.Kind === 'service-intentions' ? { destination: { name } } : {};
  return yaml({
    apiVersion: 'consul.hashicorp.com/v1alpha1',
    kind: resource.kind,
    metadata: { name },
    spec: { ...destination, ...(spec(Object.fromEntries(fields), entry.Kind) as DataObject) },
  });
};
