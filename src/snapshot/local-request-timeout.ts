import type { MeshHealth } from '../consul/wire';
import type { ExportedServiceHealth } from './snapshot';

const isName = (key: string): boolean => key.toLowerCase() === 'local_request_timeout_ms';

/** Finds the shortest time that a sidecar of a service gives its application for a request. */
export const localRequestTimeout = (
  rows: readonly { readonly Service: Pick<MeshHealth['Service'], 'Kind' | 'ID' | 'Proxy'> }[],
): Pick<ExportedServiceHealth, 'localRequestTimeout'> => {
  const found = rows.flatMap(({ Service }, index) =>
    Service.Kind === 'connect-proxy'
      ? Object.entries(Service.Proxy?.Config ?? {})
          .filter(([key, value]) => isName(key) && Number(value) > 0)
          .map(([key, value]) => ({
            proxy: Service.ID,
            path: `[${index}].Service.Proxy.Config.${key}`,
            ms: Number(value),
          }))
      : [],
  );
  const [shortest] = found.toSorted((a, b) => a.ms - b.ms);
  return shortest ? { localRequestTimeout: shortest } : {};
};
