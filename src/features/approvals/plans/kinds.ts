import type { Result } from '../../../result';
import { type ClusterFacts, type Plan, planConnect, planToken } from './plan';
import type { FactSource } from './facts';
import { planExport } from './plan-export';
import { planDisconnect, planRenew } from './plan-pair';
import type { PlannedRequest } from '../requests/request';

/** Facts that the approvers of a request need beside its plan. */
export type NoteSource = 'token addresses' | 'impact' | 'Kubernetes' | 'names';

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
  readonly reads: FactSource;
  readonly notes: readonly NoteSource[];
  /** The step after approval: a click of the requester, or a run of the bot. */
  readonly startedBy: 'requester' | 'bot';
  /** True if a click can put back what its run has changed. */
  readonly undo?: true;
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

/** The kinds of requests as data. What a run writes, and how one that died is reconciled, is in `queue-run.ts` and `reconcile.ts`. */
export const requestKinds: Readonly<Record<PlannedRequest['kind'], RequestKind>> = {
  token: {
    icon: '🔑',
    headline: ({ acceptor, peer }, name) =>
      `requests a peering token for ${name(acceptor)}, peer ${name(peer)}`,
    yours: ({ acceptor, peer }) => `your request for a peering token ("${acceptor}", peer "${peer}")`,
    summary: ({ acceptor, peer, replace }) =>
      `token of ${acceptor} for ${peer}${replace ? ', replacing' : ''}`,
    plan: ({ peer, replace }, acceptor) => planToken(acceptor, { peer, replace }),
    reads: 'peering',
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
    reads: 'peering',
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
    reads: 'peering',
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
    reads: 'peering',
    notes: ['token addresses', 'Kubernetes'],
    startedBy: 'bot',
    running: 'renewing',
    done: 'renewed',
  },
  export: {
    icon: '📤',
    headline: ({ acceptor, peer, service }, name) =>
      `requests to export ${name(service ?? '')} from ${name(acceptor)} to its peer ${name(peer)}`,
    yours: ({ acceptor, peer, service }) =>
      `your request to export "${service ?? ''}" from "${acceptor}" to "${peer}"`,
    summary: ({ acceptor, peer, service }) => `export ${service ?? ''} from ${acceptor} to ${peer}`,
    plan: ({ peer, service = '' }, acceptor) => planExport('export', acceptor, { service, peer }),
    reads: 'exported-services',
    notes: ['names'],
    startedBy: 'bot',
    running: 'exporting',
    done: 'exported',
    undo: true,
  },
  unexport: {
    icon: '📥',
    headline: ({ acceptor, peer, service }, name) =>
      `requests to end the export of ${name(service ?? '')} from ${name(acceptor)} to its peer ${name(peer)}`,
    yours: ({ acceptor, peer, service }) =>
      `your request to end the export of "${service ?? ''}" from "${acceptor}" to "${peer}"`,
    summary: ({ acceptor, peer, service }) => `unexport ${service ?? ''} from ${acceptor} to ${peer}`,
    plan: ({ peer, service = '' }, acceptor) => planExport('unexport', acceptor, { service, peer }),
    reads: 'exported-services',
    notes: ['impact'],
    startedBy: 'bot',
    running: 'ending the export',
    done: 'no longer exported',
    undo: true,
  },
};
