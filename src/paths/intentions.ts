import { l7Protocols } from '../consul/l7-protocols';
import type { ServiceIntentions } from '../consul/wire';
import { omitUndefined } from '../omit-undefined';
import type { Entry } from '../snapshot/snapshot';

/** A service that calls, as intentions name it. */
export interface IntentionSource {
  readonly name: string;
  readonly namespace: string;
  /** The peering it comes from, under its name at the destination; empty for a service of the same cluster. */
  readonly peer: string;
  /** The further peerings with the same cluster, and the cluster of the destination if both share a trust domain. */
  readonly furtherPeers?: readonly FurtherPeer[];
}

/** A further peering with the cluster of a caller, under its name at the destination. */
export interface FurtherPeer {
  /** Empty for the cluster of the destination, whose callers proxies do not tell from those of the peer. */
  readonly name: string;
  /** The destination is exported to it; undefined where that is not visible. */
  readonly isExported: true | undefined;
}

/** One source of a `service-intentions` entry. */
export interface IntentionRow {
  readonly entry: Entry<ServiceIntentions>;
  /** Position in the entry's `Sources`. */
  readonly index: number;
  readonly source: ServiceIntentions['Sources'][number];
}

/** An L7 permission: the part of the traffic that it is about, in words, such as `GET /admin*`. */
interface PermissionWords {
  readonly action: 'allow' | 'deny';
  readonly about: string;
}

/** The decision for one source and destination. */
export type IntentionDecision =
  /**
   * `row` is absent where no intention matches and the default policy decides. It decides too where proxies match no
   * intention about a peer: `unmatched` says why, and `left` is the intention that decides otherwise.
   */
  | {
      readonly kind: 'allow' | 'deny';
      readonly row?: IntentionRow;
      readonly unmatched?: UnmatchedPeers;
      readonly left?: IntentionRow;
    }
  /** Some requests are allowed and others denied: by L7 permissions, for want of a JWT, or by where they end. */
  | {
      readonly kind: 'partly';
      readonly row?: IntentionRow;
      readonly denied: readonly PermissionWords[];
      /** The reason why some of the proxies match no intention about a peer; absent where all match. */
      readonly unmatched?: UnmatchedPeers;
    }
  /**
   * No intention matches, and the default policy is not visible; or `row` depends on a protocol or a group that is not.
   * `undecided` names a further peering whose intentions decide otherwise, where it is not visible that they count.
   * With `mayLeaveOut`, `row` decides otherwise than the default policy, and it is not visible whether proxies match it.
   */
  | {
      readonly kind: 'unknown';
      readonly row?: IntentionRow;
      readonly undecided?: string;
      readonly mayLeaveOut?: true;
    };

/**
 * The reason why proxies match no intention about a peer. With an L7 protocol they read a caller of a peer from the header
 * `x-forwarded-client-cert`, which the mesh gateway before them sets. Sidecars drop it before they decide if they speak `grpc`
 * (since 1.15.0), and all proxies if the mesh entry sanitizes it (measured on 1.20.1; `agent/xds/listeners.go`).
 * Sidecars that are `registered` with tcp look for the certificate of the caller, and get that of the mesh gateway; for a
 * service of tcp that is registered with an L7 protocol they look for the header, and get none (seen with real traffic).
 */
export type UnmatchedPeers = 'grpc' | 'sanitized' | 'registered';

const orDefault = (name: string | undefined): string => name || 'default';

/**
 * The namespace of a source. One that is left out is `default` for callers of peers, and for others that of the entry, unless
 * that is `*` (`normalize` in config_entry_intentions.go).
 */
export const sourceNamespace = (
  { Namespace, Peer, SamenessGroup }: ServiceIntentions['Sources'][number],
  entry: Pick<ServiceIntentions, 'Namespace'>,
): string => {
  const inherited = Peer || SamenessGroup || entry.Namespace === '*' ? '' : entry.Namespace;
  return orDefault(Namespace || inherited);
};

const isMatch = (pattern: string, name: string): boolean => pattern === '*' || pattern === name;

/** Exact names win over wildcards, the destination's before the source's (Consul's `Intention.UpdatePrecedence`). */
const precedence = ({ entry, source }: IntentionRow): number => {
  const exact = (name: string | undefined): number => (name === '*' ? 0 : 1);
  const { Name, Namespace } = entry.entry;
  return (
    exact(Name) * 8 +
    exact(orDefault(Namespace)) * 4 +
    exact(source.Name) * 2 +
    exact(sourceNamespace(source, entry.entry))
  );
};

/** Entries by the lower-case name of their destination, `*` among them. */
type IntentionIndex = ReadonlyMap<string, readonly Entry<ServiceIntentions>[]>;

const indexes = new WeakMap<readonly Entry<ServiceIntentions>[], IntentionIndex>();

/** Indexes the entries of a cluster, once for each list: thousands of calls are decided by the same ones. */
const indexOf = (entries: readonly Entry<ServiceIntentions>[]): IntentionIndex => {
  const known = indexes.get(entries);
  if (known) return known;
  const index = Map.groupBy(entries, ({ entry }) => entry.Name.toLowerCase());
  indexes.set(entries, index);
  return index;
};

/** The intentions that are about a destination, those that win first. Compare with `/v1/connect/intentions/match`. */
export const intentionsFor = (
  entries: readonly Entry<ServiceIntentions>[],
  destination: { readonly name: string; readonly namespace: string },
): readonly IntentionRow[] =>
  // Upstreams name a destination in any case; its own spelling is not known here.
  [...new Set([destination.name.toLowerCase(), '*'])]
    .flatMap((name) => indexOf(entries).get(name) ?? [])
    .filter(({ entry }) => isMatch(orDefault(entry.Namespace), destination.namespace))
    .flatMap((entry) => entry.entry.Sources.map((source, index): IntentionRow => ({ entry, index, source })))
    .sort((a, b) => precedence(b) - precedence(a));

/**
 * The clusters that a source stands for, by their peerings: empty for this one. None for another partition of this one.
 * Undefined where the members of its sameness group are not visible.
 */
export const peersOfSource = (
  { source, entry }: IntentionRow,
  membersOf: IntentionRules['membersOf'],
): readonly string[] | undefined => {
  const { Partition } = entry.entry;
  if (source.SamenessGroup) return membersOf?.(source.SamenessGroup, Partition);
  return source.Partition && source.Partition !== orDefault(Partition) ? [] : [source.Peer ?? ''];
};

/** True for a source that is about services of the destination's own cluster. */
export const isLocalSource = ({ source }: IntentionRow): boolean => !source.Peer && !source.SamenessGroup;

/**
 * Tells whether intentions about services of its own cluster count for callers of a peer with the same trust domain.
 * With tcp a sidecar sees the certificate of the caller. With an L7 protocol it sees that of its mesh gateway, and
 * reads callers of peers from a header (`agent/xds/rbac.go`). Undefined where the protocol is not visible.
 */
export const localSourcesCount = (protocol: string | undefined): boolean | undefined =>
  protocol === undefined ? undefined : !l7Protocols.has(protocol.toLowerCase());

const isNamed = ({ source, entry }: IntentionRow, caller: IntentionSource): boolean =>
  isMatch(source.Name, caller.name) && isMatch(sourceNamespace(source, entry.entry), caller.namespace);

type Permission = NonNullable<ServiceIntentions['Sources'][number]['Permissions']>[number];

const providersOf = (jwt: ServiceIntentions['JWT']): string =>
  (jwt?.Providers ?? []).map(({ Name }) => Name).join(' or ');

const wordsOf = ({ Action, HTTP, JWT }: Permission): PermissionWords => {
  const path =
    HTTP?.PathExact || (HTTP?.PathPrefix ? `${HTTP.PathPrefix}*` : '') || HTTP?.PathRegex || 'every path';
  const methods = HTTP?.Methods?.length ? `${HTTP.Methods.join(', ')} ` : '';
  const headers = HTTP?.Header?.length ? ` with ${HTTP.Header.map(({ Name }) => Name).join(', ')}` : '';
  const jwt = JWT ? ` (with a JWT of ${providersOf(JWT)})` : '';
  return { action: Action === 'allow' ? 'allow' : 'deny', about: `${methods}${path}${headers}${jwt}` };
};

/** A permission for all requests: no header, no method, and no path or the prefix of every path. */
const isForAll = ({ HTTP, JWT }: Permission): boolean =>
  !JWT &&
  !HTTP?.Header?.length &&
  !HTTP?.Methods?.length &&
  !HTTP?.PathExact &&
  !HTTP?.PathRegex &&
  (!HTTP?.PathPrefix || HTTP.PathPrefix === '/');

/**
 * The decision of L7 permissions: the first that matches a request decides, and a request that none matches is
 * decided by the default policy, which is `deny` as soon as there are permissions and the default is not `allow`.
 * Requests without the JWT of a permission are not left to later ones (seen with real traffic on 1.20.1).
 */
const decidePermissions = (
  row: IntentionRow,
  permissions: readonly Permission[],
  defaultAllows: boolean,
): IntentionDecision => {
  const denied: PermissionWords[] = [];
  let allowsSome = false;
  for (const permission of permissions) {
    const words = wordsOf(permission);
    if (isForAll(permission)) {
      if (words.action === 'allow')
        return denied.length === 0 ? { kind: 'allow', row } : { kind: 'partly', row, denied };
      return allowsSome ? { kind: 'partly', row, denied: [...denied, words] } : { kind: 'deny', row };
    }
    if (words.action === 'deny') denied.push(words);
    else {
      allowsSome = true;
      if (permission.JWT && !defaultAllows) {
        const about = `${wordsOf({ ...permission, JWT: null }).about} without a JWT of ${providersOf(permission.JWT)}`;
        denied.push({ action: 'deny', about });
      }
    }
  }
  if (defaultAllows) return denied.length === 0 ? { kind: 'allow', row } : { kind: 'partly', row, denied };
  if (!allowsSome) return { kind: 'deny', row };
  // A permission for every request with a JWT leaves no others than those without one.
  const isForAllWithJwt = permissions.some(
    (one) => one.Action === 'allow' && isForAll({ ...one, JWT: null }),
  );
  const others: readonly PermissionWords[] = isForAllWithJwt
    ? []
    : [{ action: 'deny', about: 'every other request' }];
  return { kind: 'partly', row, denied: [...denied, ...others] };
};

export interface IntentionRules {
  readonly entries: readonly Entry<ServiceIntentions>[];
  /** The default intention policy, or the ACL default policy where none is set; undefined where not visible. */
  readonly defaultPolicy: 'allow' | 'deny' | undefined;
  /** L7 permissions count for http, http2 and grpc alone: for tcp Consul turns them into a denial. Undefined where not visible. */
  readonly protocol: string | undefined;
  /** The reason why no proxy matches an intention about a peer; absent where some do. */
  readonly unmatched?: UnmatchedPeers | 'not visible' | undefined;
  /** The reason why some of the proxies match none, while others do. */
  readonly unmatchedBySome?: UnmatchedPeers | undefined;
  /** The peers of a sameness group of a partition; undefined where they are not visible. */
  readonly membersOf?: (group: string, partition: string | undefined) => readonly string[] | undefined;
}

/** Requests without a token that the entry asks for are denied, whatever the source allows. Only proxies of L7 ask. */
const withJwt = (
  row: IntentionRow,
  decision: IntentionDecision,
  protocol: string | undefined,
): IntentionDecision => {
  const providers = row.entry.entry.JWT?.Providers ?? [];
  if (providers.length === 0 || decision.kind === 'deny' || decision.kind === 'unknown') return decision;
  if (protocol === undefined) return { kind: 'unknown', row };
  if (!l7Protocols.has(protocol.toLowerCase())) return decision;
  const denied = decision.kind === 'partly' ? decision.denied : [];
  const about = `every request without a JWT of ${providersOf(row.entry.entry.JWT)}`;
  return { kind: 'partly', row, denied: [...denied, { action: 'deny', about }] };
};

/** The decision of the intention that wins. */
const decideRow = (
  row: IntentionRow,
  { defaultPolicy, protocol }: Pick<IntentionRules, 'defaultPolicy' | 'protocol'>,
): IntentionDecision => {
  const permissions = row.source.Permissions ?? [];
  if (permissions.length === 0) return { kind: row.source.Action === 'allow' ? 'allow' : 'deny', row };
  if (protocol === undefined) return { kind: 'unknown', row };
  if (!l7Protocols.has(protocol.toLowerCase())) return { kind: 'deny', row };
  return decidePermissions(row, permissions, defaultPolicy === 'allow');
};

/**
 * Decides about one peer: of the intentions about source and destination, the one with the highest precedence
 * decides alone. Source of the order: `agent/structs/intention.go` of Consul 1.20; a test
 * compares it with `/v1/connect/intentions/match`.
 */
const decideForPeer = (
  { entries, defaultPolicy, protocol, membersOf }: IntentionRules,
  source: IntentionSource,
  destination: { readonly name: string; readonly namespace: string },
): IntentionDecision => {
  for (const row of intentionsFor(entries, destination)) {
    if (!isNamed(row, source)) continue;
    const peers = peersOfSource(row, membersOf);
    if (peers === undefined) return { kind: 'unknown', row };
    if (peers.includes(source.peer))
      return withJwt(row, decideRow(row, { defaultPolicy, protocol }), protocol);
  }
  return defaultPolicy === undefined ? { kind: 'unknown' } : { kind: defaultPolicy };
};

/** The kinds of decisions in the order in which they win over others, by the default policy. */
const winning: Readonly<Record<'allow' | 'deny', readonly IntentionDecision['kind'][]>> = {
  deny: ['allow', 'unknown', 'partly', 'deny'],
  allow: ['deny', 'unknown', 'partly', 'allow'],
};

/** Combines the decisions about one caller that comes as several peers. The first wins among equals. */
const combine = (
  own: IntentionDecision,
  further: readonly IntentionDecision[],
  defaultPolicy: IntentionRules['defaultPolicy'],
): IntentionDecision => {
  if (defaultPolicy !== undefined) {
    const order = winning[defaultPolicy];
    const [first = own] = [own, ...further].toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
    return first;
  }
  const [first = own, ...rest] = [own, ...further].filter(({ row }) => row !== undefined);
  return rest.every(({ kind }) => kind === first.kind) ? first : { kind: 'unknown' };
};

/** Decides by the intentions, as if proxies matched those about peers. */
const decideByIntentions = (
  rules: IntentionRules,
  source: IntentionSource,
  destination: { readonly name: string; readonly namespace: string },
): IntentionDecision => {
  const { furtherPeers = [] } = source;
  const own = decideForPeer(rules, source, destination);
  const further = furtherPeers
    .filter(({ name }) => name !== '' || localSourcesCount(rules.protocol) !== false)
    .map(({ name, isExported }) => ({
      name,
      isExported: name === '' ? localSourcesCount(rules.protocol) : isExported,
      decision: decideForPeer(rules, { ...source, peer: name }, destination),
    }))
    .filter(({ decision }) => decision.row !== undefined);
  if (further.length === 0) return own;
  const decisionsOf = (list: typeof further) => list.map(({ decision }) => decision);
  const certain = combine(
    own,
    decisionsOf(further.filter(({ isExported }) => isExported)),
    rules.defaultPolicy,
  );
  const possible = combine(own, decisionsOf(further), rules.defaultPolicy);
  if (certain.kind === possible.kind) return certain;
  const undecided = further.find(({ isExported }) => !isExported);
  return {
    kind: 'unknown',
    ...(undecided?.name ? { undecided: undecided.name } : omitUndefined({ row: undecided?.decision.row })),
  };
};

/**
 * The decision where some sidecars speak a protocol that hides callers of peers from them: the default policy decides there,
 * and the intention at the others (seen with real traffic on 1.20.1).
 */
const partlyMatched = (
  decision: IntentionDecision,
  row: IntentionRow,
  unmatched: UnmatchedPeers,
  defaultPolicy: IntentionRules['defaultPolicy'],
): IntentionDecision => {
  if (decision.kind === 'unknown' || defaultPolicy === undefined) return { kind: 'unknown', row };
  const denied = decision.kind === 'partly' ? decision.denied : [];
  return {
    kind: 'partly',
    row,
    denied: [...denied, { action: 'deny', about: 'requests that reach some of its sidecars' }],
    unmatched,
  };
};

/**
 * Decides as Consul does. Proxies know callers by the trust domain of their cluster, which all peerings with it share:
 * with the default policy `deny` a caller is let in if the intentions of one of those peers allow it, with `allow` it is
 * kept out if those of one deny it. Intentions of a peer that the destination is not exported to are left out (seen with
 * real traffic on 1.20.1, and `agent/xds/rbac.go`). The same holds for the cluster of the destination where it shares
 * a trust domain with that of the caller, as datacenters of one WAN federation do.
 */
export const decideIntention = (
  rules: IntentionRules,
  source: IntentionSource,
  destination: { readonly name: string; readonly namespace: string },
): IntentionDecision => {
  const decision = decideByIntentions(rules, source, destination);
  const { unmatched, unmatchedBySome, defaultPolicy } = rules;
  if (source.peer === '') return decision;
  const { row } = decision;
  const isOtherwise = row !== undefined && decision.kind !== defaultPolicy;
  if (unmatchedBySome !== undefined && isOtherwise) {
    return partlyMatched(decision, row, unmatchedBySome, defaultPolicy);
  }
  if (unmatched === undefined) return decision;
  if (unmatched === 'not visible')
    return isOtherwise ? { kind: 'unknown', row, mayLeaveOut: true } : decision;
  if (defaultPolicy === undefined) return { kind: 'unknown' };
  return { kind: defaultPolicy, unmatched, ...omitUndefined({ left: isOtherwise ? row : undefined }) };
};
