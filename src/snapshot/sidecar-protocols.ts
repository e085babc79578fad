import { l7Protocols } from '../consul/l7-protocols';
import type { MeshHealth } from '../consul/wire';
import type { ExportedServiceHealth } from './snapshot';

/**
 * Lists the protocols that sidecars of a service are registered with; an empty one for those that set none, and go by
 * central configuration. Nothing where none sets one, or where one of them is not known.
 */
export const sidecarProtocols = (
  rows: readonly { readonly Service: Pick<MeshHealth['Service'], 'Kind' | 'Proxy'> }[],
): Pick<ExportedServiceHealth, 'protocols'> => {
  const set = rows
    .filter(({ Service }) => Service.Kind === 'connect-proxy')
    .map(({ Service }) => Service.Proxy?.Config['protocol'] ?? '');
  const known = set.flatMap((protocol) => {
    const name = typeof protocol === 'string' ? protocol.toLowerCase() : undefined;
    return name === '' || name === 'tcp' || (name !== undefined && l7Protocols.has(name)) ? [name] : [];
  });
  return known.length === set.length && known.some((protocol) => protocol !== '')
    ? { protocols: [...new Set(known)] }
    : {};
};
