import type { Config } from '../../../config/config';
import { actorOf } from '../../../access/actor';
import type { ApprovalRequest, PlannedRequest } from '../requests/request';
import { describeFailure } from '../../../slack/api/call';
import type { ConsulError } from '../../../consul/answer';
import { readFacts } from '../plans/facts';
import { requestKinds } from '../plans/kinds';
import { requestClusters } from '../requests/clusters';
import type { ClusterFacts, PeeringFact, Plan } from '../plans/plan';
import type { TokenServices } from '../jobs/services';
import type { Result } from '../../../result';

/** The facts of the clusters of a request. */
export interface ReadSides {
  readonly acceptor: ClusterFacts;
  /** Absent for `token`. */
  readonly dialer: ClusterFacts | undefined;
}

/** Puts facts back to what they were before the request's own writes. */
type Restore = (sides: ReadSides) => ReadSides;

/** The plan as of now, or the reason why there is none. */
export type Planned =
  | ({ readonly kind: 'planned'; readonly plan: Result<Plan> } & ReadSides)
  /** A cluster is not configured, or has no token to write with. */
  | { readonly kind: 'not-set-up'; readonly cluster: string; readonly message: string }
  /** A cluster did not answer, so nothing can be said. */
  | {
      readonly kind: 'unreadable';
      readonly cluster: string;
      readonly error: ConsulError;
    };

type Tools = { readonly config: Config; readonly tokens: Pick<TokenServices, 'clients' | 'requesters'> };

/**
 * Reads the clusters and plans again.
 *
 * @param restore changes the facts before the plan; by default nothing.
 */
export const planNow = async (
  request: PlannedRequest,
  { config, tokens }: Tools,
  signal: AbortSignal,
  restore: Restore = (sides) => sides,
): Promise<Planned> => {
  const { kind, acceptor, dialer, peer, dialerPeer } = request;
  const { reads } = requestKinds[kind];
  const sides = [
    { name: acceptor, peer },
    ...(dialer === null ? [] : [{ name: dialer, peer: dialerPeer ?? '' }]),
  ];
  const read = await Promise.all(
    sides.map(async (side): Promise<ClusterFacts | Exclude<Planned, { kind: 'planned' }>> => {
      const cluster = config.clusters.get(side.name);
      const missing = { kind: 'not-set-up', cluster: side.name } as const;
      if (cluster === undefined) return { ...missing, message: `${side.name} is no longer configured` };
      const lease = tokens.clients.lease(cluster);
      if (!lease.ok) return { ...missing, message: lease.error };
      try {
        const facts = await readFacts(lease.value.client, cluster, { peer: side.peer, reads }, signal);
        return facts.ok ? facts.value : { kind: 'unreadable', cluster: side.name, error: facts.error };
      } finally {
        lease.value.release();
      }
    }),
  );
  const bad = read.find((side) => 'kind' in side);
  if (bad !== undefined && 'kind' in bad) return bad;
  const [acceptorNow, second] = read as readonly ClusterFacts[];
  if (acceptorNow === undefined) throw new Error('a request names no cluster');
  const restored = restore({ acceptor: acceptorNow, dialer: second });
  const plan = requestKinds[kind].plan(request, restored.acceptor, restored.dialer);
  return { kind: 'planned', plan, ...restored };
};

/** Tells whether the approved plan still holds. */
export type Examined =
  | ({ readonly kind: 'same' } & ReadSides)
  /** The plan has changed, or the requester no longer has access. */
  | { readonly kind: 'changed'; readonly message: string }
  /** Slack or a cluster does not answer, so it is unknown. */
  | { readonly kind: 'unreadable'; readonly message: string };

const changed = (why: string): Examined => ({ kind: 'changed', message: `changed since approval: ${why}` });

/**
 * Returns the facts of the acceptor as they were before a token was generated for this request, if nothing else changed
 * there: its peering is PENDING, and is the earlier one or, if there was none, made by this request.
 */
export const withoutOwnToken =
  ({ id }: ApprovalRequest, before: PeeringFact | null): Restore =>
  ({ acceptor, dialer }) => {
    const { peering } = acceptor;
    const own = before === null ? peering?.madeBy === id : peering?.id === before.id;
    return own && peering?.state === 'PENDING' && !peering.dialer
      ? { acceptor: { ...acceptor, peering: before }, dialer }
      : { acceptor, dialer };
  };

/**
 * Reads again everything that a request depends on: the requester's access, the configuration and the clusters.
 *
 * @param restore undoes the effects of this request's own writes in the facts; by default there are none.
 */
export const examine = async (
  request: ApprovalRequest,
  tools: Tools,
  signal: AbortSignal,
  restore?: Restore,
): Promise<Examined> => {
  const { requester: user, kind } = request;
  const right = await tools.tokens.requesters.authorize(actorOf({ ...request, user }), {
    command: kind,
    clusters: requestClusters(request),
  });
  if (!right.ok) return { kind: 'unreadable', message: describeFailure(right.error) };
  if (right.value.kind !== 'allowed') return changed('the requester no longer has access');
  const planned = await planNow(request, tools, signal, restore);
  if (planned.kind === 'not-set-up') return changed(planned.message);
  if (planned.kind === 'unreadable')
    return {
      kind: 'unreadable',
      message: `"${planned.cluster}" could not be read: ${planned.error.message}`,
    };
  const { plan, acceptor, dialer } = planned;
  if (!plan.ok) return changed(plan.error);
  const { changes, digest } = plan.value;
  if (digest !== request.digest) {
    const same = changes.join() === request.plan.join();
    return changed(
      same
        ? 'a cluster or its peering is no longer the one that was approved'
        : `the changes would now be: ${changes.join('; ')}`,
    );
  }
  return { kind: 'same', acceptor, dialer };
};
