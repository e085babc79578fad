import type { Peering } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import { evidence, peeringAt } from '../evidence';
import { parseServiceName, serviceKey } from '../names';

/**
 * What a peer offers, as its stream reports it. Only of an ACTIVE peering: one that has ended goes on showing
 * what it offered last.
 */
export const importsOf = (peering: Peering): ReadonlySet<string> | undefined =>
  peering.State === 'ACTIVE'
    ? new Set(
        (peering.StreamStatus?.ImportedServices ?? []).map((text) => {
          const { name, namespace } = parseServiceName(text);
          return serviceKey(name, namespace);
        }),
      )
    : undefined;

/** The names of what a peer offers in a namespace. */
export const importedNames = (peering: Peering, namespace: string): readonly string[] =>
  (importsOf(peering) ? (peering.StreamStatus?.ImportedServices ?? []) : [])
    .map(parseServiceName)
    .filter((service) => service.namespace === namespace)
    .map(({ name }) => name);

/** At most this many values of a list are shown as evidence. */
const most = 20;

/** The stream's list of imported services; of a long list, those that the finding is about or its first ones. */
export const importsEvidence = (peering: Peering, about?: string): Evidence => {
  const list = peering.StreamStatus?.ImportedServices ?? [];
  const shown =
    list.length <= most ? list : about !== undefined && list.includes(about) ? [about] : list.slice(0, most);
  const rest = list.length - shown.length;
  return evidence(peeringAt(peering), 'StreamStatus.ImportedServices', [
    ...shown,
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ]);
};
