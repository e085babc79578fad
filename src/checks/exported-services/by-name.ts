import type { ServiceSeen } from '../../snapshot/snapshot';
import { exactKey, serviceKey } from '../names';
import type { Views } from '../views';
import type { Export } from '../views/exports';

/** A service that is exported by its name, to whomever, with what was seen of it. */
export interface NamedExport {
  readonly service: string;
  readonly namespace: string;
  /** Where it is exported; the first one is as good as any. */
  readonly rows: readonly [Export, ...Export[]];
  readonly seen: ServiceSeen | undefined;
}

/** Services exported by name, each once. Wildcards are left out, and `consul`, which Consul never exports. */
export const exportedByName = (
  exports: readonly Export[],
  exportedHealth: Views['exportedHealth'],
): readonly NamedExport[] => {
  const health = new Map(exportedHealth.map((seen) => [exactKey(seen.name, seen.namespace), seen]));
  const found = new Map<string, NamedExport>();
  for (const row of exports) {
    if (row.wildcard || row.service === 'consul') continue;
    const { service, namespace } = row;
    const key = exactKey(service, namespace);
    const known = found.get(key);
    found.set(key, {
      service,
      namespace,
      rows: known ? [...known.rows, row] : [row],
      seen: health.get(key),
    });
  }
  return [...found.values()];
};

type Bends = Pick<Views, 'serviceResolvers' | 'serviceRouters' | 'serviceSplitters'>;

/** Tells the names that a router, a splitter or a resolver stands for: they need no instances of their own. */
export const bentNames = ({
  serviceResolvers,
  serviceRouters,
  serviceSplitters,
}: Bends): ReadonlySet<string> =>
  new Set(
    [...serviceResolvers, ...serviceRouters, ...serviceSplitters].map(({ entry }) =>
      serviceKey(entry.Name, entry.Namespace),
    ),
  );
