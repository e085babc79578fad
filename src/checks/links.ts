/**
 * Consul's technical specifications for cluster peering. Only the 1.14 page states each requirement under the
 * headings that the `spec` rows cite; later pages reword them and have other headings.
 */
const specification =
  'https://developer.hashicorp.com/consul/docs/v1.14.x/connect/cluster-peering/tech-specs';

/** Links to a heading of the specification. */
export const spec = (
  heading:
    | 'requirements'
    | 'mesh-gateway-requirements'
    | 'mesh-gateway-modes'
    | 'sidecar-proxy-requirements'
    | 'exported-service-requirements'
    | 'acl-requirements',
): string => `${specification}#${heading}`;

/** Links to a page of Consul's documentation by its path: `connect/ca`, `agent/config/config-files#ports`. */
export const consulDocs = (path: string): string => `https://developer.hashicorp.com/consul/docs/${path}`;
