import type { AgentService, Upstream } from '../consul/wire';

/**
 * Filter expressions, evaluated by Consul (go-bexpr). A selector that passes through a list holds where it holds
 * for any element, `!=` included (measured on 1.20.1), so `Upstreams.DestinationPeer != ""` finds every proxy
 * with at least one upstream to a peer.
 */

/** One condition on registrations, as lists of the catalog and those of one node spell it. */
export interface Condition {
  readonly catalog: string;
  readonly node: string;
}

/** `{Kind}` and `{Proxy}` are spelled differently by the two endpoints. */
const condition = (...templates: readonly string[]): Condition => {
  const template = templates.join(' or ');
  return {
    catalog: template.replaceAll('{Kind}', 'ServiceKind').replaceAll('{Proxy}', 'ServiceProxy'),
    node: template.replaceAll('{Kind}', 'Kind').replaceAll('{Proxy}', 'Proxy'),
  };
};

const gateways = '{Kind} == "mesh-gateway"';

const sidecarsWith = (...tests: readonly string[]): string =>
  `{Kind} == "connect-proxy" and (${tests.join(' or ')})`;

/** Tests of upstreams, behind a cheap one that most sidecars of a large cluster fail. */
const upstreamsWith = (...tests: readonly string[]): string => `${toAnything} and (${tests.join(' or ')})`;

const toPeer = '{Proxy}.Upstreams.DestinationPeer != ""';
const toQuery = '{Proxy}.Upstreams.DestinationType == "prepared_query"';
const toAnything = '{Proxy}.Upstreams is not empty';
const transparent = '{Proxy}.Mode == "transparent"';

/** Keeps a request line well under the 8 KiB that proxies before Consul take. */
const longestPattern = 3000;

/** For a regular expression in a raw string: all but plain characters by their number, quotes among them. */
const literal = (name: string): string =>
  name.replace(/[^\w-]/gu, (char) => `\\x{${char.codePointAt(0)?.toString(16)}}`);

/** Alternatives for names, in as many patterns as they need. */
const patternsOf = (names: readonly string[]): readonly string[] => {
  const patterns: string[][] = [[]];
  let length = 0;
  for (const alternative of names.map(literal)) {
    length += alternative.length + 1;
    if (length > longestPattern && patterns.at(-1)?.length) {
      patterns.push([]);
      length = alternative.length;
    }
    patterns.at(-1)?.push(alternative);
  }
  return patterns.map((alternatives) => `^(?i:${alternatives.join('|')})$`);
};

const nameless = '{Proxy}.Upstreams.DestinationName == ""';
const naming = (pattern: string): string => `{Proxy}.Upstreams.DestinationName matches \`${pattern}\``;

/** What a gather looks for. */
export interface RelevanceCriteria {
  /** Also mesh gateways and transparent proxies. */
  readonly thorough: boolean;
  /** Names that lead to a peer, so that an upstream to one matters though it names no peer; in any case. */
  readonly names: readonly string[] | 'any';
}

/** Registrations of which some may be wanted, whatever the names: gateways, and sidecars with any upstream. */
export const candidateCondition = (thorough: boolean): Condition =>
  condition(sidecarsWith(toAnything, ...(thorough ? [transparent] : [])), ...(thorough ? [gateways] : []));

/**
 * The registrations that matter to peering: sidecars with an upstream that names a peer, is a prepared query, names
 * nothing, or one of the names; and, where `thorough`, mesh gateways and transparent proxies. One condition, but
 * for names too long for one: for each, Consul goes through all registrations (0.1 s for 20,000).
 */
export const relevantConditions = ({ thorough, names }: RelevanceCriteria): readonly Condition[] => {
  if (names === 'any') return [candidateCondition(thorough)];
  const [first, ...more] = names.length === 0 ? [] : patternsOf(names).map(naming);
  const upstreams = upstreamsWith(toPeer, toQuery, nameless, ...(first === undefined ? [] : [first]));
  return [
    condition(sidecarsWith(upstreams, ...(thorough ? [transparent] : [])), ...(thorough ? [gateways] : [])),
    ...more.map((test) => condition(sidecarsWith(upstreamsWith(test)))),
  ];
};

/** Tells of a registration what `relevant` tells of all. */
export const isRelevant = ({ thorough, names }: RelevanceCriteria): ((service: AgentService) => boolean) => {
  const known = new Set(names === 'any' ? [] : names.map((name) => name.toLowerCase()));
  const leads = ({ DestinationPeer, DestinationType, DestinationName }: Upstream): boolean =>
    names === 'any' ||
    DestinationPeer !== '' ||
    DestinationType === 'prepared_query' ||
    DestinationName === '' ||
    known.has(DestinationName.toLowerCase());
  return ({ Kind, Proxy }) => {
    if (Kind === 'mesh-gateway') return thorough;
    if (Kind !== 'connect-proxy' || !Proxy) return false;
    return (thorough && Proxy.Mode === 'transparent') || Proxy.Upstreams.some(leads);
  };
};
