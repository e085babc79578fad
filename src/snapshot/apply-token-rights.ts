import { canReadAll } from '../acl/evaluate';
import type { Rights } from '../acl/rights';
import { rightsOfExpanded } from '../acl/token';
import { partial, type GatheredResource, gatheredResources, rowsOf, readRules } from './section';
import type { AclState, Section, Sections, Snapshot, HiddenReason } from './snapshot';

/** What the token in use lets the bot see. */
interface Sight {
  /**
   * True where the anonymous token answers, or may: Consul leaves out rows without a word then. For any other
   * token the header of the answer can be trusted: it was set on every list from which rows were missing, and on
   * none other. (Both measured on 1.20.1, with tokens that lack one rule at a time.)
   */
  readonly silent: boolean;
  /** What it can read all of, by its rules; nothing where they could not be read. */
  readonly sees: (resource: GatheredResource) => boolean;
  /** What it can read by Consul's word, which is about names in general: single names may be denied. */
  readonly granted: readonly GatheredResource[];
}

const rightsOf = (acl: Section<AclState>, agent: Section<Sections['agent']>): Rights | undefined => {
  const own = acl.visibility === 'hidden' ? undefined : acl.value.own;
  // Policies may hold in some datacenters only, so this one must be known.
  const scoped = own?.ExpandedPolicies.some(({ Datacenters }) => Datacenters.length > 0);
  if (!own || (scoped && agent.visibility === 'hidden')) return undefined;
  const rights = rightsOfExpanded(own, agent.visibility === 'hidden' ? '' : agent.value.Config.Datacenter);
  return rights.ok ? rights.value.rights : undefined;
};

const sightOf = (
  { acl, agent, ownRights }: Pick<Snapshot['sections'], 'acl' | 'agent' | 'ownRights'>,
  sendsToken: boolean,
): Sight => {
  const rights = rightsOf(acl, agent);
  const known = acl.visibility === 'hidden' ? undefined : acl.value;
  return {
    silent: known ? known.enabled && known.anonymous : !sendsToken,
    sees: (resource) => rights !== undefined && canReadAll(rights, resource),
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
  intentions: guard('/v1/config/service-intentions', 'service'),
  discoveryChains: guard('/v1/discovery-chain/:service', 'service'),
  importedServices: guard('/v1/health/connect/:name', 'service', 'node'),
  terminatingGateways: guard('/v1/config/terminating-gateway', 'service'),
  preparedQueries: guard('/v1/query', 'query'),
};

/** Leaves out of the rules that are said to be lacking those that the token is known to have. */
const withoutGranted = (missing: HiddenReason, { sees, granted }: Sight): HiddenReason => {
  const had = gatheredResources
    .filter((resource) => sees(resource) || granted.includes(resource))
    .map((resource) => readRules[resource]);
  const needs = missing.needs?.filter((rule) => !had.includes(rule)) ?? [];
  return needs.length > 0 ? { ...missing, needs } : missing;
};

/** A list that could be missing rows without a word is seen in part; an empty one is then not seen at all. */
const judged = <K extends keyof Sections>(
  name: K,
  section: Section<Sections[K]>,
  sight: Sight,
): Section<Sections[K]> => {
  if (section.visibility !== 'visible') return { ...section, reason: withoutGranted(section.reason, sight) };
  const guarded = filtered[name];
  if (!sight.silent || !guarded) return section;
  const { endpoint, needs } = guarded;
  const lacking = needs.filter((resource) => !sight.sees(resource));
  if (lacking.length === 0) return section;
  return partial(section.value, {
    kind: 'anonymous',
    endpoint,
    message: `${endpoint} was read without a token, and Consul does not say what it leaves out then. Configure a token for the cluster`,
    needs: lacking.map((resource) => readRules[resource]),
  });
};

/** The sections in the light of what the token in use may read. */
export const applyTokenRights = (
  sections: Snapshot['sections'],
  sendsToken: boolean,
): Snapshot['sections'] => {
  const sight = sightOf(sections, sendsToken);
  const names = Object.keys(sections) as readonly (keyof Sections)[];
  return Object.fromEntries(
    names.map((name) => [name, judged(name, sections[name], sight)]),
  ) as unknown as Snapshot['sections'];
};
