import type { Peering, ResolvedExport } from '../consul/wire';

/** Differences between two lists of services that should be the same. */
export interface ServiceDifferences {
  /** In the first list alone. */
  readonly missing: readonly string[];
  /** In the second list alone. */
  readonly surplus: readonly string[];
}

/** Writes a service as `namespace/name`; streams report `name`, `namespace/name` or `partition/namespace/name`. */
const serviceOf = (text: string): string => {
  const [name = '', namespace = 'default'] = text.split('/').toReversed();
  return `${namespace}/${name}`;
};

/** Compares two lists of services in the form of streams. */
export const compareServices = (first: readonly string[], second: readonly string[]): ServiceDifferences => {
  const [one, other] = [first, second].map((list) => new Map(list.map((text) => [serviceOf(text), text])));
  const alone = (from: typeof one, without: typeof one): readonly string[] =>
    [...(from ?? [])].filter(([key]) => !without?.has(key)).map(([, text]) => text);
  return { missing: alone(one, other), surplus: alone(other, one) };
};

/** The services that are declared for a peer, in the form of streams. */
export const declaredFor = (peer: string, rows: readonly ResolvedExport[]): readonly string[] =>
  rows
    .filter(({ Consumers }) => Consumers.Peers.includes(peer))
    .map(({ Service, Namespace }) => (Namespace ? `${Namespace}/${Service}` : Service));

/** The services that a stream reports as exported. */
export const streamedTo = ({ StreamStatus }: Peering): readonly string[] =>
  StreamStatus?.ExportedServices ?? [];

/** The services that a stream reports as imported. */
export const streamedFrom = ({ StreamStatus }: Peering): readonly string[] =>
  StreamStatus?.ImportedServices ?? [];

export const isSame = ({ missing, surplus }: ServiceDifferences): boolean =>
  missing.length === 0 && surplus.length === 0;
