import type { OtherSide, Section, Sections, Snapshot } from '../snapshot/snapshot';
import { derive } from './views/derive';
import { type Export, exportsOf } from './views/exports';
import { type FarUpstream, farUpstreamsOf } from './views/far';
import { type GatewayMode, gatewayModesOf } from './views/modes';
import { type RegisteredSidecar, registeredOf } from './views/registered';
import { type Relation, relationsOf } from './views/relations';
import { type PeerUpstream, peerUpstreamsOf, type ResolvedUpstream, upstreamsOf } from './views/upstreams';

/** What is derived from the sections of a snapshot. */
export interface Derived {
  /** Name, datacenter, tenancy and edition of the cluster itself; always seen. */
  cluster: Snapshot['cluster'];
  /** When the snapshot was taken, by the servers' clock (ISO 8601); ages are measured against it. Always seen. */
  takenAt: string;
  /** The name of every peering, also where the run is narrowed to one. */
  peerNames: readonly string[];
  /** True where the cluster has no peering at all: it is then checked for readiness to peer. */
  readiness: boolean;
  /** The part that this cluster plays towards each peer. */
  relations: readonly Relation[];
  /** What is exported, by entry and service, with consumers resolved to peers. */
  exports: readonly Export[];
  /** The sidecars as they were registered, without what central configuration adds. */
  registered: readonly RegisteredSidecar[];
  /** Every explicit upstream, resolved. */
  upstreams: readonly ResolvedUpstream[];
  /** Every way of an upstream to a peer. */
  peerUpstreams: readonly PeerUpstream[];
  /** Upstreams of configured other sides that lead here. */
  farUpstreams: readonly FarUpstream[];
  /** The effective mesh gateway mode of every way to a peer. */
  gatewayModes: readonly GatewayMode[];
}

/** What checks may read: every section of the snapshot, and what is derived from them. */
export type Views = Sections & Derived;

/** The views as sections: each with its value, or the reason why it could not be seen. */
export type ViewSections = { readonly [K in keyof Views]: Section<Views[K]> };

/** Narrows a run. */
export interface ViewOptions {
  /** Look at this peer alone. */
  readonly peer?: string | undefined;
}

const map = <T>(section: Section<T>, change: (value: T) => T): Section<T> =>
  section.seen === 'none' ? section : { ...section, value: change(section.value) };

/**
 * A consumer that is no peering at all stays: the name may be a misspelling of the peer that is asked about.
 * A service without any consumer left is of no concern to this peer.
 */
const exportsTo = (exports: readonly Export[], peer: string, known: readonly string[]): readonly Export[] =>
  exports
    .map((row) => ({
      ...row,
      consumers: row.consumers.filter((consumer) => consumer.peer === peer || !known.includes(consumer.peer)),
    }))
    .filter((row) => row.consumers.length > 0 || row.unresolved.length > 0);

/** An upstream that leads to other peers only is of no concern to this peer; one that leads to none may be. */
const upstreamsTo = (upstreams: readonly ResolvedUpstream[], peer: string): readonly ResolvedUpstream[] =>
  upstreams.filter(({ reaches }) => {
    const peers = reaches.map((reach) => reach.peer).filter(Boolean);
    return peers.length === 0 || peers.includes(peer);
  });

const seen = <T>(value: T): Section<T> => ({ seen: 'all', value });

/**
 * All views of a snapshot, each computed when first read and then kept. Pure: the same snapshot gives the same
 * views. With `peer`, views that are about peers hold only what concerns that one.
 */
export const viewsOf = (snapshot: Snapshot, { peer }: ViewOptions = {}): ViewSections => {
  const { sections } = snapshot;
  const names = derive(sections as ViewSections, ['peerings'], ({ peerings }) =>
    peerings.list.map(({ Name }) => Name),
  );
  const known = names.seen === 'none' ? [] : names.value;

  const narrow = <T>(section: Section<T>, change: (value: T, peer: string) => T): Section<T> =>
    peer === undefined ? section : map(section, (value) => change(value, peer));

  const compute: { readonly [K in keyof Derived | 'peerings' | 'otherSides']: () => Section<Views[K]> } = {
    peerings: () =>
      narrow(sections.peerings, (value, peer) => ({
        ...value,
        list: value.list.filter(({ Name }) => Name === peer),
      })),
    otherSides: () =>
      narrow(sections.otherSides, (value: readonly OtherSide[], peer) =>
        value.filter((side) => side.peer === peer),
      ),
    cluster: () => seen(snapshot.cluster),
    takenAt: () => seen(snapshot.takenAt),
    peerNames: () => names,
    readiness: () => derive(views, ['peerNames'], ({ peerNames }) => peerNames.length === 0),
    relations: () => relationsOf(views),
    exports: () => narrow(exportsOf(views), (rows, peer) => exportsTo(rows, peer, known)),
    registered: () => registeredOf(views),
    upstreams: () => narrow(upstreamsOf(views), upstreamsTo),
    peerUpstreams: () =>
      narrow(peerUpstreamsOf(views), (rows, peer) => rows.filter((upstream) => upstream.peer === peer)),
    farUpstreams: () => farUpstreamsOf(views, (other) => viewsOf(other)),
    gatewayModes: () => gatewayModesOf(views),
  };

  const views = { ...sections } as ViewSections;
  for (const [name, make] of Object.entries(compute)) {
    let made: Section<unknown> | undefined;
    Object.defineProperty(views, name, { enumerable: true, get: () => (made ??= make()) });
  }
  return views;
};
