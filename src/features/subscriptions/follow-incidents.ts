import type { Config } from '../../config/config';
import { otherSidesOf } from '../../config/other-sides';
import { ownerOf } from '../../config/owners';
import type { Verdict } from '../../report/report';
import type { VerdictChange } from '../../report/track-changes';
import { type Incident, type Incidents, isDueNow, isIncident, observedState } from '../incidents';
import type { Subscription } from './subscriptions.store';
import type { Watch } from './watches.store';

/** Follows the incidents of the clusters of a subscription, and decides about mentions of the people on call. */

type Services = { readonly config: Config; readonly incidents: Incidents };

/** The verdict of a cluster in the state of a subscription. */
interface Followed {
  readonly reported: Verdict;
  readonly observed: Verdict;
  /** Polls in a row that observed this verdict. */
  readonly streak: number;
}

const followedBy = (
  { cluster }: Pick<Subscription, 'cluster'>,
  { tracked }: Pick<Watch, 'tracked'>,
): readonly (readonly [string, Followed])[] =>
  Object.entries(tracked.clusters ?? { [cluster]: tracked.verdict });

/** Returns a verdict that a subscription is sure of: others may know of a change that it has yet to confirm. */
const sureVerdict = ({ reported, observed, streak }: Followed): Verdict =>
  reported === observed && (streak > 1 || reported === 'not-ready') ? reported : 'unknown';

/** Tells whether a change of a verdict begins an incident for which people are on call. */
export const beginsIncidentOf =
  ({ cluster }: Pick<Subscription, 'cluster'>, config: Config) =>
  (change: VerdictChange): boolean => {
    const onCall = ownerOf(config, change.cluster ?? cluster)?.oncall;
    return onCall !== undefined && isIncident(change.after, onCall) && !isIncident(change.before, onCall);
  };

/**
 * Begins, keeps and ends the incidents of the clusters that a subscription has polled. Returns those of clusters whose
 * verdict is one of an incident here.
 *
 * @param visible the clusters that the owner of the subscription may see
 */
export const followIncidents = async (
  subscription: Pick<Subscription, 'cluster' | 'check' | 'peer' | 'severity'>,
  watch: Pick<Watch, 'tracked'>,
  visible: readonly string[],
  { config, incidents }: Services,
): Promise<ReadonlyMap<string, Incident>> => {
  const { check, peer, severity } = subscription;
  const followed = await Promise.all(
    followedBy(subscription, watch).map(async ([name, track]) => {
      const verdict = sureVerdict(track);
      const cluster = config.clusters.get(name);
      if (cluster === undefined) return [];
      const onCall = ownerOf(config, name)?.oncall;
      const otherSides = otherSidesOf(cluster).filter((side) => visible.includes(side));
      // For errors only, warnings are like none.
      const known = severity === 'error' && onCall?.severity === 'warning' && verdict === 'ready';
      const observed = observedState(known ? 'unknown' : verdict, { check, peer, otherSides }, onCall);
      const incident = await incidents.observe(cluster, observed, Date.now());
      const isShown = incident !== undefined && isIncident(track.reported, onCall);
      return isShown ? [[name, incident] as const] : [];
    }),
  );
  return new Map(followed.flat());
};

/** Lists the clusters whose people on call are to be mentioned now, since their hours have begun. */
export const dueMentions = (
  incidents: ReadonlyMap<string, Incident>,
  { pending }: Pick<Watch, 'pending'>,
  services: Pick<Services, 'config'>,
): readonly string[] =>
  [...incidents.values()]
    .filter((incident) => isDueNow(incident, services))
    .map(({ cluster }) => cluster)
    .filter((cluster) => !pending.some(({ turned = [] }) => turned.includes(cluster)));
