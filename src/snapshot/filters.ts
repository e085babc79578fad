/**
 * Filter expressions, evaluated by Consul (go-bexpr). A selector that passes through a list holds where it holds
 * for any element, `!=` included (measured on 1.20.1), so `Upstreams.DestinationPeer != ""` finds every proxy
 * with at least one upstream to a peer.
 */

/** One condition on registrations, for lists of the catalog and for the services of one node. */
export interface Condition {
  readonly catalog: string;
  readonly node: string;
}

/** `{Kind}` and `{Proxy}` are spelled differently by the two endpoints. */
const condition = (template: string): Condition => ({
  catalog: template.replaceAll('{Kind}', 'ServiceKind').replaceAll('{Proxy}', 'ServiceProxy'),
  node: template.replaceAll('{Kind}', 'Kind').replaceAll('{Proxy}', 'Proxy'),
});

export const meshGateways: Condition = condition('{Kind} == "mesh-gateway"');

const toPeers = [
  '{Proxy}.Upstreams.DestinationPeer != ""',
  '{Proxy}.Upstreams.DestinationName == ""',
  '{Proxy}.Upstreams.DestinationType == "prepared_query"',
];

const sidecarsWith = (tests: readonly string[]): Condition =>
  condition(`{Kind} == "connect-proxy" and (${tests.join(' or ')})`);

/** Sidecars with an upstream that names a peer, names nothing, or is a prepared query. */
export const peerSidecars: Condition = sidecarsWith(toPeers);

/** Those, and transparent proxies. */
export const peerOrTransparentSidecars: Condition = sidecarsWith([
  ...toPeers,
  '{Proxy}.Mode == "transparent"',
]);

export const sidecarsWithUpstreams: Condition = condition(
  '{Kind} == "connect-proxy" and {Proxy}.Upstreams is not empty',
);

/** Keeps a request line well under the 8 KiB that proxies before Consul take. */
const longestPattern = 4000;

/** For a regular expression in a raw string: all but plain characters by their number, quotes among them. */
const literal = (name: string): string =>
  name.replace(/[^\w-]/gu, (char) => `\\x{${char.codePointAt(0)?.toString(16)}}`);

/** Sidecars with an upstream to one of these services that names no peer: as many conditions as names need. */
export const sidecarsNaming = (services: readonly string[]): readonly Condition[] => {
  const patterns: string[] = [];
  let pattern = '';
  for (const name of services.map(literal)) {
    if (pattern && pattern.length + name.length > longestPattern) {
      patterns.push(pattern);
      pattern = '';
    }
    pattern = pattern ? `${pattern}|${name}` : name;
  }
  if (pattern) patterns.push(pattern);
  return patterns.map((alternatives) =>
    condition(
      `{Kind} == "connect-proxy" and {Proxy}.Upstreams.DestinationPeer == "" and {Proxy}.Upstreams.DestinationName matches \`^(?:${alternatives})$\``,
    ),
  );
};
