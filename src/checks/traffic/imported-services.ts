import type { Peering } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { ImportedService } from '../../snapshot/snapshot';
import { evidence, peeringAt } from '../evidence';
import { failingCheckNames } from '../failing-checks';
import type { PeerUpstream } from '../model';
import { parseServiceName, serviceKey } from '../names';

const keysBy = new WeakMap<Peering, ReadonlySet<string>>();

/**
 * Returns the keys of the services that a peer exports, as its stream reports them; undefined unless the peering
 * is ACTIVE, since one that has ended still shows its last services. Made once for a peering: there may be thousands.
 */
export const importedKeys = (peering: Peering): ReadonlySet<string> | undefined => {
  if (peering.State !== 'ACTIVE') return undefined;
  const keys =
    keysBy.get(peering) ??
    new Set(
      (peering.StreamStatus?.ImportedServices ?? []).map((text) => {
        const { name, namespace } = parseServiceName(text);
        return serviceKey(name, namespace);
      }),
    );
  keysBy.set(peering, keys);
  return keys;
};

/** Returns the names of the services that a peer exports in a namespace. */
export const importedNames = (peering: Peering, namespace: string): readonly string[] =>
  (importedKeys(peering) ? (peering.StreamStatus?.ImportedServices ?? []) : [])
    .map(parseServiceName)
    .filter((service) => service.namespace === namespace)
    .map(({ name }) => name);

/** Finds a service of a peer as sidecars and gateways here get it. */
export const importedOf = (
  { peer, service, target }: Pick<PeerUpstream, 'peer' | 'service' | 'target'>,
  imported: readonly ImportedService[],
): ImportedService | undefined =>
  imported.find(
    (one) =>
      one.peer === peer && serviceKey(one.service, one.namespace) === serviceKey(service, target.namespace),
  );

/** Says why no instance of a service of a peer works; undefined if one does. */
export const deadImport = (
  { instances, passing, failing }: ImportedService,
  label: string,
  peer: string,
): string | undefined => {
  if (passing > 0) return undefined;
  return instances === 0
    ? `${peer} exports it without any instance: ${peer} has no sidecar of ${label}, or no mesh gateway`
    : `${instances === 1 ? `the only instance that ${peer} offers fails` : `all ${instances} instances that ${peer} offers fail`} ${failingCheckNames(failing)}`;
};

/** Shows a service of a peer as sidecars and gateways here get it. */
export const importedEvidence = ({ endpoint, instances, passing, failing }: ImportedService): Evidence =>
  evidence({ endpoint, path: '' }, '', { instances, passing, failing });

/** Maximum values of a list in evidence. */
const maxValues = 20;

/** Returns the stream's list of imported services; of a long list, the one that the finding is about or the first ones. */
export const importsEvidence = (peering: Peering, about?: string): Evidence => {
  const list = peering.StreamStatus?.ImportedServices ?? [];
  const shown =
    list.length <= maxValues
      ? list
      : about !== undefined && list.includes(about)
        ? [about]
        : list.slice(0, maxValues);
  const rest = list.length - shown.length;
  return evidence(peeringAt(peering), 'StreamStatus.ImportedServices', [
    ...shown,
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ]);
};
