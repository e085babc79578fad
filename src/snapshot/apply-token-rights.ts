import { canReadAll } from '../acl/evaluate';
import type { Rights } from '../acl/rights';
import { rightsOfExpanded } from '../acl/token';
import { partial, type GatheredResource, gatheredResources, rowsOf, readRules } from './section';
import type { AclState, Section, Sections, Snapshot, HiddenReason } from './snapshot';

/** Rights of the token in use, as far as they are known. */
interface Visibility {
  /**
   * True if the anonymous token is in use, or may be: Consul leaves out rows then without reporting it. For any other
   * token, the header of the answer can be trusted: it was set on every list with missing rows, and on no other. (Both
   * measured on 1.20.1, with tokens that lack one rule at a time. Since 1.20.2, rows that a filter excludes count as missing too.)
   */
  readonly silent: boolean;
  /** Tells that its rules let it read all of a resource; false if they could not be read. */
  readonly canRead: (resource: GatheredResource) => boolean;
  /** Resources that Consul says it may read. That is about names in general: single names may be denied. */
  readonly granted: readonly GatheredResource[];
}

const rightsOf = (acl: Section<AclState>, agent: Section<Sections['agent']>): Rights | undefined => {
  const own = acl.visibility === 'hidden' ? undefined : acl.value.own;
  // Some policies apply to certain datacenters only, so this one must be known.
  const scoped = own?.ExpandedPolicies.some(({ Datacenters }) => Datacenters.length > 0);
  if (!own || (scoped && agent.visibility === 'hidden')) return undefined;
  const rights = rightsOfExpanded(own, agent.visibility === 'hidden' ? '' : agent.value.Config.Datacenter);
  return rights.ok ? rights.value.rights : undefined;
};

const visibilityOf = (
  { acl, agent, ownRights }: Pick<Snapshot['sections'], 'acl' | 'agent' | 'ownRights'>,
  sendsToken: boolean,
): Visibility => {
  const rights = rightsOf(acl, agent);
  const known = acl.visibility === 'hidden' ? undefined : acl.value;
  return {
    silent: known ? known.enabled && known.anonymous : !sendsToken,
    canRead: (resource) => rights !== undefined && canReadAll(rights, resource),
    granted: rowsOf(ownRights)
      .filter(({ question, allowed }) => allowed && question.access === 'read')
      .map(({ question }) => question.resource as GatheredResource),
  };
};

interface Guard {
  readonly endpoint: string;
  readonly needs: readonly GatheredResource[];
}

const guard = (endpoint: string, ...needs: readonly GatheredResource[]): Guard => ({ endpoint, needs });

/** Lists from which Consul leaves out rows that the token may not read. It returns all else completely or refuses it. */
const filtered: Partial<Record<keyof Sections, Guard>> = {
  servers: guard('/v1/catalog/service/consul', 'service', 'node'),
  // Since 1.20.2, names whose nodes may not be read are left out as well.
  serviceNames: guard('/v1/catalog/services', 'service', 'node'),
  gateways: guard('/v1/catalog/services', 'service', 'node'),
  sidecars: guard('/v1/catalog/services', 'service', 'node'),
  exportedHealth: guard('/v1/health/service/:name', 'service', 'node'),
  exportedServices: guard('/v1/config/exported-services', 'mesh'),
  serviceDefaults: guard('/v1/config/service-defaults', 'service'),
  serviceResolvers: guard('/v1/config/service-resolver', 'service'),
  serviceRouters: guard('/v1/config/service-router', 'service'),
  serviceSplitters: guard('/v1/config/service-splitter', 'service'),
  intentions: guard('/v1/config/service-intentions', 'service'),
  discoveryChains: guard('/v1/discovery-chain/:service', 'service'),
  exportedChains: guard('/v1/discovery-chain/:service', 'service'),
  importedServices: guard('/v1/health/connect/:name', 'service', 'node'),
  httpRoutes: guard('/v1/config/http-route', 'mesh'),
  tcpRoutes: guard('/v1/config/tcp-route', 'mesh'),
  apiGateways: guard('/v1/config/api-gateway', 'service'),
  ingressGateways: guard('/v1/config/ingress-gateway', 'service'),
  routingGateways: guard('/v1/health/service/:name', 'service', 'node'),
  terminatingGateways: guard('/v1/config/terminating-gateway', 'service'),
  wildcardLinks: guard('/v1/catalog/gateway-services/:gateway', 'service'),
  preparedQueries: guard('/v1/query', 'query'),
};

/** Removes the rules that the token is known to have from the missing ones. */
const withoutGranted = (missing: HiddenReason, { canRead, granted }: Visibility): HiddenReason => {
  const had = gatheredResources
    .filter((resource) => canRead(resource) || granted.includes(resource))
    .map((resource) => readRules[resource]);
  const needs = missing.needs?.filter((rule) => !had.includes(rule)) ?? [];
  return needs.length > 0 ? { ...missing, needs } : missing;
};

/** Makes a list partial if Consul may have left out rows without reporting it, and hidden if it is empty as well. */
const applyTo = <K extends keyof Sections>(
  name: K,
  section: Section<Sections[K]>,
  rights: Visibility,
): Section<Sections[K]> => {
  if (section.visibility !== 'visible') return { ...section, reason: withoutGranted(section.reason, rights) };
  const guarded = filtered[name];
  if (!rights.silent || !guarded) return section;
  const { endpoint, needs } = guarded;
  const missing = needs.filter((resource) => !rights.canRead(resource));
  if (missing.length === 0) return section;
  return partial(section.value, {
    kind: 'anonymous',
    endpoint,
    message: `${endpoint} was read without a token, so Consul may leave out rows without reporting it. Configure a token for the cluster`,
    needs: missing.map((resource) => readRules[resource]),
  });
};

/** Adjusts the visibility of sections to the rights of the token in use. */
export const applyTokenRights = (
  sections: Snapshot['sections'],
  sendsToken: boolean,
): Snapshot['sections'] => {
  const rights = visibilityOf(sections, sendsToken);
  const names = Object.keys(sections) as readonly (keyof Sections)[];
  return Object.fromEntries(
    names.map((name) => [name, applyTo(name, sections[name], rights)]),
  ) as Snapshot['sections'];
};
