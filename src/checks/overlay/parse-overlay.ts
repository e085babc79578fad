import { type ConfigEntryKind, configEntries } from '../../consul/wire';
import { findNearestName } from '../../find-nearest-name';
import { failure, type Result, success } from '../../result';
import { kubernetesKinds, kubernetesSpec } from './kubernetes-entry';
import { type FileProblem, type Located, parseHclFile, parseYaml } from './located';
import { overlayChangeLabel, type Overlay, type OverlayChange } from './overlay-change';
import { lineAt, type OverlayData, toOverlayData } from './overlay-data';
import { instancesOf } from './service-definition';
import { omitUndefined } from '../../omit-undefined';

/** A file of an overlay; `-` is standard input. */
export interface OverlayFile {
  readonly name: string;
  readonly text: string;
}

/** Bytes of a file from which it is refused. */
const maxFileLength = 4_000_000;

/** Kinds of Consul that no check reads. */
const unreadKinds = new Set([
  'bound-api-gateway',
  'control-plane-request-limit',
  'file-system-certificate',
  'inline-certificate',
  'jwt-provider',
]);

/** Kinds of services that no config entry has. */
const serviceKinds = new Set(['mesh-gateway', 'connect-proxy']);

/** Kinds of services and of config entries. */
const gatewayKinds = new Set(['api-gateway', 'ingress-gateway', 'terminating-gateway']);

/** Fields that a registration has, and the config entry of a gateway has not. */
const registrationFields = [
  'ID',
  'Address',
  'Port',
  'Proxy',
  'TaggedAddresses',
  'Check',
  'Checks',
  'SocketPath',
];

const isRegistration = (value: OverlayData['value']): boolean =>
  registrationFields.some((field) => Object.hasOwn(value, field));

const isKind = (kind: string): kind is ConfigEntryKind => Object.hasOwn(configEntries, kind);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const nameOf = (kind: string, data: OverlayData): string =>
  kind === 'mesh' ? 'mesh' : text(data.value['Name']) || (kind === 'proxy-defaults' ? 'global' : '');

/** Reads a config entry whose fields are in Consul's spelling. */
const entryChange = (file: string, data: OverlayData): Result<OverlayChange | string, FileProblem> => {
  const kind = text(data.value['Kind']);
  if (unreadKinds.has(kind)) return success(`${kind} ${text(data.value['Name'])}`.trim());
  if (!isKind(kind)) {
    const meant = findNearestName(kind, [...Object.keys(configEntries), ...unreadKinds]);
    return failure({
      line: lineAt(data, ['Kind']),
      message: `expected a kind of config entry, got ${JSON.stringify(kind.slice(0, 60))}${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    });
  }
  const name = nameOf(kind, data);
  if (name === '') return failure({ line: data.line, message: `expected ${kind} to have a Name` });
  const parsed = configEntries[kind].safeParse({
    ...data.value,
    ...omitUndefined({ Name: kind === 'mesh' ? undefined : name }),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path ?? [];
    return failure({
      line: lineAt(data, path),
      message: `${kind}: ${path.map(String).join('.') || 'the entry'}: ${issue?.message ?? 'not as expected'}`,
    });
  }
  return success({
    type: 'write',
    kind,
    name,
    entry: parsed.data,
    at: { file, line: data.line },
  });
};

const fieldIn = (root: Located & { readonly kind: 'map' }, name: string): Located | undefined =>
  root.fields.find(({ key }) => key.toLowerCase() === name)?.value;

const textIn = (root: Located & { readonly kind: 'map' }, name: string): string => {
  const found = fieldIn(root, name);
  return found?.kind === 'leaf' ? text(found.value) : '';
};

/** Returns the changes of one document, or the names of documents that no check reads. */
const documentChanges = (
  file: string,
  root: Located,
): Result<readonly (OverlayChange | string)[], FileProblem> => {
  if (root.kind === 'list') {
    const found = root.items.map((item) => documentChanges(file, item));
    const wrong = found.find((one) => !one.ok);
    return wrong ?? success(found.flatMap((one) => (one.ok ? one.value : [])));
  }
  if (root.kind === 'leaf')
    return failure({
      line: root.line,
      message: 'expected a config entry, a service definition or a manifest',
    });
  const kind = textIn(root, 'kind');
  if (fieldIn(root, 'apiversion') !== undefined) {
    const items = fieldIn(root, 'items');
    if (kind === 'List' && items !== undefined) return documentChanges(file, items);
    const spec = kubernetesSpec(root);
    if (spec === undefined) return success([`${kind} ${textIn(root, 'name')}`.trim()]);
    if (!spec.ok) return spec;
    const data = toOverlayData(spec.value);
    if (!data.ok) return data;
    const change = entryChange(file, data.value);
    return change.ok ? success([change.value]) : change;
  }
  const data = toOverlayData(root);
  if (!data.ok) return data;
  const { Service, Services } = data.value.value;
  if (kind !== '' && (isKind(kind) || unreadKinds.has(kind) || Service === undefined)) {
    if (serviceKinds.has(kind) || (gatewayKinds.has(kind) && isRegistration(data.value.value)))
      return registrations(file, data.value, [], root.line);
    if (kubernetesKinds.includes(kind)) {
      return failure({
        line: root.line,
        message: `expected apiVersion: consul.hashicorp.com/v1alpha1 with kind ${kind}`,
      });
    }
    const change = entryChange(file, data.value);
    return change.ok ? success([change.value]) : change;
  }
  if (Service !== undefined) return registrations(file, data.value, ['Service'], root.line);
  if (Array.isArray(Services)) {
    const found = Services.map((_, index) => registrations(file, data.value, ['Services', index], root.line));
    const wrong = found.find((one) => !one.ok);
    return wrong ?? success(found.flatMap((one) => (one.ok ? one.value : [])));
  }
  if (text(data.value.value['Name']) !== '') return registrations(file, data.value, [], root.line);
  return failure({ line: root.line, message: 'expected a Kind, a service definition or an apiVersion' });
};

const registrations = (
  file: string,
  data: OverlayData,
  path: readonly (string | number)[],
  line: number,
): Result<readonly OverlayChange[], FileProblem> => {
  const definition = path.reduce<unknown>(
    (value, step) => (value as Readonly<Record<string | number, unknown>>)[step],
    data.value,
  );
  const definitions = Array.isArray(definition) ? definition : [definition];
  const found = definitions.map((one) => instancesOf(one, data, path));
  const wrong = found.find((one) => !one.ok);
  if (wrong) return wrong;
  return success(
    found.flatMap((one) =>
      one.ok
        ? one.value.map((instance) => ({ type: 'register', ...instance, at: { file, line } }) as const)
        : [],
    ),
  );
};

/** YAML by its name, or by its look on standard input; JSON is read as YAML; all else is HCL. */
const parseFile = ({ name, text }: OverlayFile): Result<readonly Located[], FileProblem> => {
  if (text.length > maxFileLength) return failure({ line: 1, message: 'expected a file of at most 4 MB' });
  const isYaml = /\.ya?ml$/i.test(name) || /^\s*[{[]/.test(text) || /^(?:---|apiVersion:)/mu.test(text);
  return isYaml ? parseYaml(text) : parseHclFile(text);
};

const keyOf = (change: OverlayChange): string =>
  change.type === 'register' ? `service ${change.service.ID}` : `${change.kind}/${change.name.toLowerCase()}`;

/** Reads the files of an overlay. The error is one line for people: file, line, and what was expected there. */
export const parseOverlay = (files: readonly OverlayFile[]): Result<Overlay> => {
  const changes: OverlayChange[] = [];
  const ignored: string[] = [];
  const problemIn = (file: string, { line, message }: FileProblem) => failure(`${file}:${line}: ${message}`);
  for (const file of files) {
    const documents = parseFile(file);
    if (!documents.ok) return problemIn(file.name, documents.error);
    for (const document of documents.value) {
      const found = documentChanges(file.name, document);
      if (!found.ok) return problemIn(file.name, found.error);
      for (const one of found.value) {
        if (typeof one === 'string') ignored.push(one);
        else changes.push(one);
      }
    }
  }
  const first = new Map<string, OverlayChange>();
  for (const change of changes) {
    const known = first.get(keyOf(change));
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify({ ...change, at: known.at })) {
      const { file, line } = known.at;
      return problemIn(change.at.file, {
        line: change.at.line,
        message: `expected ${overlayChangeLabel(change)} once; ${file}:${line} has another one`,
      });
    }
    first.set(keyOf(change), change);
  }
  return changes.length === 0
    ? failure(
        `${files.map(({ name }) => name).join(', ')}: expected a config entry, a service definition or a manifest of consul.hashicorp.com${ignored.length > 0 ? `, got ${ignored.slice(0, 3).join(', ')}` : ''}`,
      )
    : success({ changes: [...first.values()], ignored });
};

/** Reads `KIND/NAME` of an entry that an overlay deletes. */
export const parseDeletion = (given: string): Result<OverlayChange> => {
  const [kind = '', name = kind === 'mesh' ? 'mesh' : ''] = given.split('/');
  if (!isKind(kind) || name === '') {
    const meant = findNearestName(kind, Object.keys(configEntries));
    return failure(
      `expected KIND/NAME of a config entry, such as exported-services/default, got ${JSON.stringify(given.slice(0, 80))}${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    );
  }
  return success({ type: 'delete', kind, name, at: { file: '--without', line: 1 } });
};
