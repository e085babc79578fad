import { z } from 'zod';
import { otherSidesOf } from '../../config/other-sides';
import type { ClusterConfig } from '../../config/config';
import type { Verdict } from '../../report/report';
import type { OnCallConfig } from '../../config/on-call';

/** The part of a cluster that an observer looks at. */
const IncidentScope = z.object({
  /** A check's id or a glob; null: all. */
  check: z.string().nullable(),
  /** Null: all peers. */
  peer: z.string().nullable(),
  /** The other sides of peerings that were read too. */
  otherSides: z.array(z.string()).readonly(),
});
type IncidentScope = Readonly<z.infer<typeof IncidentScope>>;

/** The time from which a cluster is not ready until it is ready again. Times are ms since the epoch. */
export const Incident = z.object({
  cluster: z.string(),
  /** Tells it from other incidents of the cluster. */
  sinceMs: z.number(),
  /** When the cluster was last observed as not ready, to the hour. */
  observedMs: z.number(),
  /** All of what was not ready: an observer of less cannot say that it is over. */
  scope: IncidentScope,
  /** The message that mentions the on-call group; null if none does. */
  mention: z.object({ message: z.string(), atMs: z.number() }).nullable(),
  /** True if the on-call group is to be mentioned once its hours begin. */
  isDue: z.boolean(),
  /** The person who is on it. */
  taken: z.object({ by: z.string(), atMs: z.number() }).nullable(),
  /** Incremented with each change. */
  version: z.number(),
});
export type Incident = Readonly<z.infer<typeof Incident>>;

/** The state of a part of a cluster, as an observer found it. */
export interface ObservedState {
  readonly state: 'open' | 'over' | 'unknown';
  readonly scope: IncidentScope;
}

/** Tells whether a verdict is one of an incident: not ready, or warnings where the on-call group is there for these too. */
export const isIncident = (verdict: Verdict, onCall: Pick<OnCallConfig, 'severity'> | undefined): boolean =>
  verdict === 'not-ready' || (verdict === 'warnings' && onCall?.severity === 'warning');

/** Returns the state that a verdict stands for. */
export const observedState = (
  verdict: Verdict,
  scope: IncidentScope,
  onCall: Pick<OnCallConfig, 'severity'> | undefined,
): ObservedState => ({
  scope,
  state: verdict === 'unknown' ? 'unknown' : isIncident(verdict, onCall) ? 'open' : 'over',
});

/** An incident that nobody has observed for this long (ms) is over. */
const forgottenMs = 7 * 86_400_000;
/** Interval in which an unchanged incident is stored, in ms. */
const notedMs = 3_600_000;

/** Tells whether an incident still counts. */
export const isCurrent = ({ observedMs }: Incident, nowMs: number): boolean =>
  nowMs - observedMs < forgottenMs;

const includes = (all: string | null, part: string | null): boolean => all === null || all === part;

/** Tells whether an observer sees all that an incident is about, as far as it is still configured. */
const sees = (
  scope: IncidentScope,
  { scope: about }: Incident,
  cluster: Pick<ClusterConfig, 'peers'>,
): boolean =>
  includes(scope.check, about.check) &&
  includes(scope.peer, about.peer) &&
  about.otherSides.every((side) => scope.otherSides.includes(side) || !otherSidesOf(cluster).includes(side));

const joined = (a: IncidentScope, b: IncidentScope): IncidentScope => ({
  check: a.check === b.check ? a.check : null,
  peer: a.peer === b.peer ? a.peer : null,
  otherSides: [...new Set([...a.otherSides, ...b.otherSides])].toSorted(),
});

/**
 * Returns the incident of a cluster after it was observed; undefined if there is none, or if it is over. An unknown state
 * neither begins nor ends one.
 */
export const nextIncident = (
  before: Incident | undefined,
  { state, scope }: ObservedState,
  { name, peers }: Pick<ClusterConfig, 'name' | 'peers'>,
  nowMs: number,
): Incident | undefined => {
  const current = before !== undefined && isCurrent(before, nowMs) ? before : undefined;
  if (state === 'unknown') return current;
  if (state === 'over') return current === undefined || sees(scope, current, { peers }) ? undefined : current;
  if (current === undefined) {
    const none = { mention: null, isDue: false, taken: null, version: 0 };
    return { cluster: name, sinceMs: nowMs, observedMs: nowMs, scope, ...none };
  }
  const isNoted =
    nowMs - current.observedMs < notedMs && sees(current.scope, { ...current, scope }, { peers });
  return isNoted ? current : { ...current, observedMs: nowMs, scope: joined(current.scope, scope) };
};
