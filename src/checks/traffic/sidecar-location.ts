import type { SourceLocation, SidecarInstance } from '../../snapshot/snapshot';

/** Returns the path of `Proxy` below a row of the endpoint that the row was read from. */
const proxyPath = (at: SourceLocation): string => {
  if (/^\/v1\/catalog\/(service|connect)\//.test(at.endpoint)) return 'ServiceProxy';
  return at.endpoint.startsWith('/v1/health/') ? 'Service.Proxy' : 'Proxy';
};

/** Locates a value below `Proxy` of a sidecar. */
export const sidecarProxyAt = (sidecar: Pick<SidecarInstance, 'at'>, path: string): SourceLocation => ({
  endpoint: sidecar.at.endpoint,
  path: [sidecar.at.path, proxyPath(sidecar.at), path].filter(Boolean).join('.'),
});
