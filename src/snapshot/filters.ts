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
  return patterns.map((alternatives) => `^(?:${alternatives.join('|')})$`);
};

const nameless = '{Proxy}.Upstreams.DestinationName == ""';
const naming = (pattern: string): string => `{Proxy}.Upstreams.DestinationName matches \`${pattern}\``;

/**
 * The registrations that matter to peering whatever else is in the cluster: sidecars with an upstream that names a
 * peer, is a prepared query, or names nothing; and, where `thorough`, mesh gateways and transparent proxies.
 */
export const relevant = (thorough: boolean): Condition =>
  condition(
    ...(thorough ? [gateways] : []),
    sidecarsWith(...(thorough ? [transparent] : []), upstreamsWith(toPeer, toQuery, nameless)),
  );

/**
 * Sidecars with an upstream to one of these names, or with any upstream at all. One condition, but for names too
 * long for one: for each, Consul goes through all registrations (0.1 s for 20,000).
 */
export const withUpstreams = (names: readonly string[] | 'any'): readonly Condition[] =>
  names === 'any'
    ? [condition(sidecarsWith(toAnything))]
    : names.length === 0
      ? []
      : patternsOf(names).map((pattern) => condition(sidecarsWith(upstreamsWith(naming(pattern)))));
