import { AgentService } from '../../consul/wire';
import { failure, type Result, success } from '../../result';
import type { FileProblem } from './located';
import { lineAt, type OverlayData } from './overlay-data';
import { omitUndefined } from '../../omit-undefined';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A block that HCL 1 decodes as a list of one. */
const block = (value: unknown): Fields | undefined => {
  const found: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return isFields(found) ? found : undefined;
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The name that a definition gives its instance; Consul takes the name of the service where there is no id. */
const idOf = (fields: Fields): string => textOf(fields['ID']) ?? textOf(fields['Name']) ?? '';

const proxyOf = (fields: Fields | undefined): Fields => ({
  ...fields,
  MeshGateway: block(fields?.['MeshGateway']) ?? null,
  TransparentProxy: block(fields?.['TransparentProxy']) ?? null,
  Expose: block(fields?.['Expose']) ?? null,
  AccessLogs: block(fields?.['AccessLogs']) ?? null,
  Config: block(fields?.['Config']) ?? {},
});

/** A definition as the catalog shows its instance. The token is dropped: it is a secret. */
const instanceOf = ({
  Token: _,
  Connect,
  Check: __,
  Checks: ___,
  Proxy,
  Weights,
  ...fields
}: Fields): Fields => ({
  ...fields,
  ID: idOf(fields),
  Service: fields['Name'],
  Weights: block(Weights) ?? null,
  Meta: block(fields['Meta']) ?? {},
  TaggedAddresses: block(fields['TaggedAddresses']) ?? {},
  Connect: { Native: block(Connect)?.['Native'] === true },
  ...omitUndefined({ Proxy: fields['Kind'] ? proxyOf(block(Proxy)) : undefined }),
});

/** The sidecar that `connect { sidecar_service {} }` registers beside its service. */
const sidecarOf = (fields: Fields): Fields | undefined => {
  const sidecar = block(block(fields['Connect'])?.['SidecarService']);
  if (sidecar === undefined) return undefined;
  const id = idOf(fields);
  const { Upstreams, ...proxy } = proxyOf(block(sidecar['Proxy']));
  return {
    ...instanceOf({ Port: 21_000, ...sidecar }),
    Kind: 'connect-proxy',
    ID: `${id}-sidecar-proxy`,
    Service: sidecar['Name'] ?? `${String(fields['Name'])}-sidecar-proxy`,
    Proxy: {
      ...proxy,
      Upstreams,
      DestinationServiceName: fields['Name'],
      DestinationServiceID: id,
      LocalServiceAddress: '127.0.0.1',
      LocalServicePort: fields['Port'],
    },
  };
};

/** An instance of a definition. */
interface DefinedInstance {
  readonly service: AgentService;
  readonly isChecked: boolean;
}

const isChecked = ({ Check, Checks }: Fields): boolean =>
  Check !== undefined || (Array.isArray(Checks) && Checks.length > 0);

/**
 * Returns the instances that a service definition registers: the service, and its sidecar.
 *
 * @param path of the definition in the file, such as `Services.0`
 */
export const instancesOf = (
  definition: unknown,
  data: OverlayData,
  path: readonly PropertyKey[],
): Result<readonly DefinedInstance[], FileProblem> => {
  const fields = block(definition);
  const line = lineAt(data, path);
  if (fields === undefined) return failure({ line, message: 'expected a service definition' });
  if (typeof fields['Name'] !== 'string' || fields['Name'] === '') {
    return failure({ line, message: 'expected a service definition with a name' });
  }
  const found: DefinedInstance[] = [];
  // An agent checks the sidecar of a definition itself, where the definition says nothing.
  for (const [instance, checked] of [
    [instanceOf(fields), isChecked(fields)],
    [sidecarOf(fields), true],
  ] as const) {
    if (instance === undefined) continue;
    const parsed = AgentService.safeParse(instance);
    if (parsed.success) {
      found.push({ service: parsed.data, isChecked: checked });
      continue;
    }
    const [issue] = parsed.error.issues;
    return failure({
      line: lineAt(data, [...path, ...(issue?.path ?? [])]),
      message: `${(issue?.path ?? []).map(String).join('.')}: ${issue?.message ?? 'not a service definition'}`,
    });
  }
  return success(found);
};
