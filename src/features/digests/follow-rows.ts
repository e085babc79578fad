import type { Config } from '../../config/config';
import { otherSidesOf } from '../../config/other-sides';
import { ownerOf } from '../../config/owners';
import type { DigestRow } from '../../report/digest-row';
import { type Incident, type Incidents, isDueNow, isIncident, observeVerdict } from '../incidents';
import type { Scope } from './digest-scope';

/** The incidents of the clusters of a digest. */
interface FollowedRows {
  /** By cluster. */
  readonly incidents: ReadonlyMap<string, Incident>;
  /** The clusters whose people on call are to be mentioned. */
  readonly called: readonly string[];
}

/** Begins, keeps and ends the incidents of the clusters that a digest has checked. */
export const followRows = async (
  { rows, scope }: { readonly rows: readonly DigestRow[]; readonly scope: Pick<Scope, 'otherSides'> },
  services: { readonly config: Config; readonly incidents: Incidents },
): Promise<FollowedRows> => {
  const { config } = services;
  const incidents = new Map<string, Incident>();
  const called: string[] = [];
  for (const { cluster: name, verdict, verdictBefore, isFirst } of rows) {
    const cluster = config.clusters.get(name);
    if (cluster === undefined) continue;
    const otherSides = otherSidesOf(cluster).filter((side) => scope.otherSides.includes(side));
    const incident = await observeVerdict(cluster, { verdict, peer: null, otherSides }, services);
    if (incident === undefined) continue;
    incidents.set(name, incident);
    const wasOne = verdictBefore !== null && isIncident(verdictBefore, ownerOf(config, name)?.oncall);
    if ((!isFirst && !wasOne) || isDueNow(incident, services)) called.push(name);
  }
  return { incidents, called };
};
