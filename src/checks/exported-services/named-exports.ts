import type { ExportedServiceHealth } from '../../snapshot/snapshot';
import type { Inputs } from '../inputs';
import type { Export, RemoteUpstream } from '../model';
import { exactKey, serviceKey } from '../names';

/** A service that is exported by its name, to any peer, with its health. */
export interface NamedExport {
  readonly service: string;
  readonly namespace: string;
  /** The exports that name it. */
  readonly rows: readonly [Export, ...Export[]];
  /** Undefined where its instances were not read. */
  readonly health: ExportedServiceHealth | undefined;
}

/** Returns the services exported by name, each once, without wildcards and `consul`, which Consul never exports. */
export const exportedByName = (
  exports: readonly Export[],
  exportedHealth: Inputs['exportedHealth'],
): readonly NamedExport[] => {
  const healthOf = new Map(
    exportedHealth.map((service) => [exactKey(service.name, service.namespace), service]),
  );
  const found = new Map<string, NamedExport & { readonly rows: Export[] }>();
  for (const row of exports) {
    if (row.wildcard || row.service === 'consul') continue;
    const { service, namespace } = row;
    const key = exactKey(service, namespace);
    const known = found.get(key);
    if (known) known.rows.push(row);
    else found.set(key, { service, namespace, rows: [row], health: healthOf.get(key) });
  }
  return [...found.values()];
};

/** Finds a known consumer of a service: an upstream or a route on the other side of a peering. */
export const consumersByService = (
  upstreams: readonly RemoteUpstream[],
): ((service: string, namespace: string) => RemoteUpstream | undefined) => {
  // A failover target matters once everything before it is down.
  const used = new Map(
    upstreams
      .filter(({ target }) => target.via !== 'failover' && target.via !== 'sameness-group')
      .map((upstream) => [serviceKey(upstream.service, upstream.target.namespace), upstream]),
  );
  return (service, namespace) => used.get(serviceKey(service, namespace));
};
