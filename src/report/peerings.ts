import type { PeerSummary } from './peer-summary';

/** The peerings between clusters, each as its two sides show it. JSON-safe, no markup, no secrets. */

/** One side of a peering. */
export interface PeeringSide {
  /** The name in the clusters file; null if the other side is not configured, or not for the reader. */
  readonly cluster: string | null;
  /** The name of the peering on this side; null if it is not known. */
  readonly peer: string | null;
  /** Consul's own word, such as `ACTIVE`; empty if there is no such peering, null if it is not known. */
  readonly state: string | null;
  /** When the last message of the other side arrived (ISO 8601); null if it is not known that one did. */
  readonly lastHeardAt: string | null;
}

/** A peering with both of its sides. */
export interface PeeringPair {
  readonly here: PeeringSide;
  readonly there: PeeringSide;
  /** Services that `here` exports to `there`; null if it is not known. */
  readonly servicesOut: number | null;
  /** Services that `here` imports from `there`; null if it is not known. */
  readonly servicesIn: number | null;
}

/** The peerings of some clusters. */
export interface PeeringList {
  readonly schemaVersion: 1;
  /** ISO 8601. */
  readonly readAt: string;
  /** Those first whose sides are not both ACTIVE. */
  readonly peerings: readonly PeeringPair[];
  /** Clusters whose peerings could not be read, with the reason. */
  readonly notRead: readonly { readonly cluster: string; readonly problem: string }[];
}

/** A cluster whose peerings were to be read. */
export interface PeeringsRead {
  readonly cluster: string;
  /** The configured clusters at the other ends that the reader may see, by the names of the peerings. */
  readonly others: Readonly<Record<string, string>>;
  /** Null: they could not be read, and `problem` says why. */
  readonly peers: readonly PeerSummary[] | null;
  readonly problem: string;
}

/** Returns a side as its own cluster sees it. */
const sideOf = (read: PeeringsRead, name: string | null): PeeringSide => {
  const found = read.peers?.find((peer) => peer.name === name);
  return {
    cluster: read.cluster,
    peer: name,
    state: read.peers === null || name === null ? null : (found?.state ?? ''),
    lastHeardAt: found?.lastHeardAt ?? null,
  };
};

/** Finds the peering of a cluster that leads back to another. Of several, the first that exists. */
const wayBack = (to: string, from: PeeringsRead): string | null => {
  const names = Object.keys(from.others).filter((name) => from.others[name] === to);
  return names.find((name) => from.peers?.some((peer) => peer.name === name)) ?? names[0] ?? null;
};

const unknownSide: PeeringSide = { cluster: null, peer: null, state: null, lastHeardAt: null };

const isSound = ({ here, there }: PeeringPair): boolean =>
  here.state === 'ACTIVE' && (there.state === 'ACTIVE' || there.state === null);

/**
 * Pairs both sides of each peering of the selected clusters, so that each is listed once. Other clusters only complete
 * them.
 */
export const pairPeerings = (
  selected: readonly string[],
  read: readonly PeeringsRead[],
  readAt: string,
): PeeringList => {
  const byName = new Map(read.map((one) => [one.cluster, one]));
  const listed = new Set<string>();
  const keyOf = ({ cluster, peer }: PeeringSide): string => JSON.stringify([cluster, peer]);
  const pairs = selected.flatMap((name) => {
    const own = byName.get(name);
    if (own === undefined) return [];
    const names = [...new Set([...(own.peers ?? []).map((peer) => peer.name), ...Object.keys(own.others)])];
    return names.flatMap((peer): readonly PeeringPair[] => {
      const here = sideOf(own, peer);
      const other = byName.get(own.others[peer] ?? '');
      const back = other === undefined ? null : wayBack(name, other);
      const there =
        other === undefined ? { ...unknownSide, cluster: own.others[peer] ?? null } : sideOf(other, back);
      if (listed.has(keyOf(here)) || (there.peer !== null && listed.has(keyOf(there)))) return [];
      // Configured only, and not known to exist anywhere.
      if (!here.state && !there.state) return [];
      listed.add(keyOf(here));
      const [ownReport, farReport] = [
        own.peers?.find((one) => one.name === peer),
        other?.peers?.find((one) => one.name === back),
      ];
      return [
        {
          here,
          there,
          servicesOut: ownReport?.exportedServices ?? farReport?.importedServices ?? null,
          servicesIn: ownReport?.importedServices ?? farReport?.exportedServices ?? null,
        },
      ];
    });
  });
  return {
    schemaVersion: 1,
    readAt,
    peerings: pairs.toSorted((a, b) => Number(isSound(a)) - Number(isSound(b))),
    notRead: read.filter(({ peers }) => peers === null).map(({ cluster, problem }) => ({ cluster, problem })),
  };
};
