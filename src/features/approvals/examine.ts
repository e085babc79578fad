import type { Config } from '../../config/config';
import { actorOf } from '../../access/actor';
import type { ApprovalRequest, PlannedRequest } from './request';
import { describeFailure } from '../../slack/api/call';
import type { ConsulError } from '../../consul/answer';
import { readFacts } from './facts';
import { type ClusterFacts, type PeeringFact, type Plan, planConnect, planToken } from './plan';
import type { TokenServices } from './services';
import type { Result } from '../../result';

/** The plan as of now, or the reason why there is none. */
export type Planned =
  | { readonly kind: 'planned'; readonly plan: Result<Plan>; readonly acceptor: ClusterFacts }
  /** A cluster is not configured, or has no token to write with. */
  | { readonly kind: 'not-set-up'; readonly cluster: string; readonly message: string }
  /** A cluster did not answer, so nothing can be said. */
  | {
      readonly kind: 'unreadable';
      readonly cluster: string;
      readonly error: ConsulError;
    };

type Tools = { readonly config: Config; readonly tokens: Pick<TokenServices, 'clients' | 'requesters'> };

/** Returns the clusters that a request is about; the person needs a permission for each. */
export const requestClusters = ({
  acceptor,
  dialer,
}: Pick<PlannedRequest, 'acceptor' | 'dialer'>): readonly string[] =>
  dialer === null ? [acceptor] : [acceptor, dialer];

/**
 * Reads the clusters and plans again.
 *
 * @param seen changes the facts of the acceptor before the plan; by default nothing.
 */
export const planNow = async (
  request: PlannedRequest,
  { config, tokens }: Tools,
  signal: AbortSignal,
  seen = (acceptor: ClusterFacts): ClusterFacts => acceptor,
): Promise<Planned> => {
  const { kind, acceptor, dialer, peer, dialerPeer, replace } = request;
  const sides =
    kind === 'connect'
      ? [
          { name: acceptor, peer },
          { name: dialer ?? '', peer: dialerPeer ?? '' },
        ]
      : [{ name: acceptor, peer }];
  const read = await Promise.all(
    sides.map(async (side): Promise<ClusterFacts | Exclude<Planned, { kind: 'planned' }>> => {
      const cluster = config.clusters.get(side.name);
      const missing = { kind: 'not-set-up', cluster: side.name } as const;
      if (cluster === undefined) return { ...missing, message: `${side.name} is no longer configured` };
      const lease = tokens.clients.lease(cluster);
      if (!lease.ok) return { ...missing, message: lease.error };
      try {
        const facts = await readFacts(lease.value.client, cluster, side.peer, signal);
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
  const first = seen(acceptorNow);
  const plan =
    second === undefined
      ? planToken(first, { peer, replace })
      : planConnect(first, second, { peer, dialerPeer: dialerPeer ?? '' });
  return { kind: 'planned', plan, acceptor: first };
};

/** Tells whether the approved plan still holds. */
export type Examined =
  | { readonly kind: 'same'; readonly acceptor: ClusterFacts }
  /** The plan has changed, or the requester no longer has access. */
  | { readonly kind: 'changed'; readonly message: string }
  /** Slack or a cluster does not answer, so it is unknown. */
  | { readonly kind: 'unreadable'; readonly message: string };

const changed = (why: string): Examined => ({ kind: 'changed', message: `changed since approval: ${why}` });

/**
 * Returns the facts of the acceptor as they were before a token was generated for this request, if nothing else changed
 * there: its peering is PENDING, and is the earlier one or, if there was none, made by this request.
 */
const withoutOwnToken =
  ({ id }: ApprovalRequest, before: PeeringFact | null) =>
  (acceptor: ClusterFacts): ClusterFacts => {
    const { peering } = acceptor;
    const own = before === null ? peering?.madeBy === id : peering?.id === before.id;
    return own && peering?.state === 'PENDING' && !peering.dialer
      ? { ...acceptor, peering: before }
      : acceptor;
  };

/**
 * Reads again everything that a request depends on: the requester's access, the configuration and the clusters.
 *
 * @param generated set after a token was generated; `before` is the acceptor's peering until then.
 */
export const examine = async (
  request: ApprovalRequest,
  tools: Tools,
  signal: AbortSignal,
  generated?: { readonly before: PeeringFact | null },
): Promise<Examined> => {
  const { requester: user, kind } = request;
  const right = await tools.tokens.requesters.authorize(actorOf({ ...request, user }), {
    command: kind,
    clusters: requestClusters(request),
  });
  if (!right.ok) return { kind: 'unreadable', message: describeFailure(right.error) };
  if (right.value.kind !== 'allowed') return changed('the requester no longer has access');
  const seen = generated && withoutOwnToken(request, generated.before);
  const planned = await planNow(request, tools, signal, seen);
  if (planned.kind === 'not-set-up') return changed(planned.message);
  if (planned.kind === 'unreadable')
    return {
      kind: 'unreadable',
      message: `"${planned.cluster}" could not be read: ${planned.error.message}`,
    };
  const { plan, acceptor } = planned;
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
  return { kind: 'same', acceptor };
};
