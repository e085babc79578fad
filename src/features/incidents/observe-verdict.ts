import type { ClusterConfig, Config } from '../../config/config';
import { ownerOf } from '../../config/owners';
import type { Verdict } from '../../report/report';
import { type Incident, isIncident, observedState } from './incident';
import type { Incidents } from './incidents.store';

/** The result of one check of a cluster. */
interface CheckedVerdict {
  /** Null: the cluster could not be read. */
  readonly verdict: Verdict | null;
  /** The peer that it was checked for; null: all. */
  readonly peer: string | null;
  /** The other sides that were read. */
  readonly otherSides: readonly string[];
}

/** Begins, keeps or ends the incident of a cluster after a check; returns it if the cluster is in one. */
export const observeVerdict = async (
  cluster: Pick<ClusterConfig, 'name' | 'peers'>,
  { verdict, peer, otherSides }: CheckedVerdict,
  { config, incidents }: { readonly config: Config; readonly incidents: Incidents },
): Promise<Incident | undefined> => {
  const onCall = ownerOf(config, cluster.name)?.oncall;
  const state = observedState(verdict ?? 'unknown', { check: null, peer, otherSides }, onCall);
  const incident = await incidents.observe(cluster, state, Date.now());
  return verdict !== null && isIncident(verdict, onCall) ? incident : undefined;
};
