import type { KnownBlock } from '@slack/types';
import type { Verdict } from '../../report/report';
import type { RunLine } from '../history';

/** A peering of a cluster, with the state on both sides. */
export interface HomePeer {
  readonly name: string;
  /** As its cluster reports it; empty if it is configured but does not exist, null if the cluster was never checked. */
  readonly state: string | null;
  /** The cluster of the peer, if it is configured and the reader has access to it. */
  readonly cluster: { readonly name: string; readonly number: number } | null;
  /** As the other side reports it, with the same values. */
  readonly back: string | null;
}

export interface HomeCluster {
  /** Its number among all that the reader has access to, from 1. */
  readonly number: number;
  readonly name: string;
  readonly last?:
    | {
        readonly run: string;
        readonly verdict: Verdict;
        readonly at: string;
        readonly findings?: RunLine['findings'] | undefined;
      }
    | undefined;
  readonly peers: readonly HomePeer[];
  /** The errors of its last runs as bars; empty if there are too few. */
  readonly trend: string;
}

export interface HomeData {
  /** From 0. */
  readonly page: number;
  readonly pages: number;
  /** Number of clusters that the reader has access to, by verdict; `none` was never checked. */
  readonly verdicts: Readonly<Record<Verdict | 'none', number>>;
  /** Those of this page. */
  readonly clusters: readonly HomeCluster[];
  /** When it was read (ISO 8601). */
  readonly at: string;
  /** True if the reader may request to connect clusters. */
  readonly mayConnect: boolean;
  /** Blocks before and after the clusters: open requests, schedules, mutes. */
  readonly above: readonly KnownBlock[];
  readonly below: readonly KnownBlock[];
}
