/**
 * The rules that Consul generates for service identities, node identities and its built-in templated policies
 * (`/v1/acl/templated-policies` of 1.20.1 CE shows them). Names in identities are limited to letters, digits,
 * dashes and underscores, so none needs escaping.
 */

const prefixRead = (resource: string): string => `${resource}_prefix "" { policy = "read" }\n`;

const templates: Readonly<Record<string, (name: string) => string>> = {
  'builtin/service': (name) =>
    `service "${name}" { policy = "write" }\nservice "${name}-sidecar-proxy" { policy = "write" }\n` +
    prefixRead('service') +
    prefixRead('node'),
  'builtin/node': (name) => `node "${name}" { policy = "write" }\n${prefixRead('service')}`,
  'builtin/dns': () => prefixRead('node') + prefixRead('service') + prefixRead('query'),
  'builtin/nomad-server': () =>
    `acl = "write"\n${prefixRead('agent')}${prefixRead('node')}service_prefix "" { policy = "write" }\n`,
  'builtin/nomad-client': () =>
    `${prefixRead('agent')}${prefixRead('node')}service_prefix "" { policy = "write" }\n${prefixRead('key')}`,
  'builtin/api-gateway': (name) =>
    `mesh = "read"\n${prefixRead('node')}${prefixRead('service')}service "${name}" { policy = "write" }\n`,
};

/** Templates whose rules depend on a name. */
const withName = new Set(['builtin/service', 'builtin/node', 'builtin/api-gateway']);

export const takesName = (template: string): boolean => withName.has(template);

/** Returns the rules of a built-in template as HCL, or undefined for one that this version does not know. */
export const templateRules = (template: string, name: string): string | undefined =>
  Object.hasOwn(templates, template) ? templates[template]?.(name) : undefined;
