import type { RequestEvent } from './machine';
import type {
  ApprovalRecord,
  ApprovalRequest,
  ApprovalDecision,
  ApprovalOutcome,
  RequestState,
  Work,
} from './request';

/** Why nothing changed. `forged`: its signature is not ours; `late`: past its time by Redis's clock. */
type Refusal = 'missing' | 'forged' | 'state' | 'late' | 'early' | 'fence' | 'own-request';

export type TransitionResult =
  | { readonly ok: true; readonly record: ApprovalRecord }
  | { readonly ok: false; readonly refusal: Refusal; readonly record: ApprovalRecord | undefined };

type Draft = Omit<ApprovalRequest, 'id' | 'createdAt' | 'expiresAt'>;

/** An entry of the audit trail about a request that goes with no change of its state. */
export interface Remark {
  /** `refused-click`, `generate`, `reveal`, `void`, `establish`, `delete`, `reconcile`. */
  readonly action: string;
  /** User id, or `peering-bot` where it acts by itself. */
  readonly person: string;
  readonly team?: string;
  readonly detail: string;
  /** The cluster that it is about; by default the acceptor. */
  readonly cluster?: string;
}

/** The bot itself, as the audit trail names who acted. */
export const botActor = 'peering-bot';

export interface Approvals {
  /**
   * Asks. The same `key` names the same request: asking again gives the one that is there, so that a job may be
   * repeated. `too-many`: the person has three open already.
   */
  readonly create: (key: string, draft: Draft, expiresMs: number) => Promise<ApprovalRecord | 'too-many'>;
  readonly find: (id: string) => Promise<ApprovalRecord | 'missing' | 'forged'>;
  /** Decides, while it is pending and in time. Nobody approves a request of their own; only its requester cancels. */
  readonly decide: (
    id: string,
    decision: Omit<ApprovalDecision, 'at' | 'validUntil'>,
  ) => Promise<TransitionResult>;
  /** Takes an approved request into a run. Of all jobs that try, one succeeds; its fence guards every later write. */
  readonly start: (id: string, job: string) => Promise<TransitionResult>;
  /** Before each write: whether this run still may. Renews its lease, and keeps what it is about to do. */
  readonly hold: (id: string, fence: number, work?: Work) => Promise<boolean>;
  /** Ends a request: a run by its fence and by nothing else, or one whose end was lost. */
  readonly end: (
    id: string,
    event: Exclude<RequestEvent, 'approve' | 'deny' | 'cancel' | 'expire' | 'start'>,
    outcome: ApprovalOutcome,
    options?: {
      readonly fence?: number;
      /** Only where it stands so: others may have moved it since the caller looked. */
      readonly from?: RequestState;
      /** User id; by default the requester, and the bot itself where it settles. */
      readonly by?: string;
      readonly work?: Work;
      /** When an unknown end is to be settled, in ms from now; by default soon. */
      readonly settleInMs?: number;
    },
  ) => Promise<TransitionResult>;
  /**
   * Whatever is past its time by Redis's clock: pending and approved expire, a silent run becomes unknown, and an
   * unknown one is handed out to be settled. Of several processes, one gets each.
   */
  readonly sweep: () => Promise<readonly ApprovalRecord[]>;
  /** All requests that have not ended, oldest end first. */
  readonly open: () => Promise<readonly ApprovalRecord[]>;
  /** Remembers where the card stands. */
  readonly placeCard: (id: string, card: { readonly channel: string; readonly ts: string }) => Promise<void>;
  /** The card shows this. */
  readonly cardShown: (record: ApprovalRecord) => Promise<void>;
  /** Takes requests whose card is to be edited. */
  readonly claimCards: () => Promise<readonly ApprovalRecord[]>;
  /** Takes requests whose token was shown an hour ago. `usedUp` lets go of one for good. */
  readonly claimUnused: () => Promise<readonly ApprovalRecord[]>;
  /** Nothing is left to do about the token of a request; a new outcome is shown on its card. */
  readonly usedUp: (id: string, outcome?: ApprovalOutcome) => Promise<void>;
  /** Notes down what was done or refused. */
  readonly remark: (request: ApprovalRequest, remark: Remark) => Promise<void>;
}
