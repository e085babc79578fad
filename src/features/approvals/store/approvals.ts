import type { Result } from '../../../result';
import type { MessageRef } from '../../../slack/api/message-ref';
import type { RequestEvent } from '../requests/transitions';
import type {
  ApprovalRecord,
  ApprovalRequest,
  ApprovalDecision,
  ApprovalOutcome,
  GivenYes,
  RequestState,
  Work,
} from '../requests/request';

/**
 * Reasons of the audit trail why a step that grants a right is not taken. `repeated`: the click was answered before.
 * `rolled-back`: the anchor knows a later trail than Redis. `unanchored`: the anchor could not be read or written.
 */
export type TrailProblem = 'repeated' | 'rolled-back' | 'unanchored';

/** `forged`: not signed by our key, or not in the trail; `late`: past its time by Redis's clock. */
type TransitionRefusal =
  | 'missing'
  | 'forged'
  | 'state'
  | 'late'
  | 'early'
  | 'fence'
  | 'own-request'
  | TrailProblem;

/** The request after a transition, or the reason why nothing changed, with the present request if it is known. */
export type TransitionResult = Result<
  ApprovalRecord,
  { readonly reason: TransitionRefusal; readonly record?: ApprovalRecord | undefined }
>;

/** A yes that is not stored yet. */
export type NewYes = Omit<GivenYes, 'at'>;

type Draft = Omit<ApprovalRequest, 'id' | 'createdAt' | 'expiresAt'>;

/** An entry of the audit trail about a request that records no change of its state. */
export interface Remark {
  /** `refused-click`, `generate`, `reveal`, `void`, `establish`, `delete`, `undo`, `write-entry`, `reconcile`. */
  readonly action: string;
  /** User id, or `peering-bot` for actions of the bot itself. */
  readonly person: string;
  readonly team?: string;
  readonly detail: string;
  /** The cluster that it is about; by default the acceptor. */
  readonly cluster?: string | undefined;
  /** The job of the click that this entry answers. */
  readonly click?: string;
}

/** The bot itself, as the audit trail names its actors. */
export const botActor = 'peering-bot';

export interface Approvals {
  /**
   * Stores a request. A `key` names one request, so that a job may be repeated: it gets the same record.
   * `too-many`: the person has the maximum of open requests. `repeated`: the trail knows the id, but the request is gone.
   */
  readonly create: (
    key: string,
    draft: Draft,
    expiresMs: number,
  ) => Promise<ApprovalRecord | 'too-many' | 'repeated'>;
  readonly find: (id: string) => Promise<ApprovalRecord | 'missing' | 'forged'>;
  /**
   * Decides a pending request in time. Nobody can approve their own request; only its requester cancels it. `click` is
   * the job of the click: one that was answered before decides nothing.
   */
  readonly decide: (
    id: string,
    decision: Omit<ApprovalDecision, 'at' | 'validUntil'>,
    click?: string,
    /** The record whose yeses the caller has examined: with others, nothing is decided. */
    examined?: Pick<ApprovalRecord, 'yesesSig'>,
  ) => Promise<TransitionResult>;
  /**
   * Adds the yes of a person to a pending request that needs another one. `kept` are the earlier ones that still count.
   * Nothing changes if another yes has come since `record` was read.
   */
  readonly consent: (
    record: ApprovalRecord,
    given: { readonly kept: readonly GivenYes[]; readonly yes: NewYes; readonly detail: string },
    click?: string,
  ) => Promise<TransitionResult>;
  /** Tells whether the trail has an answer to a click on a request. */
  readonly isAnswered: (id: string, click: string) => Promise<boolean>;
  /** Starts the run of an approved request. Of all jobs that try, one succeeds; its fence guards later writes. */
  readonly start: (id: string, job: string) => Promise<TransitionResult>;
  /**
   * Renews the lease of a run before each write, and stores its next write. False: it may no longer
   * write.
   */
  readonly renewLease: (id: string, fence: number, work?: Work) => Promise<boolean>;
  /** Ends a request. A run needs its fence; `from` is the expected state for others. */
  readonly end: (
    id: string,
    event: Exclude<RequestEvent, 'approve' | 'deny' | 'cancel' | 'expire' | 'start'>,
    outcome: ApprovalOutcome,
    options?: {
      readonly fence?: number;
      /** The expected state: others may have changed it since the caller looked. */
      readonly from?: RequestState;
      /** User id; by default the requester, or the bot itself for reconciling. */
      readonly by?: string;
      readonly work?: Work;
      /** Time until an unknown end is reconciled, in ms; by default soon. */
      readonly reconcileInMs?: number;
    },
  ) => Promise<TransitionResult>;
  /**
   * Moves requests that are past their time by Redis's clock: pending and approved ones expire, a silent run becomes
   * unknown. Returns these, and unknown ones to reconcile. Of several processes, one gets each.
   */
  readonly sweep: () => Promise<readonly ApprovalRecord[]>;
  /** All requests that have not ended, oldest end first. */
  readonly open: () => Promise<readonly ApprovalRecord[]>;
  /** Stores the coordinates of a card: by default the one in the channel of the acceptor's owner. */
  readonly setCard: (id: string, card: MessageRef, field?: 'card' | 'otherCard') => Promise<void>;
  /** Notes that the card shows this record. */
  readonly cardShown: (record: ApprovalRecord) => Promise<void>;
  /** Claims requests whose card must be edited. */
  readonly claimCards: () => Promise<readonly ApprovalRecord[]>;
  /** Claims requests whose token was shown an hour ago, until `forgetUnused`. */
  readonly claimUnused: () => Promise<readonly ApprovalRecord[]>;
  /** Notes that nothing is left to do about the token of a request; a new outcome is shown on its card. */
  readonly forgetUnused: (id: string, outcome?: ApprovalOutcome) => Promise<void>;
  /**
   * Records that a click undoes what a request has done, before anything is written to Consul. A failure is the reason why it
   * may not: `late` is past `undoWindowMs`.
   */
  readonly beginUndo: (
    record: ApprovalRecord,
    by: { readonly person: string; readonly team: string; readonly click: string },
  ) => Promise<Result<undefined, 'state' | 'forged' | 'late' | TrailProblem>>;
  /** Replaces the outcome of a request that has ended, and has its card edited. */
  readonly amendOutcome: (id: string, outcome: ApprovalOutcome) => Promise<void>;
  /** Adds an entry to the audit trail. */
  readonly remark: (request: ApprovalRequest, remark: Remark) => Promise<void>;
}
