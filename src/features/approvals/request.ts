/** A request for a peering token, or for connecting two clusters, from asking to its end. */

export const requestStates = [
  'pending',
  'approved',
  'running',
  'done',
  'failed',
  'unknown',
  'denied',
  'expired',
  'cancelled',
] as const;
export type RequestState = (typeof requestStates)[number];

/** What was asked. Never changed after it was signed; all times are of Redis's clock, in ms since the epoch. */
export interface ApprovalRequest {
  readonly id: string;
  readonly kind: 'token' | 'connect';
  /** The cluster that generates the token. */
  readonly acceptor: string;
  /** The cluster that establishes; only for `connect`. */
  readonly dialer: string | null;
  /** What the acceptor calls the dialer. */
  readonly peer: string;
  /** What the dialer calls the acceptor; only for `connect`. */
  readonly dialerPeer: string | null;
  /** The request says that whoever uses the token may take the place of an ACTIVE peer. */
  readonly replace: boolean;
  readonly reason: string;
  readonly requester: string;
  readonly team: string;
  /** The requester's organisation, where the bot is installed for a whole one. */
  readonly organisation?: string | undefined;
  /** Where it was asked, for grants that name channels. */
  readonly channel: string;
  /** What will change, a sentence each, as the approver read it. */
  readonly plan: readonly string[];
  /** When the unused token was made that the new one voids; absent where that is not known, or there is none. */
  readonly unusedSince?: number | undefined;
  /** Of the facts that approval rests on: addresses, datacenters, partition, peering id and state, plan. */
  readonly digest: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Who decided, and what. */
export interface ApprovalDecision {
  readonly verdict: 'approved' | 'denied' | 'cancelled';
  readonly by: string;
  readonly team: string;
  readonly reason: string;
  readonly at: number;
  /** Until when what was approved may be carried out; the reveal window for a token. */
  readonly validUntil: number;
}

/** A request as it stands. */
export interface ApprovalRecord {
  readonly request: ApprovalRequest;
  readonly state: RequestState;
  /** When it came into this state. */
  readonly since: number;
  readonly decision: ApprovalDecision | null;
  /** Counts the runs; a run that holds an older number may write nothing any more. */
  readonly fence: number;
  /** The job that started the last run: repeated, it must not act as a second one. */
  readonly job: string | null;
  /** Where the card stands in Slack. */
  readonly card: { readonly channel: string; readonly ts: string } | null;
  /** What came of it, for the card: JSON-safe, without secrets. */
  readonly outcome: ApprovalOutcome | null;
  /** What a run was about to do to the acceptor; null where none got that far. */
  readonly work: Work | null;
}

/** The acceptor's peering around the generation of a token: what a reconcile compares with what it finds. */
export interface Work {
  /** Right before; null where there was none. */
  readonly before: PeeringMark | null;
  /** Right after; null where that was not read, or not reached. */
  readonly after: PeeringMark | null;
  /** The modal that waits for the token, so that whoever settles a run that died can say there what became of it. */
  readonly view?: string | undefined;
}

export interface PeeringMark {
  readonly id: string;
  readonly state: string;
  /** Changes with each token that is generated for it. */
  readonly modifyIndex: number;
}

export interface ApprovalOutcome {
  readonly message: string;
  readonly facts: readonly string[];
}

/** How long an approved request may still be carried out or revealed, in ms. */
export const revealWindowMs = 15 * 60_000;
/** How long a token may lie unused before it is voided, in ms. */
export const unusedAfterMs = 60 * 60_000;
/** How many requests one person may have open at a time. */
export const maxOpenRequests = 3;
/** Characters of a reason that are kept: it is for people to read, and what is longer is cut. */
export const maxReasonLength = 2000;
