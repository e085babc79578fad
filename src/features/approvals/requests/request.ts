import { z } from 'zod';
import { MessageRef } from '../../../slack/api/message-ref';

export const RequestState = z.enum([
  'pending',
  'approved',
  'running',
  'done',
  'failed',
  'unknown',
  'denied',
  'expired',
  'cancelled',
]);
export type RequestState = z.infer<typeof RequestState>;

/** The changes that a request is about. */
export const PlannedRequest = z.strictObject({
  kind: z.enum(['token', 'connect', 'disconnect', 'renew', 'export', 'unexport']),
  /** The cluster that generates the token, or the first one of a `disconnect`. */
  acceptor: z.string(),
  /** The other cluster, which establishes the peering; null for requests about one cluster. */
  dialer: z.string().nullable(),
  /** The acceptor's name for the dialer. */
  peer: z.string(),
  /** The dialer's name for the acceptor; null for requests about one cluster. */
  dialerPeer: z.string().nullable(),
  /** True if the token may replace an ACTIVE peering: the cluster that uses it becomes this peer. */
  replace: z.boolean(),
  /** The service of an `export` or `unexport`, in the default namespace. */
  service: z.string().optional(),
  /** `host:port` that the token carries instead of the addresses of the acceptor's servers; absent: those. */
  externalAddresses: z.array(z.string()).readonly().optional(),
});
export type PlannedRequest = z.infer<typeof PlannedRequest>;

/**
 * A request for a peering token, for a change of the peering of two clusters, or of an export. Never changed once it is
 * signed. All times are of Redis's clock, in ms since the epoch.
 */
export const ApprovalRequest = z.strictObject({
  id: z.string(),
  ...PlannedRequest.shape,
  reason: z.string(),
  requester: z.string(),
  team: z.string(),
  /** The requester's organisation, if the bot is installed for a whole one. */
  organisation: z.string().optional(),
  /** The channel of the request, for grants that name channels. */
  channel: z.string(),
  /** The changes to come, a sentence each, as the approver read them. */
  plan: z.array(z.string()).readonly(),
  /** Facts for the approver as of the request, a sentence each. They are shown as the plan is, but not planned again. */
  notes: z.array(z.string()).readonly().optional(),
  /** Creation time of the unused token that the new one voids; absent if unknown, or if there is none. */
  unusedSince: z.number().optional(),
  /** Hash of the facts that approval rests on: addresses, datacenters, partition, peering id and state, plan. */
  digest: z.string(),
  /** The clusters by owner, if a yes of each is needed. Absent if one yes is enough. */
  sides: z.array(z.array(z.string()).readonly()).readonly().optional(),
  createdAt: z.number(),
  expiresAt: z.number(),
});
export type ApprovalRequest = z.infer<typeof ApprovalRequest>;

/**
 * Time in which a change of exports can be undone, in ms. Undo needs no approval, so it is for mistakes that show soon; later,
 * a new request is approved.
 */
export const undoWindowMs = 24 * 3_600_000;

/** The yes of a person to a request. */
export const GivenYes = z.strictObject({
  by: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  /** The clusters for which the person could approve when they said yes. */
  clusters: z.array(z.string()).readonly(),
  at: z.number(),
});
export type GivenYes = z.infer<typeof GivenYes>;

export const ApprovalVerdict = z.enum(['approved', 'denied', 'cancelled']);

export const ApprovalDecision = z.strictObject({
  verdict: ApprovalVerdict,
  by: z.string(),
  team: z.string(),
  reason: z.string(),
  at: z.number(),
  /** End of the time in which an approved request may be carried out; the reveal window for a token. */
  validUntil: z.number(),
  /** Each yes of an approved request, if it needed more than one; those of others, and that of `by`. */
  yeses: z.array(GivenYes).readonly().optional(),
});
export type ApprovalDecision = z.infer<typeof ApprovalDecision>;

export const PeeringMark = z.strictObject({
  id: z.string(),
  state: z.string(),
  /** Changes with each token that is generated for the peering. */
  modifyIndex: z.number(),
});
export type PeeringMark = z.infer<typeof PeeringMark>;

/** The exported-services entry right before it is written, and what it will be. */
export const EntryMark = z.strictObject({
  partition: z.string(),
  /** 0 if there is none. */
  index: z.number(),
  /** Hash of its services as they will be. */
  planned: z.string(),
  /** Its index once the run has written it; absent until then, or if it was not read in time. */
  written: z.number().optional(),
});
export type EntryMark = z.infer<typeof EntryMark>;

/** The peerings around the writes of a run, which reconciling compares with the present ones. */
export const Work = z.strictObject({
  /** That of the acceptor right before; null if there was none. */
  before: PeeringMark.nullable(),
  /** Right after; null if it was not read, or not reached. */
  after: PeeringMark.nullable(),
  /** That of the dialer right before; absent if none may exist. */
  dialer: PeeringMark.nullable().optional(),
  entry: EntryMark.optional(),
  /** The modal that waits for the token, so that it can show the result of a run that died. */
  view: z.string().optional(),
});
export type Work = z.infer<typeof Work>;

/** Result of a request, for its card: JSON-safe, without secrets. */
export const ApprovalOutcome = z.strictObject({
  message: z.string(),
  facts: z.array(z.string()).readonly(),
  /** True once a click has put everything back. */
  undone: z.boolean().optional(),
  /** The person who undid it, by Slack id, and when (ms since the epoch). Absent in outcomes of earlier versions. */
  undo: z.strictObject({ by: z.string(), at: z.number() }).optional(),
});
export type ApprovalOutcome = z.infer<typeof ApprovalOutcome>;

/** A value that Redis holds as JSON in a field, or null if the field is absent. */
const inField = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .optional()
    .transform((text, context): unknown => {
      if (text === undefined) return null;
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue('invalid JSON');
        return z.NEVER;
      }
    })
    .pipe(schema);

/** A request in its present state, read from the fields of its hash. */
export const ApprovalRecord = z.object({
  request: inField(ApprovalRequest),
  state: RequestState,
  /** Start of this state. */
  since: z.coerce.number().default(0),
  decision: inField(ApprovalDecision.nullable()),
  /** Each yes so far, while a request waits for another. */
  yeses: inField(
    z
      .array(GivenYes)
      .nullable()
      .transform((given) => given ?? []),
  ),
  /** Signature of the yeses, which identifies them; empty if there are none. */
  yesesSig: z.string().default(''),
  /** Counts the runs: a run with an older number may no longer write. */
  fence: z.coerce.number().default(0),
  /** The job that started the last run. If it is repeated, it must not start a second run. */
  job: z.string().nullable().default(null),
  card: inField(MessageRef.nullable()).catch(null),
  /** The card in the channel of the other owner, if there is one. */
  otherCard: inField(MessageRef.nullable()).catch(null),
  outcome: inField(ApprovalOutcome.nullable()).catch(null),
  /** The last write of a run to the acceptor, stored before it; null if no run got that far. */
  work: inField(Work.nullable()),
});
export type ApprovalRecord = z.infer<typeof ApprovalRecord>;

/** Time in which an approved request may be carried out or revealed, in ms. */
export const revealWindowMs = 15 * 60_000;
/** Time after which an unused token is voided, in ms. */
export const unusedAfterMs = 60 * 60_000;
/** Maximum open requests of one person. */
export const maxOpenRequests = 3;
/** Maximum characters of a reason, which is for people to read; a longer one is cut. */
export const maxReasonLength = 2000;
