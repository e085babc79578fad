import { l7Protocols } from '../consul/l7-protocols';
import type { MeshHealth } from '../consul/wire';
import type { ExportedServiceHealth } from './snapshot';

/** Lists the protocols that sidecars of a service set themselves, where each of them sets one. */
export const sidecarProtocols = (
  rows: readonly { readonly Service: Pick<MeshHealth['Service'], 'Kind' | 'Proxy'> }[],
): Pick<ExportedServiceHealth, 'protocols'> => {
  const set = rows
    .filter(({ Service }) => Service.Kind === 'connect-proxy')
    .map(({ Service }) => Service.Proxy?.Config['protocol']);
  const known = set.filter(
    (protocol) =>
      typeof protocol === 'string' &&
      (protocol.toLowerCase() === 'tcp' || l7Protocols.has(protocol.toLowerCase())),
  );
  return known.length > 0 && known.length === set.length
    ? { protocols: [...new Set(known.map((protocol) => String(protocol).toLowerCase()))] }
    : {};
};
