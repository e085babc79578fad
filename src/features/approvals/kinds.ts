import type { Result } from '../../result';
import { type ClusterFacts, type Plan, planConnect, planToken } from './plan';
import { planDisconnect, planRenew } from './plan-pair';
import type { PlannedRequest } from './request';

/** Facts that the approvers of a request need beside its plan. */
export type NoteSource = 'token addresses' | 'impact' | 'Kubernetes';

interface RequestKind {
  readonly icon: string;
  /** The request after its requester, on the card. `name` renders a name. */
  readonly headline: (request: PlannedRequest, name: (text: string) => string) => string;
  /** The request in a direct message to its requester. */
  readonly yours: (request: PlannedRequest) => string;
  /** The request in the audit trail. */
  readonly summary: (request: PlannedRequest) => string;
  /** Plans the request from the facts of its clusters, the acceptor first. */
  readonly plan: (
    request: PlannedRequest,
    acceptor: ClusterFacts,
    dialer: ClusterFacts | undefined,
  ) => Result<Plan>;
  readonly notes: readonly NoteSource[];
  /** The step after approval: a click of the requester, or a run of the bot. */
  readonly startedBy: 'requester' | 'bot';
  readonly running: string;
  readonly done: string;
}

const pairOf = ({ acceptor, dialer }: PlannedRequest): string => `${acceptor} and ${dialer ?? ''}`;
const namesOf = ({ peer, dialerPeer }: PlannedRequest) => ({ peer, dialerPeer: dialerPeer ?? '' });

const planPair =
  (plan: typeof planConnect): RequestKind['plan'] =>
  (request, acceptor, dialer) => {
    if (dialer === undefined) throw new Error(`a ${request.kind} has two sides`);
    return plan(acceptor, dialer, namesOf(request));
  };

/** The kinds of requests as data. What a run writes, and how one that died is reconciled, is in `runs.ts`. */
export const requestKinds: Readonly<Record<PlannedRequest['kind'], RequestKind>> = {
  token: {
    icon: '🔑',
    headline: ({ acceptor, peer }, name) =>
      `requests a peering token for ${name(acceptor)}, peer ${name(peer)}`,
    yours: ({ acceptor, peer }) => `your request for a peering token ("${acceptor}", peer "${peer}")`,
    summary: ({ acceptor, peer, replace }) =>
      `token of ${acceptor} for ${peer}${replace ? ', replacing' : ''}`,
    plan: ({ peer, replace }, acceptor) => planToken(acceptor, { peer, replace }),
    notes: ['token addresses'],
    startedBy: 'requester',
    running: 'generating the token',
    done: 'revealed to the requester',
  },
  connect: {
    icon: '🔗',
    headline: ({ acceptor, dialer }, name) => `requests to peer ${name(acceptor)} with ${name(dialer ?? '')}`,
    yours: ({ acceptor, dialer }) => `your request to peer "${acceptor}" with "${dialer ?? ''}"`,
    summary: (request) => `connect ${pairOf(request)} as ${request.peer}`,
    plan: planPair(planConnect),
    notes: ['token addresses'],
    startedBy: 'bot',
    running: 'connecting',
    done: 'connected',
  },
  disconnect: {
    icon: '✂️',
    headline: ({ acceptor, dialer }, name) =>
      `requests to end the peering of ${name(acceptor)} with ${name(dialer ?? '')}`,
    yours: ({ acceptor, dialer }) =>
      `your request to end the peering of "${acceptor}" with "${dialer ?? ''}"`,
    summary: (request) => `disconnect ${pairOf(request)}, which is ${request.peer}`,
    plan: planPair(planDisconnect),
    notes: ['impact', 'Kubernetes'],
    startedBy: 'bot',
    running: 'disconnecting',
    done: 'disconnected',
  },
  renew: {
    icon: '🔄',
    headline: ({ acceptor, dialer }, name) =>
      `requests to renew the peering of ${name(acceptor)} with ${name(dialer ?? '')}`,
    yours: ({ acceptor, dialer }) =>
      `your request to renew the peering of "${acceptor}" with "${dialer ?? ''}"`,
    summary: (request) => `renew the peering of ${pairOf(request)}, which is ${request.peer}`,
    plan: planPair(planRenew),
    notes: ['token addresses', 'Kubernetes'],
    startedBy: 'bot',
    running: 'renewing',
    done: 'renewed',
  },
};
