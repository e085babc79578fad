import { canReadAll } from '../acl/evaluate';
import type { Rights } from '../acl/rights';
import { rightsOfExpanded } from '../acl/token';
import { partOf, type Resource, ruleFor } from './section';
import type { AclState, Section, Sections, Unseen } from './snapshot';

/** What the token in use lets the bot see. */
export interface Sight {
  /**
   * True where the anonymous token answers, or may: Consul leaves out rows without a word then. For any other
   * token the header of the answer can be trusted: it was set on every list from which rows were missing, and on
   * none other. (Both measured on 1.20.1, with tokens that lack one rule at a time.)
   */
  readonly silent: boolean;
  /** Absent where the token's rules could not be read. */
  readonly rights?: Rights;
}

/** @param datacenter where policies must hold; undefined where that could not be seen. */
export const sightOf = (
  acl: Section<AclState>,
  sendsToken: boolean,
  datacenter: string | undefined,
): Sight => {
  if (acl.seen === 'none') return { silent: !sendsToken };
  const { enabled, anonymous, own } = acl.value;
  if (!enabled) return { silent: false };
  const scoped = own?.ExpandedPolicies.some(({ Datacenters }) => Datacenters.length > 0);
  if (!own || (scoped && datacenter === undefined)) return { silent: anonymous };
  const rights = rightsOfExpanded(own, datacenter ?? '');
  return { silent: anonymous, ...(rights.ok ? { rights: rights.rights } : {}) };
};

interface Guard {
  readonly endpoint: string;
  readonly needs: readonly Resource[];
}

const guard = (endpoint: string, ...needs: readonly Resource[]): Guard => ({ endpoint, needs });

/** The lists of which Consul leaves out what the token may not read. All else it gives whole or refuses. */
const filtered: Partial<Record<keyof Sections, Guard>> = {
  servers: guard('/v1/catalog/service/consul', 'service', 'node'),
  serviceNames: guard('/v1/catalog/services', 'service'),
  gateways: guard('/v1/catalog/services', 'service', 'node'),
  sidecars: guard('/v1/catalog/services', 'service', 'node'),
  exportedHealth: guard('/v1/health/service/:name', 'service', 'node'),
  exportedServices: guard('/v1/config/exported-services', 'mesh'),
  serviceDefaults: guard('/v1/config/service-defaults', 'service'),
  serviceResolvers: guard('/v1/config/service-resolver', 'service'),
  serviceRouters: guard('/v1/config/service-router', 'service'),
  serviceSplitters: guard('/v1/config/service-splitter', 'service'),
  terminatingGateways: guard('/v1/config/terminating-gateway', 'service'),
  preparedQueries: guard('/v1/query', 'query'),
};

const isAllowed = ({ rights }: Sight, resource: Resource): boolean =>
  rights !== undefined && canReadAll(rights, resource);

/** Leaves out of the rules that are said to be lacking those that the token is known to have. */
const withoutGranted = (missing: Unseen, sight: Sight): Unseen => {
  const granted = Object.entries(ruleFor)
    .filter(([resource]) => isAllowed(sight, resource as Resource))
    .map(([, rule]) => rule);
  const needs = missing.needs?.filter((rule) => !granted.includes(rule)) ?? [];
  return needs.length > 0 ? { ...missing, needs } : missing;
};

/**
 * A section in the light of what the token may read: a list that could be missing rows without a word is seen in
 * part. An empty one is then not seen at all.
 */
export const judged = <K extends keyof Sections>(
  name: K,
  section: Section<Sections[K]>,
  sight: Sight,
): Section<Sections[K]> => {
  if (section.seen !== 'all') return { ...section, missing: withoutGranted(section.missing, sight) };
  const guarded = filtered[name];
  if (!sight.silent || !guarded) return section;
  const { endpoint, needs } = guarded;
  const lacking = needs.filter((resource) => !isAllowed(sight, resource));
  if (lacking.length === 0) return section;
  return partOf(section.value, {
    kind: 'anonymous',
    endpoint,
    message: `${endpoint} was read without a token, and Consul does not say what it leaves out then. Configure a token for the cluster`,
    needs: lacking.map((resource) => ruleFor[resource]),
  });
};
