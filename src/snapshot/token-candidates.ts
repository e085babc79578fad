import { findCandidates } from '../acl/find-candidates';
import { findGatewayTokens, type RoutedGateway } from '../acl/find-gateway-tokens';
import { findServiceWriters } from '../acl/find-service-writers';
import { anyLinked } from '../acl/needs';
import type { TokenSearch } from '../acl/token-search';
import type { AclToken, AgentSelf } from '../consul/wire';
import type { SidecarTokens, TokenCandidates } from './acl-sections';
import type { Gathering } from './gathering';
import { hiddenAcl } from './gateway-tokens';
import { gatewayGrantsNeeded } from './peers-through-gateways';
import { visible, hidden, mapSection, notGathered, rowsOf } from './section';
import type { Section } from './snapshot';
import { omitUndefined } from '../omit-undefined';

/** Maximum of candidates that a snapshot holds for each gateway, the likeliest first. */
const maxCandidates = 20;

const linkedPolicies = (tokens: readonly Pick<AclToken, 'Policies'>[]): readonly string[] => [
  ...new Set(tokens.flatMap((token) => token.Policies.map(({ ID }) => ID))),
];

const isEnterprise = ({ Config }: AgentSelf): boolean =>
  Config.Partition !== undefined || Config.Version.includes('+ent');

/** The tokens of a cluster with their rules, and where they were read. */
export interface TokenList {
  readonly endpoint: string;
  readonly search: TokenSearch;
}

/**
 * Reads all tokens with their rules, without their secrets. Takes `acl:read`. Its reads wait for no other section, so they
 * add no round to a gather: first the lists, then the rules of each linked policy.
 */
export const readTokenList = async (
  { reads, sections }: Pick<Gathering, 'reads' | 'sections'>,
  {
    partition = 'default',
    namespace = 'default',
  }: { readonly partition?: string | undefined; readonly namespace?: string | undefined },
): Promise<Section<TokenList>> => {
  const [tokens, roles] = await Promise.all([
    reads.ask((client, call) => client.aclTokens(call)),
    reads.ask((client, call) => client.aclRoles(call)),
  ]);
  if (!tokens.ok) {
    return tokens.error.cause === 'acl-disabled' ? notGathered('ACLs are disabled') : hiddenAcl(tokens);
  }
  if (!roles.ok) return hiddenAcl(roles);
  const answers = await Promise.all(
    linkedPolicies([...tokens.value, ...roles.value]).map((id) =>
      reads.ask((client, call) => client.aclPolicy(id, call)),
    ),
  );
  // Skips a policy that was deleted meanwhile, as Consul does.
  const failed = answers.find((answer) => !answer.ok && answer.error.kind !== 'not-found');
  if (failed && !failed.ok) return hiddenAcl(failed);
  const agent = await sections.agent();
  if (agent.visibility === 'hidden') return hidden(agent.reason);
  return visible({
    endpoint: tokens.meta.endpoint,
    search: {
      tokens: tokens.value,
      roles: roles.value,
      policies: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])),
      datacenter: agent.value.Config.Datacenter,
      defaultPolicy: tokens.meta.defaultAclPolicy ?? 'deny',
      atMs: tokens.meta.dateMs ?? 0,
      ...omitUndefined({ tenancy: isEnterprise(agent.value) ? { partition, namespace } : undefined }),
    },
  });
};

type TokenGathering = Pick<Gathering, 'sections'> & {
  readonly tokenList: () => Promise<Section<TokenList>>;
};

/** Finds the tokens that could be those of gateways. */
export const readTokenCandidates = async ({
  sections,
  tokenList,
}: TokenGathering): Promise<Section<TokenCandidates>> => {
  const [tokens, gateways, mesh] = await Promise.all([tokenList(), sections.gateways(), sections.mesh()]);
  if (tokens.visibility === 'hidden') return tokens;
  if (gateways.visibility !== 'visible') return hidden(gateways.reason);
  const names = [...new Set(gateways.value.map(({ Service }) => Service.Service))].sort();
  return mapSection(tokens, ({ endpoint, search }) => ({
    endpoint,
    gateways: findCandidates(search, names, gatewayGrantsNeeded(mesh)).map((row) => ({
      ...row,
      found: row.candidates.length,
      candidates: row.candidates.slice(0, maxCandidates),
    })),
  }));
};

/** Tells by entries alone, which are there after one round, so that the tokens need not wait for more. */
const hasRoutedGateways = async (sections: Gathering['sections']): Promise<boolean> => {
  const entries = await Promise.all([
    sections.terminatingGateways(),
    sections.apiGateways(),
    sections.ingressGateways(),
  ]);
  return entries.some((section) => rowsOf<unknown>(section).length > 0);
};

/** Returns the gateways with an entry that carry calls between peers, and the services that each needs rights on. */
const findRoutedGateways = async (sections: Gathering['sections']): Promise<readonly RoutedGateway[]> => {
  const [terminating, links, exported, api, ingress, http, tcp, health] = await Promise.all([
    sections.terminatingGateways(),
    sections.wildcardLinks(),
    sections.exportedServices(),
    sections.apiGateways(),
    sections.ingressGateways(),
    sections.httpRoutes(),
    sections.tcpRoutes(),
    sections.exportedHealth(),
  ]);
  const routes = [
    ...rowsOf(http).map(({ entry }) => ({
      ...entry,
      named: entry.Rules.flatMap(({ Services }) => Services),
    })),
    ...rowsOf(tcp).map(({ entry }) => ({ ...entry, named: entry.Services })),
  ];
  const row = (
    kind: RoutedGateway['kind'],
    gateway: string,
    services: readonly { readonly Name: string }[],
    besides: readonly string[] = [],
  ): RoutedGateway => ({
    kind,
    gateway,
    services: [
      ...new Set([...services.map(({ Name }) => Name).filter((name) => name !== '*'), ...besides]),
    ].sort(),
  });
  const exportsWildcard = rowsOf(exported).some(({ entry }) =>
    entry.Services.some(({ Name }) => Name === '*'),
  );
  return [
    ...rowsOf(terminating).map(({ entry }) => {
      // A wildcard stands for services that only the catalog tells.
      const linked = rowsOf(health).filter(({ terminatedBy = [] }) => terminatedBy.includes(entry.Name));
      const covered = rowsOf(links).find(({ gateway }) => gateway === entry.Name)?.services ?? [];
      const isCut = links.visibility !== 'visible' && entry.Services.some(({ Name }) => Name === '*');
      return row('terminating-gateway', entry.Name, entry.Services, [
        ...linked.map(({ name }) => name),
        ...(exportsWildcard ? [...covered.map(({ name }) => name), ...(isCut ? [anyLinked] : [])] : []),
      ]);
    }),
    ...rowsOf(api).map(({ entry }) => {
      const own = routes.filter(({ Parents }) => Parents.some(({ Name }) => Name === entry.Name));
      return row(
        'api-gateway',
        entry.Name,
        own.flatMap(({ named }) => named),
      );
    }),
    ...rowsOf(ingress).map(({ entry }) =>
      row(
        'ingress-gateway',
        entry.Name,
        entry.Listeners.flatMap(({ Services }) => Services),
      ),
    ),
  ];
};

/**
 * Finds the services of the visible sidecars that some token could belong to, and the tokens that could belong to
 * gateways.
 */
export const readSidecarTokens = async ({
  sections,
  tokenList,
  thorough,
}: TokenGathering & Pick<Gathering, 'thorough'>): Promise<Section<SidecarTokens>> => {
  // Of an other side only gateways matter, which most clusters do not have: its tokens are then not read.
  if (!thorough && !(await hasRoutedGateways(sections))) {
    return notGathered('It has no gateway whose token matters to paths');
  }
  const [tokens, sidecars, gateways] = await Promise.all([
    tokenList(),
    sections.sidecars(),
    findRoutedGateways(sections),
  ]);
  const services = [...new Set(rowsOf(sidecars).map(({ proxy }) => proxy.DestinationServiceName))].sort();
  return mapSection(tokens, ({ endpoint, search }) => ({
    endpoint,
    ...findServiceWriters(search, services),
    gateways: findGatewayTokens(search, gateways),
  }));
};
