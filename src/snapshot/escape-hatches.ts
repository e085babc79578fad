import type { MeshHealth } from '../consul/wire';
import type { ExportedServiceHealth } from './snapshot';

/** Options of a sidecar whose value replaces what Consul computes for the calls that it receives. */
const hatchNames: ReadonlySet<string> = new Set(['envoy_public_listener_json', 'envoy_local_cluster_json']);

/** Maximum options that are kept of a service. */
const maxHatches = 5;

/** Lists the escape hatches of the sidecars of a service by name and location; their values are free text. */
export const escapeHatches = (
  rows: readonly { readonly Service: Pick<MeshHealth['Service'], 'Kind' | 'ID' | 'Proxy'> }[],
): Pick<ExportedServiceHealth, 'escapeHatches'> => {
  const found = rows.flatMap(({ Service }, index) =>
    Service.Kind === 'connect-proxy'
      ? Object.entries(Service.Proxy?.Config ?? {})
          .filter(([option, value]) => hatchNames.has(option.toLowerCase()) && value !== '' && value !== null)
          .map(([option]) => ({ proxy: Service.ID, option, path: `[${index}].Service.Proxy.Config` }))
      : [],
  );
  return found.length > 0 ? { escapeHatches: found.slice(0, maxHatches) } : {};
};
